// Brings a target's warehouse under Clyra: guard, logins, rights; the logins' secrets go where clyra.yaml says they are.
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import pg from 'pg'
import { ClyraError } from '../../core/errors.ts'
import { installGuard } from '../../plugins/postgres/install.ts'
import { type Config, readSecret, type TargetConfig } from '../../runtime/config.ts'
import { randomSecret, writeSecret } from '../up/state.ts'

export interface InstallOptions {
  /** Secret reference of the administrator's URL. */
  admin: string
  /** Role that owns the tables; else the one installed before, else the owner of the schemas. */
  owner: string | undefined
  /** Else all schemas of the owner. */
  schemas: readonly string[]
  tables: readonly string[]
  all: boolean
  callers: readonly string[]
}

/**
 * Installs or renews. Secrets that stand are kept, those that are missing are made (`file:` only) once the guard is in.
 * CLYRA_GUARD_INSTALL says what PostgreSQL refused, CLYRA_POSTGRES_UNAVAILABLE that it cannot be reached; nothing is changed then.
 */
export async function installTarget({ root }: Config, target: TargetConfig, options: InstallOptions): Promise<void> {
  // A URL given here by mistake holds a password: it is not repeated.
  if (!/^(file|env):.+/.test(options.admin))
    throw new ClyraError('CLYRA_CLI_USAGE', 'expected --admin file:PATH or env:NAME, found neither')
  const admin = urlOf(readSecret(root, options.admin), options.admin)
  const dml = loginOf(root, target.dml, admin, 'clyra_dml')
  const ddl = loginOf(root, target.ddl, admin, 'clyra_ddl')
  await refusalsSaid(async () => {
    const { owner, schemas } = await governed(admin.href, options)
    await installGuard({
      admin: admin.href,
      dmlUser: dml.user,
      dmlPassword: dml.password,
      ddlUser: ddl.user,
      ddlPassword: ddl.password,
      owner,
      schemas,
      callers: options.callers,
      guard: { tables: options.tables, schemas: options.all ? schemas : [] },
    })
  })
  for (const login of [dml, ddl]) login.keep()
}

function loginOf(root: string, reference: string, admin: URL, user: string) {
  const place = reference.slice('file:'.length)
  const path = isAbsolute(place) ? place : join(root, place)
  if (!reference.startsWith('file:') || existsSync(path)) {
    const known = urlOf(readSecret(root, reference), reference)
    return { user: decodeURIComponent(known.username), password: decodeURIComponent(known.password), keep: () => undefined }
  }
  const password = randomSecret()
  const url = new URL(admin)
  url.username = user
  url.password = password
  const keep = () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeSecret(path, url.href)
  }
  return { user, password, keep }
}

function urlOf(secret: string, reference: string): URL {
  const url = URL.parse(secret)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.username === '')
    throw new ClyraError('CLYRA_CONFIG_INVALID', `expected postgres://user:password@host/database at ${reference}, found something else`)
  return url
}

async function governed(connectionString: string, { owner, schemas }: InstallOptions): Promise<{ owner: string; schemas: string[] }> {
  const client = new pg.Client(connectionString)
  client.on('error', () => undefined)
  await client.connect()
  try {
    const found = owner ?? (await ownerOf(client, schemas))
    if (schemas.length > 0) return { owner: found, schemas: [...schemas] }
    const { rows } = await client.query<{ name: string }>('select nspname as name from pg_namespace where pg_get_userbyid(nspowner) = $1', [
      found,
    ])
    if (rows.length === 0) throw new ClyraError('CLYRA_GUARD_INSTALL', `expected ${found} to own a schema, found none: say --schema`)
    return { owner: found, schemas: rows.map(({ name }) => name) }
  } finally {
    await client.end()
  }
}

async function ownerOf(client: pg.Client, schemas: readonly string[]): Promise<string> {
  const ask = async (text: string, values: unknown[] = []) => (await client.query<{ owner: string }>(text, values)).rows
  const installed = await ask("select from pg_class where oid = to_regclass('clyra_guard.logins')")
  let owners: { owner: string }[] = []
  if (schemas.length > 0)
    owners = await ask('select distinct pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = any ($1::name[])', [schemas])
  else if (installed.length > 0) owners = await ask('select distinct act_as as owner from clyra_guard.logins where act_as is not null')
  const [only, ...more] = owners
  if (only === undefined || more.length > 0)
    throw new ClyraError('CLYRA_CLI_USAGE', 'expected --owner, or --schema with schemas of one owner: who owns the tables cannot be told')
  return only.owner
}

// What PostgreSQL says to an administrator names roles, schemas and tables; passwords are in no message, only their verifiers in statements.
async function refusalsSaid(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (cause instanceof ClyraError) throw cause
    if (cause instanceof pg.DatabaseError && !/^(28|57P|53)/.test(cause.code ?? ''))
      throw new ClyraError('CLYRA_GUARD_INSTALL', `expected PostgreSQL to install the guard, got ${cause.code}: ${cause.message}`, {
        cause,
      })
    const found = (cause as { code?: string }).code ?? 'no answer'
    throw new ClyraError('CLYRA_POSTGRES_UNAVAILABLE', `expected to connect to the warehouse as its administrator, got ${found}`, { cause })
  }
}

// Brings the store's schema up to date. Forward only: a migration that was applied is never edited.
import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'
import { unavailable } from './store.ts'

const folder = new URL('./migrations/', import.meta.url)

const files = (): { version: number; name: string }[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => ({ version: Number(name.slice(0, 4)), name }))

/** The schema version this code expects: the number of the last migration. */
export const schemaVersion = (): number => files().at(-1)?.version ?? 0

/**
 * Creates schema `clyra`, owned by `clyra_owner` (no login), and the login role services use, which owns nothing.
 * Idempotent, and safe beside a second caller. `adminUrl` names the database and a role that may create roles.
 * CLYRA_LEDGER_UNAVAILABLE.
 */
export async function migrate(adminUrl: string, service: { serviceRole: string; servicePassword: string }): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'clyra migrate' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtext('clyra.migrate'))`)
    await createRoles(client, service)
    await client.query('set local role clyra_owner')
    await applyMissing(client)
    await client.query('commit')
  } catch (error) {
    throw unavailable(error)
  } finally {
    await client.end()
  }
}

async function createRoles(client: pg.Client, { serviceRole, servicePassword }: { serviceRole: string; servicePassword: string }) {
  const login = pg.escapeIdentifier(serviceRole)
  const { rows: roles } = await client.query<{ rolname: string }>('select rolname from pg_roles')
  const { rows: databases } = await client.query<{ name: string }>('select current_database() as name')
  const missing = (role: string) => !roles.some(({ rolname }) => rolname === role)
  const database = pg.escapeIdentifier(databases[0]?.name ?? '')
  const statements = [
    missing('clyra_owner') && 'create role clyra_owner nologin',
    missing('clyra_writer') && 'create role clyra_writer nologin',
    missing(serviceRole) && `create role ${login} login`,
    `alter role ${login} login password ${pg.escapeLiteral(servicePassword)}`,
    `grant clyra_writer to ${login}`,
    'grant clyra_owner to current_user',
    `revoke create, temporary on database ${database} from public`,
    'revoke create on schema public from public',
    'create schema if not exists clyra authorization clyra_owner',
  ]
  for (const statement of statements) if (statement) await client.query(statement)
}

async function applyMissing(client: pg.Client): Promise<void> {
  await client.query('create table if not exists clyra.migrations (version integer primary key, name text not null)')
  const { rows } = await client.query<{ version: number }>('select coalesce(max(version), 0) as version from clyra.migrations')
  const applied = rows[0]?.version ?? 0
  for (const { version, name } of files().filter((file) => file.version > applied)) {
    await client.query(readFileSync(new URL(name, folder), 'utf8'))
    await client.query('insert into clyra.migrations (version, name) values ($1, $2)', [version, name])
  }
}

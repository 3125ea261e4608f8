// Puts the guard, the two logins and their rights into a warehouse. Run by its administrator, never by Clyra's own logins.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { ClyraError } from '../../core/errors.ts'
import { type Guarded, guardTables, unwatch, watch } from './guard-tables.ts'
import { scramVerifier } from './scram.ts'

export interface GuardOptions {
  /** A superuser, or a role that may create roles, owns the database and may grant pg_signal_backend. */
  admin: string | pg.ClientConfig
  dmlPassword: string
  ddlPassword: string
  /** The role that owns the governed tables; the ddl login becomes its member. */
  owner: string
  /** Schemas whose tables the dml login may read and write. */
  schemas: readonly string[]
  /** Logins that may redeem grants; they exist already. */
  callers?: readonly string[]
  /** Tables that nobody changes but in an attempt; what was guarded before stays so. */
  guard?: Guarded
  dmlUser?: string
  ddlUser?: string
}

/**
 * Installs or renews the guard in one transaction; running it again changes nothing but passwords and the known server identity.
 * TEMP is revoked from PUBLIC on the database (the only way to take it from the dml login) and given to the owner.
 * The event triggers need a superuser; where they cannot be set the rest is installed without them.
 * Rejects with what PostgreSQL says when the administrator's rights do not suffice, with CLYRA_GUARD_INSTALL for a caller or a table
 * that is none; nothing is changed then.
 */
export async function installGuard(options: GuardOptions): Promise<void> {
  const client = new pg.Client(options.admin)
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('begin')
    const mayWatch = await unwatch(client)
    for (const source of sources()) await client.query(source)
    await client.query(`comment on schema clyra_guard is ${client.escapeLiteral(guardVersion())}`)
    await refuseCallers(client, options)
    for (const statement of await grants(client, options)) await client.query(statement)
    const guarded = await guardTables(client, options.guard ?? { tables: [], schemas: [] })
    if (guarded && mayWatch) await watch(client)
    await client.query('commit')
  } finally {
    await client.end()
  }
}

const sources = (): string[] =>
  ['guard.sql', 'grants.sql', 'tables.sql'].map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))

/** The guard's SQL of this Clyra, in a word: what installGuard() notes at the schema. */
export const guardVersion = (): string => `Clyra guard ${createHash('sha256').update(sources().join('')).digest('hex').slice(0, 16)}`

// A superuser needs no grant, and Clyra's own logins have another way in.
async function refuseCallers(client: pg.Client, { callers = [] }: GuardOptions): Promise<void> {
  const { rows } = await client.query<{ name: string; found: string }>(
    `select wanted.name, case when r.oid is null then 'none of this name' when r.rolsuper then 'a superuser'
       when not r.rolcanlogin then 'a role that cannot log in' when l.login is not null then 'a login of Clyra''s own' end as found
     from unnest($1::name[]) as wanted (name) left join pg_catalog.pg_roles r on r.rolname = wanted.name
     left join clyra_guard.logins l on l.login = wanted.name
     where r.oid is null or r.rolsuper or not r.rolcanlogin or l.login is not null`,
    [callers],
  )
  const [first] = rows
  if (first !== undefined)
    throw new ClyraError('CLYRA_GUARD_INSTALL', `expected ${first.name} to be a caller's login, found ${first.found}`)
}

async function grants(client: pg.Client, options: GuardOptions): Promise<string[]> {
  const { dmlUser = 'clyra_dml', ddlUser = 'clyra_ddl' } = options
  const [dml, ddl, owner] = [dmlUser, ddlUser, options.owner].map((name) => client.escapeIdentifier(name))
  const { rows } = await client.query<{ name: string; old: boolean }>(
    `select pg_catalog.current_database() as name, pg_catalog.current_setting('server_version_num')::int < 150000 as old`,
  )
  const database = client.escapeIdentifier(rows[0]?.name ?? '')
  return [
    ...(await login(client, dmlUser, options.dmlPassword)),
    ...(await login(client, ddlUser, options.ddlPassword)),
    `grant ${owner} to ${ddl}`,
    `revoke temporary, create on database ${database} from public`,
    `grant temporary on database ${database} to ${owner}`,
    `grant connect on database ${database} to ${dml}, ${ddl}`,
    ...(rows[0]?.old ? ['revoke create on schema public from public'] : []),
    `grant usage on schema clyra_guard to ${dml}, ${ddl}`,
    ...[
      'in_force(regclass)',
      'enter(text, bigint, text, uuid)',
      'confirm(text, bigint, text)',
      'tombstone(text, bigint, text)',
      'evict(text, bigint)',
      'place()',
    ].map((name) => `grant execute on function clyra_guard.${name} to ${dml}, ${ddl}`),
    ...['issue(text, bigint, text, uuid, text, name, timestamptz, uuid)', 'redemption(text, bigint, text)'].map(
      (name) => `grant execute on function clyra_guard.${name} to ${dml}`,
    ),
    `grant select on clyra_guard.logins to ${dml}`,
    ...(options.callers ?? []).map((caller) => `grant clyra_caller to ${client.escapeIdentifier(caller)}`),
    `grant usage, create on schema clyra_probe to ${dml}`,
    `insert into clyra_guard.logins (login, act_as) values
       (${client.escapeLiteral(dmlUser)}, null), (${client.escapeLiteral(ddlUser)}, ${client.escapeLiteral(options.owner)})
     on conflict (login) do update set act_as = excluded.act_as`,
    ...options.schemas.flatMap((schema) => schemaGrants(client.escapeIdentifier(schema), dml ?? '', owner ?? '')),
  ]
}

const powers = ['superuser', 'createdb', 'createrole', 'replication', 'bypassrls']

async function login(client: pg.Client, name: string, password: string): Promise<string[]> {
  const { rows } = await client.query<{ held: boolean[] }>(
    'select array[rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls] as held from pg_catalog.pg_roles where rolname = $1',
    [name],
  )
  const role = client.escapeIdentifier(name)
  const secret = client.escapeLiteral(scramVerifier(password))
  // Only what is held is named: the mere word `nosuperuser` takes a superuser to say.
  const taken = powers.filter((_, at) => rows[0]?.held[at]).map((power) => `no${power}`)
  return [...(rows.length === 0 ? [`create role ${role}`] : []), `alter role ${role} ${['login', ...taken].join(' ')} password ${secret}`]
}

const schemaGrants = (schema: string, dml: string, owner: string): string[] => [
  `grant usage on schema ${schema} to ${dml}`,
  `grant select, insert, update, delete, truncate on all tables in schema ${schema} to ${dml}`,
  `grant usage, select on all sequences in schema ${schema} to ${dml}`,
  `alter default privileges for role ${owner} in schema ${schema} grant select, insert, update, delete, truncate on tables to ${dml}`,
  `alter default privileges for role ${owner} in schema ${schema} grant usage, select on sequences to ${dml}`,
]

// Puts the guard on tables, and the event triggers that keep it there. Part of installGuard(), in its transaction.
import pg from 'pg'
import { ClyraError } from '../../core/errors.ts'
import { quoted } from './quote.ts'

export interface Guarded {
  /** Tables to guard, as `schema.table`; with them their partitions and children, and all that were guarded before. */
  tables: readonly string[]
  /** Schemas all of whose tables are guarded. */
  schemas: readonly string[]
}

const wanted = `
with recursive named as (
  select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid = any ($1::regclass[]) or n.nspname = any ($2::name[])
  union select relation from clyra_guard.guarded
  union select i.inhrelid from named join pg_catalog.pg_inherits i on i.inhparent = named.oid
)
select c.oid, n.nspname as schema, c.relname as name
from named join pg_catalog.pg_class c on c.oid = named.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not clyra_guard.in_force(c.oid) order by c.oid`

/** Guards what is not guarded yet; true when there is a guarded table. CLYRA_GUARD_INSTALL names a table that is none. */
export async function guardTables(client: pg.Client, { tables, schemas }: Guarded): Promise<boolean> {
  for (const table of tables) {
    const { rowCount } = await client.query(
      "select from pg_catalog.pg_class where oid = pg_catalog.to_regclass($1) and relkind in ('r', 'p')",
      [table],
    )
    if (rowCount === 0) throw new ClyraError('CLYRA_GUARD_INSTALL', `expected the table ${table}, found none of this name`)
  }
  const { rows } = await client.query<{ oid: number; schema: string; name: string }>(wanted, [tables, schemas])
  for (const table of rows) {
    await client.query(
      `create or replace trigger clyra_guard before insert or update or delete or truncate on ${quoted(table)}
       for each statement execute function clyra_guard.require()`,
    )
    // Always: also in a session with session_replication_role = replica.
    await client.query(`alter table only ${quoted(table)} enable always trigger clyra_guard`)
    await client.query('insert into clyra_guard.guarded (relation) values ($1) on conflict do nothing', [table.oid])
  }
  const { rowCount } = await client.query('select from clyra_guard.guarded limit 1')
  return rowCount === 1
}

const tags = [
  'ALTER TABLE',
  'CREATE TABLE',
  'CREATE TRIGGER',
  'ALTER TRIGGER',
  'CREATE RULE',
  'ALTER RULE',
  'CREATE POLICY',
  'ALTER POLICY',
]

/** Takes the event triggers away, so that the installer's own DDL passes. Where rights do not allow it they stay. */
export const unwatch = (client: pg.Client): Promise<boolean> =>
  whereAllowed(client, ['drop event trigger if exists clyra_guard_ddl', 'drop event trigger if exists clyra_guard_drop'])

/** Sets the event triggers; false where rights do not allow it. */
export const watch = (client: pg.Client): Promise<boolean> =>
  whereAllowed(client, [
    `create event trigger clyra_guard_ddl on ddl_command_end when tag in (${tags.map((tag) => `'${tag}'`).join(', ')})
     execute function clyra_guard.after_ddl()`,
    'create event trigger clyra_guard_drop on sql_drop execute function clyra_guard.after_drop()',
    'alter event trigger clyra_guard_ddl enable always',
    'alter event trigger clyra_guard_drop enable always',
  ])

async function whereAllowed(client: pg.Client, statements: readonly string[]): Promise<boolean> {
  await client.query('savepoint events')
  try {
    for (const statement of statements) await client.query(statement)
    return true
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === '42501')) throw error
    await client.query('rollback to savepoint events')
    return false
  }
}

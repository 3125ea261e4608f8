// How many rows did the transaction affect? The server's own statistics know about cascades, triggers and CTEs. They do not see
// TRUNCATE, DROP and rewrites, and those even erase what was counted before; so tables that got a new file are looked at too.
import { pinned } from './pins.ts'
import { quoted } from './quote.ts'
import type { Session } from './session.ts'

const ownSchemas = ['information_schema', 'clyra_guard', 'clyra_probe']
const serverSchemas = 'pg\\_%'
const inUserSchema = `n.nspname not like $1 and n.nspname <> all ($2::text[])`

/** What is known between two statements: the transaction, and its rows by the session's statistics. */
export interface Checkpoint {
  readonly xid: string | null
  /** Inserted, updated and deleted so far: an upper bound, rolled-back savepoints included. */
  readonly rows: number
}

// Asked together with the pins, so nothing in it may mean another thing when a setting was changed: see pins.ts.
const checkpointQuery = `
select ${pinned}, pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text as xid,
  (select coalesce(pg_catalog.sum(n_tup_ins operator(pg_catalog.+) n_tup_upd operator(pg_catalog.+) n_tup_del), 0)::pg_catalog.text
   from pg_catalog.pg_stat_xact_all_tables
   where schemaname operator(pg_catalog.!~~) $2::pg_catalog.text
     and schemaname operator(pg_catalog.<>) all ($3::pg_catalog.text[])) as rows`

/** Pins the settings, and looks where the transaction is. */
export async function checkpoint(session: Session, pins: string): Promise<Checkpoint> {
  const [row] = await session.query<{ xid: string | null; rows: string }>(checkpointQuery, [pins, serverSchemas, ownSchemas])
  return { xid: row?.xid ?? null, rows: Number(row?.rows) }
}

/** File of every table that stores rows, by oid. */
export async function files(session: Session): Promise<Map<string, string>> {
  const rows = await session.query<{ oid: string; file: string | null }>(
    `select c.oid::text as oid, pg_catalog.pg_relation_filenode(c.oid)::text as file
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and ${inUserSchema}`,
    [serverSchemas, ownSchemas],
  )
  return new Map(rows.map(({ oid, file }) => [oid, file ?? '']))
}

export interface Replaced {
  readonly oid: string
  /** Null when the table is gone. */
  readonly table: { schema: string; name: string } | null
}

/** Tables this transaction emptied, rewrote or dropped: it holds their ACCESS EXCLUSIVE lock, and their file is another one or gone. */
export async function replaced(session: Session, before: ReadonlyMap<string, string>): Promise<Replaced[]> {
  const rows = await session.query<{ oid: string; schema: string | null; name: string | null; file: string | null }>(
    `select l.relation::text as oid, n.nspname::text as schema, c.relname::text as name, pg_catalog.pg_relation_filenode(c.oid)::text as file
     from pg_catalog.pg_locks l
     left join pg_catalog.pg_class c on c.oid = l.relation left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.granted`,
  )
  return rows
    .filter(({ oid, file }) => before.has(oid) && before.get(oid) !== file)
    .map(({ oid, schema, name }) => ({ oid, table: schema === null || name === null ? null : { schema, name } }))
}

/** Tables that store the rows of the named ones, children included. */
export async function storing(session: Session, oids: readonly string[]): Promise<{ oid: string; schema: string; name: string }[]> {
  return session.query(
    `with recursive below (oid) as (
       select pg_catalog.unnest($1::oid[]) union select i.inhrelid from below b join pg_catalog.pg_inherits i on i.inhparent = b.oid)
     select c.oid::text as oid, n.nspname::text as schema, c.relname::text as name
     from below b join pg_catalog.pg_class c on c.oid = b.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' order by c.oid`,
    [oids],
  )
}

/** Rows of a table now, its children left out. */
export async function rowsOf(session: Session, table: { schema: string; name: string }): Promise<number> {
  const [row] = await session.query<{ rows: string }>(`select pg_catalog.count(*)::text as rows from only ${quoted(table)}`)
  return Number(row?.rows)
}

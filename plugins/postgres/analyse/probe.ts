// What does a statement really call? Names resolve neither overloads nor operators nor column notation (`row.function`).
// PostgreSQL does: as the body of a procedure the statement goes through parse analysis, and pg_depend then lists what it found.
import { type Session, SqlFailure } from '../session.ts'

export interface Probed {
  /** Functions that are not built-ins, `schema.name`, sorted: called by name, by operator, by cast or by column notation, views included. */
  readonly functions: string[]
}

// Views are followed: what they call, the statement calls. Built-ins are not recorded by PostgreSQL, so none appear.
const query = `
with recursive found (classid, objid) as (
  select d.refclassid, d.refobjid from pg_catalog.pg_depend d
  where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = 'clyra_probe.q'::regproc
  union
  select d.refclassid, d.refobjid from found f
  join pg_catalog.pg_rewrite r on f.classid = 'pg_catalog.pg_class'::regclass and r.ev_class = f.objid and r.ev_type = '1'
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
), called as (
  select f.objid as oid from found f where f.classid = 'pg_catalog.pg_proc'::regclass
  union
  select o.oprcode::oid from found f join pg_catalog.pg_operator o on o.oid = f.objid where f.classid = 'pg_catalog.pg_operator'::regclass
)
select distinct n.nspname || '.' || p.proname as name
from called c join pg_catalog.pg_proc p on p.oid = c.oid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where p.oid <> 'clyra_probe.q'::regproc and n.nspname <> 'pg_catalog'`

/**
 * Probes one statement inside the session's transaction and undoes it. Runs nothing: parse analysis alone.
 * Answers the SQLSTATE when PostgreSQL does not accept the statement; rejects only when the connection is lost.
 */
export async function probe(session: Session, text: string): Promise<Probed | { sqlstate: string }> {
  try {
    const [, , rows] = await session.together(() => [
      session.run('savepoint clyra_probe'),
      // The newline ends a trailing comment; the statement was parsed alone, so it cannot reach beyond its own end.
      session.run(`create procedure clyra_probe.q() language sql begin atomic ${text}\n; end`),
      session.query<{ name: string }>(query),
      session.run('rollback to savepoint clyra_probe'),
    ])
    return { functions: rows.map(({ name }) => name).sort() }
  } catch (error) {
    if (!(error instanceof SqlFailure) || error.sqlstate === null) throw error
    return { sqlstate: error.sqlstate }
  }
}

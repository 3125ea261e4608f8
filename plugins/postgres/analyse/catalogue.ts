// What the catalogue says of the relations a payload names.
import type { FactsRelation } from '../../../core/generated/types.ts'
import type { Session } from '../session.ts'

export interface Relation {
  readonly schema: string
  readonly name: string
  readonly oid: string
  /** pg_class.relkind. */
  readonly kind: string
  /** A foreign table, or one with a foreign table among its partitions or children, or a view over one. */
  readonly foreign: boolean
  /** Some table behind it was never analysed, so that the planner guesses. */
  readonly never_analysed: boolean
  /** Rows by the catalogue's estimate, children included; null when never analysed. */
  readonly rows: number | null
  /** Enabled user triggers or rules fire on it; the guard's own does nothing to rows and is not counted. */
  readonly triggers: boolean
  /** Rows of other tables go or change with its rows (ON DELETE / ON UPDATE actions). */
  readonly cascades: boolean
}

const query = `
with recursive named as (
  select c.oid, n.nspname, c.relname, c.relkind
  from unnest($1::text[], $2::text[]) as wanted (schema, name)
  join pg_catalog.pg_namespace n on n.nspname = wanted.schema
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
), behind (root, oid) as (
  select oid, oid from named
  union
  select b.root, x.oid from behind b cross join lateral (
    select i.inhrelid as oid from pg_catalog.pg_inherits i where i.inhparent = b.oid
    union all
    select d.refobjid from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
      and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> b.oid
    where r.ev_class = b.oid and r.ev_type = '1'
  ) x
), storing as (
  select b.root, c.oid, c.relkind, c.reltuples from behind b join pg_catalog.pg_class c on c.oid = b.oid
)
select n.nspname as schema, n.relname as name, n.oid::text as oid, n.relkind::text as kind,
  coalesce(bool_or(s.relkind = 'f'), false) as foreign,
  coalesce(bool_or(s.relkind in ('r', 'm') and s.reltuples < 0), false) as never_analysed,
  case when bool_or(s.relkind in ('r', 'm') and s.reltuples < 0) then null
    else (sum(s.reltuples) filter (where s.relkind in ('r', 'm')))::bigint::text end as rows,
  exists (select from pg_catalog.pg_trigger t join pg_catalog.pg_proc f on f.oid = t.tgfoid join pg_catalog.pg_namespace g on g.oid = f.pronamespace
    where t.tgrelid = n.oid and not t.tgisinternal and t.tgenabled <> 'D' and (g.nspname <> 'clyra_guard' or f.proname <> 'require'))
    or exists (select from pg_catalog.pg_rewrite r where r.ev_class = n.oid and r.ev_type <> '1') as triggers,
  exists (select from pg_catalog.pg_constraint f where f.confrelid = n.oid and f.contype = 'f'
    and (f.confdeltype in ('c', 'n', 'd') or f.confupdtype in ('c', 'n', 'd'))) as cascades
from named n left join storing s on s.root = n.oid
group by n.oid, n.nspname, n.relname, n.relkind`

/** The named relations that exist, by `schema.name`. */
export async function lookUp(session: Session, relations: readonly FactsRelation[]): Promise<Map<string, Relation>> {
  const wanted = new Map(relations.map((relation) => [keyOf(relation), relation]))
  const values = [[...wanted.values()].map(({ schema }) => schema), [...wanted.values()].map(({ name }) => name)]
  const rows = await session.query<Omit<Relation, 'rows'> & { rows: string | null }>(query, values)
  return new Map(rows.map((row) => [keyOf(row), { ...row, rows: row.rows === null ? null : Math.max(0, Number(row.rows)) }]))
}

/** One text for a schema and a name, whatever characters they hold. */
export const keyOf = ({ schema, name }: { schema: string; name: string }): string => JSON.stringify([schema, name])

const builtins = `
select p.proname as name, pg_catalog.max(p.provolatile::text) as volatility
from pg_catalog.pg_proc p
where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = any ($1::name[])
group by p.proname`

/** Volatility of built-ins by name: the least harmless of the overloads (i < s < v). */
export async function volatilities(session: Session, names: readonly string[]): Promise<Map<string, 'i' | 's' | 'v'>> {
  const rows = await session.query<{ name: string; volatility: 'i' | 's' | 'v' }>(builtins, [names])
  return new Map(rows.map(({ name, volatility }) => [name, volatility]))
}

// The shape of relations as the catalogue has it: no values, no estimates. Definitions leave as hashes.
import { createHash } from 'node:crypto'
import type { SchemaSnapshot, SchemaSnapshotRelation } from '../../core/generated/types.ts'
import { platform } from './platform.ts'
import type { Session } from './session.ts'

interface Row {
  schema: string
  name: string
  kind: string
  owner: string
  columns: { ordinal: number; name: string; type: string; nullable: boolean; default: string | null; collation: string | null }[] | null
  parts: { name: string; kind: string; definition: string }[] | null
  definition: string | null
  grants: string[]
  row_security: boolean
}

// Pinned settings (search_path, quote_all_identifiers) make the definitions the same for every role.
const query = `
select n.nspname::text as schema, c.relname::text as name,
  case c.relkind when 'r' then 'table' when 'p' then 'partitioned_table' when 'v' then 'view' when 'm' then 'materialized_view'
    when 'S' then 'sequence' else 'foreign_table' end as kind,
  pg_catalog.pg_get_userbyid(c.relowner)::text as owner,
  (select pg_catalog.json_agg(pg_catalog.json_build_object('ordinal', a.attnum, 'name', a.attname,
      'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'nullable', not a.attnotnull,
      'default', pg_catalog.concat_ws(' ', nullif(a.attidentity::text, ''), nullif(a.attgenerated::text, ''), pg_catalog.pg_get_expr(d.adbin, d.adrelid)),
      'collation', case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end))
    from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select pg_catalog.json_agg(p) from (
    select conname::text as name, 'constraint' as kind, pg_catalog.pg_get_constraintdef(oid) as definition
      from pg_catalog.pg_constraint where conrelid = c.oid
    union all select i.relname::text, 'index', pg_catalog.pg_get_indexdef(x.indexrelid) || case when x.indisvalid then '' else ' INVALID' end
      from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid where x.indrelid = c.oid
    union all select tgname::text, 'trigger', tgenabled::text || ' ' || pg_catalog.pg_get_triggerdef(oid)
      from pg_catalog.pg_trigger where tgrelid = c.oid and not tgisinternal
    union all select rulename::text, 'rule', ev_enabled::text || ' ' || pg_catalog.pg_get_ruledef(oid)
      from pg_catalog.pg_rewrite where ev_class = c.oid and rulename <> '_RETURN'
    union all select polname::text, 'policy', pg_catalog.concat_ws(' ', polcmd::text, polpermissive::text,
        array(select pg_catalog.pg_get_userbyid(r)::text from pg_catalog.unnest(polroles) r order by 1)::text,
        pg_catalog.pg_get_expr(polqual, polrelid), 'CHECK', pg_catalog.pg_get_expr(polwithcheck, polrelid))
      from pg_catalog.pg_policy where polrelid = c.oid) p) as parts,
  nullif(pg_catalog.concat_ws(E'\\n', nullif(c.relpersistence::text, 'p'), c.reloptions::text,
    case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end,
    case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end,
    pg_catalog.pg_get_expr(c.relpartbound, c.oid)), '') as definition,
  array(select a::text from pg_catalog.unnest(coalesce(c.relacl, pg_catalog.acldefault((case c.relkind when 'S' then 's' else 'r' end)::"char", c.relowner))) a
    union all select a.attname || ' ' || g::text from pg_catalog.pg_attribute a, pg_catalog.unnest(a.attacl) g where a.attrelid = c.oid) as grants,
  c.relrowsecurity or c.relforcerowsecurity as row_security
from unnest($1::text[], $2::text[]) as wanted (schema, name)
join pg_catalog.pg_namespace n on n.nspname = wanted.schema
join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')`

/** Snapshot of the named relations, as the session's transaction sees them; settings must be pinned. Sorted, so equal shapes are equal values. */
export async function snapshot(session: Session, names: readonly { schema: string; name: string }[]): Promise<SchemaSnapshot> {
  const rows = await session.query<Row>(query, [names.map(({ schema }) => schema), names.map(({ name }) => name)])
  return { platform, relations: rows.map(relation).sort((a, b) => order(a.schema, b.schema) || order(a.name, b.name)) }
}

const relation = (row: Row): SchemaSnapshotRelation => ({
  schema: row.schema,
  name: row.name,
  kind: row.kind,
  owner: row.owner,
  columns: (row.columns ?? [])
    .map(({ default: text, ...column }) => ({ ...column, default_hash: text === null || text === '' ? null : hash(text) }))
    .sort((a, b) => a.ordinal - b.ordinal),
  parts: (row.parts ?? [])
    .map(({ name, kind, definition }) => ({ name, kind, definition_hash: hash(definition) }))
    .sort((a, b) => order(a.name, b.name) || order(a.kind, b.kind)),
  definition_hash: row.definition === null ? null : hash(row.definition),
  grants_hash: hash([...row.grants].sort().join('\n')),
  row_security: row.row_security,
})

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const hash = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

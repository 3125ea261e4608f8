// Copies of every table of the shop, and what has changed since: counted row by row, whatever the executor says.
import type { GovernedPostgres } from './governed-postgres.ts'

export interface TableCopies {
  /** Rows that differ from the copy, over all tables: each inserted, deleted or changed row once. */
  changed(): Promise<number>
  /** Puts back the rows that differ. No TRUNCATE: the planner is to know the tables as it knew them. */
  restore(): Promise<void>
}

interface Table {
  name: string
  key: string | null
}

const tablesOf = `
select c.relname as name, (
  select string_agg(quote_ident(a.attname), ', ') from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
  where i.indrelid = c.oid and i.indisprimary) as key
from pg_class c where c.relnamespace = 'shop'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`

/** Copies the tables of schema shop to a schema that no login of Clyra reaches. */
export async function copyTables(pg: GovernedPostgres): Promise<TableCopies> {
  const tables = await pg.sql<Table>(tablesOf)
  await pg.sql(`create schema kept; ${tables.map(({ name }) => `create table kept.${name} as table shop.${name};`).join('\n')}`)
  const changesByTable = async () => {
    const [row] = await pg.sql<{ rows: number[] }>(`select array[${tables.map(changesOf).join(', ')}]::int[] as rows`)
    return row?.rows ?? []
  }
  return {
    changed: async () => (await changesByTable()).reduce((sum, rows) => sum + rows, 0),
    async restore() {
      const rows = await changesByTable()
      const dirty = tables.filter((_, index) => rows[index] !== 0)
      await pg.sql(`set session_replication_role = replica; ${dirty.map(restored).join('\n')}`)
    },
  }
}

// Without a key a changed row is one that went and one that came.
const changesOf = ({ name, key }: Table): string =>
  key === null
    ? `greatest((select count(*) from (table shop.${name} except all table kept.${name}) came),
        (select count(*) from (table kept.${name} except all table shop.${name}) went))`
    : `(select count(*) from shop.${name} now full join kept.${name} old using (${key}) where now is distinct from old)`

const restored = ({ name, key }: Table): string =>
  key === null
    ? `delete from shop.${name}; insert into shop.${name} table kept.${name};`
    : `delete from shop.${name} now where not exists (select from kept.${name} old where old = now);
       insert into shop.${name} select * from kept.${name} old where not exists (select from shop.${name} where (${key}) = (old.${key}));`

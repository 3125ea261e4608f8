// Which enforcement is in force on a warehouse, and who could go round it. Reads the catalogue as Clyra's own login; changes nothing.
import type { Logins } from './executor.ts'
import { guardVersion } from './install.ts'
import { pin } from './pins.ts'
import { inSession, type Session } from './session.ts'

export interface Audit {
  /** The database and the two logins, for whoever reads the findings. */
  database: string
  login: string
  /** The guard's SQL is that of this Clyra. */
  current: boolean
  /** Tables Clyra's login may write to. */
  tables: { name: string; guarded: boolean }[]
  /** Guarded tables cannot be altered or dropped outside an attempt either. */
  event_triggers: boolean
  callers: string[]
  /** Logins that need no right: nothing in the warehouse holds them. */
  superusers: string[]
  /** Logins that may write to tables without guard, and how many they are. */
  writers: { login: string; tables: number; example: string }[]
  /** Logins that are members of the owner of guarded tables, and could take the guard away where no event trigger holds them. */
  owners: { login: string; tables: number; example: string }[]
  /** Logins with a power that leads round the guard by another way. */
  powerful: { login: string; powers: string[] }[]
  /** Server settings as Clyra's login has them. */
  settings: Record<Setting, string>
}

const settings = [
  'log_min_error_statement',
  'log_statement',
  'log_min_duration_statement',
  'log_parameter_max_length',
  'log_parameter_max_length_on_error',
  'log_error_verbosity',
  'max_prepared_transactions',
] as const
export type Setting = (typeof settings)[number]

/** CLYRA_POSTGRES_UNAVAILABLE, or CLYRA_POSTGRES_GUARD_MISSING where the guard is not installed or is an older one. */
export const auditWarehouse = ({ dml }: Logins): Promise<Audit> =>
  inSession(
    dml,
    'show its rights',
    async (session) => {
      await session.run('begin isolation level repeatable read read only')
      await pin(session, { statement_timeout_ms: 9_000, lock_timeout_ms: 1_000 })
      const [one] = await session.query<Pick<Audit, 'database' | 'login' | 'event_triggers'> & { version: string | null }>(single)
      const [set] = await session.query<Pick<Audit, 'settings'>>(
        `select pg_catalog.json_object_agg(name, pg_catalog.current_setting(name)) as settings from pg_catalog.unnest($1::text[]) as name`,
        [settings],
      )
      return {
        database: one?.database ?? '',
        login: one?.login ?? '',
        current: one?.version === guardVersion(),
        tables: await session.query<Audit['tables'][number]>(`with ${governed} select name, guarded from governed order by name`),
        event_triggers: one?.event_triggers ?? false,
        callers: await names(session, "not r.rolsuper and pg_catalog.pg_has_role(r.oid, 'clyra_caller', 'usage')"),
        superusers: await names(session, 'r.rolsuper'),
        writers: await session.query(ways(`not g.guarded and pg_catalog.has_table_privilege(r.oid, g.oid, '${writing}')`)),
        owners: await session.query(ways("g.guarded and pg_catalog.pg_has_role(r.oid, g.owner, 'member')")),
        powerful: await session.query(powers),
        settings: set?.settings ?? ({} as Audit['settings']),
      }
    },
    { '3F000': 'CLYRA_POSTGRES_GUARD_MISSING', '42883': 'CLYRA_POSTGRES_GUARD_MISSING', '42501': 'CLYRA_POSTGRES_GUARD_MISSING' },
  )

const writing = 'INSERT, UPDATE, DELETE, TRUNCATE'
const single = `
select pg_catalog.current_database()::text as database, session_user::text as login,
  pg_catalog.obj_description('clyra_guard'::regnamespace, 'pg_namespace') as version,
  (select count(*) = 2 from pg_catalog.pg_event_trigger e join pg_catalog.pg_proc p on p.oid = e.evtfoid
    where p.pronamespace = 'clyra_guard'::regnamespace and e.evtenabled = 'A'
      and (e.evtname, e.evtevent, p.proname) in (('clyra_guard_ddl', 'ddl_command_end', 'after_ddl'), ('clyra_guard_drop', 'sql_drop', 'after_drop'))
  ) as event_triggers`

const governed = `governed as (
  select c.oid, c.relowner as owner, pg_catalog.format('%I.%I', n.nspname, c.relname) as name, clyra_guard.in_force(c.oid) as guarded
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname not in ('clyra_guard', 'clyra_probe')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and pg_catalog.has_table_privilege(session_user, c.oid, '${writing}')
)`
const others = 'r.rolcanlogin and not r.rolsuper and not exists (select from clyra_guard.logins l where l.login = r.rolname)'

// How many governed tables each login that is not Clyra's can reach in some way.
const ways = (reached: string): string => `
with ${governed}
select r.rolname::text as login, count(*)::int as tables, min(g.name) as example
from pg_catalog.pg_roles r cross join governed g
where ${others} and ${reached} group by r.rolname order by r.rolname`

const powers = `
select r.rolname::text as login, p.powers from pg_catalog.pg_roles r cross join lateral (
  select pg_catalog.array_remove(array[
    case when r.rolbypassrls then 'BYPASSRLS' end, case when r.rolreplication then 'REPLICATION' end, case when r.rolcreaterole then 'CREATEROLE' end,
    case when pg_catalog.pg_has_role(r.oid, 'pg_execute_server_program', 'member') then 'pg_execute_server_program' end,
    case when pg_catalog.pg_has_role(r.oid, 'pg_write_server_files', 'member') then 'pg_write_server_files' end,
    case when pg_catalog.pg_has_role(r.oid, 'clyra_guard_owner', 'member') then 'member of clyra_guard_owner' end], null) as powers
) p where ${others} and pg_catalog.cardinality(p.powers) > 0 order by 1`

const names = async (session: Session, held: string): Promise<string[]> =>
  (
    await session.query<{ name: string }>(
      `select r.rolname::text as name from pg_catalog.pg_roles r where r.rolcanlogin and ${held} order by 1`,
    )
  ).map(({ name }) => name)

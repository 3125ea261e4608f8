// PostgreSQL 15–18 as a governed warehouse.
import type pg from 'pg'
import { ClyraError } from '../../core/errors.ts'
import type { Warehouse } from '../../core/ports.ts'
import { analyse } from './analyse/analyse.ts'
import { openClock } from './clock.ts'
import { enforce, type Logins, settleAttempt } from './executor.ts'
import { issueGrant, redemptionOf } from './grants.ts'
import { platform } from './platform.ts'
import { openSession, SqlFailure } from './session.ts'
import { survey } from './survey.ts'

/**
 * The warehouse behind two logins that installGuard() made: `dml` owns nothing, `ddl` is a member of the tables' owner.
 * Every piece of work opens a connection of its own; only the clock's are kept for a while.
 */
export function postgresWarehouse(logins: Logins): Warehouse {
  const clock = openClock(logins.dml)
  return {
    platform,
    simulated: false,
    analyse: (payload) => analyse(logins[payload.role], payload),
    enforce: (request, prepare, signal) => enforce(logins, request, prepare, signal),
    settle: (attempt) => settleAttempt(logins, attempt),
    survey: (payload, position, xid) => survey(logins, payload, position, xid),
    issue: (request) => issueGrant(logins.dml, request),
    redemption: (attempt) => redemptionOf(logins.dml, attempt),
    now: clock.now,
    check: async () => {
      await checkLogin('dml', logins.dml)
      await checkLogin('ddl', logins.ddl)
    },
    close: clock.close,
  }
}

interface Findings {
  superuser: boolean
  temp: boolean
  owns: boolean
  counts: boolean
  old: boolean
  known: boolean
  acts: boolean
  enters: boolean
}

const questions = `
select pg_catalog.current_setting('is_superuser') = 'on' as superuser,
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP') as temp,
  exists (select from pg_catalog.pg_class c where c.relowner = session_user::regrole and c.relkind in ('r', 'p', 'v', 'm', 'f')) as owns,
  pg_catalog.current_setting('track_counts') = 'on' as counts,
  pg_catalog.current_setting('server_version_num')::int < 150000 as old,
  coalesce(pg_catalog.bool_and(p.known), false) as known, pg_catalog.bool_or(p.act_as is not null) is true as acts,
  pg_catalog.has_function_privilege('clyra_guard.enter(text, bigint, text, uuid)', 'EXECUTE') as enters
from clyra_guard.place() p`

async function checkLogin(role: 'dml' | 'ddl', login: pg.ClientConfig): Promise<void> {
  const session = await openSession(login, 10_000)
  try {
    const [row] = await session.query<Findings>(questions)
    if (row?.enters !== true) throw new SqlFailure(null)
    const unsafe = (found: string) =>
      new ClyraError('CLYRA_POSTGRES_UNSAFE', `expected the ${role} login of a governed PostgreSQL 15 or later, found ${found}`)
    if (row.superuser) throw unsafe('a superuser')
    if (row.owns) throw unsafe('a login that owns relations')
    if (role === 'dml' && row.temp) throw unsafe('the right to make temporary objects')
    if (!row.counts) throw unsafe('track_counts = off')
    if (row.old) throw unsafe('an older server')
    if (row.acts !== (role === 'ddl')) throw unsafe('the other login')
    if (!row.known)
      throw new ClyraError('CLYRA_ENFORCE_FAILED_OVER', 'expected the server the guard was applied to, found another identity or timeline')
  } catch (error) {
    if (!(error instanceof SqlFailure)) throw error
    throw new ClyraError(
      'CLYRA_POSTGRES_GUARD_MISSING',
      `expected the ${role} login to reach clyra_guard, got ${error.sqlstate ?? 'no answer'}`,
    )
  } finally {
    await session.close()
  }
}

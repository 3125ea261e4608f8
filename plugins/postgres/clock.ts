// The warehouse's clock. Nothing of a payload runs on its connection, so it may be kept a while; no other work may have it.
import pg from 'pg'
import { ClyraError } from '../../core/errors.ts'

export interface Clock {
  /** RFC 3339 UTC with milliseconds. CLYRA_POSTGRES_UNAVAILABLE. */
  now(): Promise<string>
  close(): Promise<void>
}

const query = `select pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now`

/** The clock behind a login. A connection lives a minute at most: after a failover the clock must be the new server's. */
export function openClock(login: pg.ClientConfig): Clock {
  const pool = new pg.Pool({
    ...login,
    max: 2,
    maxLifetimeSeconds: 60,
    idleTimeoutMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
    allowExitOnIdle: true,
    application_name: 'clyra clock',
  })
  // An idle connection that dies is replaced; the next question tells whether the warehouse is gone.
  pool.on('error', () => undefined)
  return {
    async now() {
      try {
        return (await pool.query<{ now: string }>(query)).rows[0]?.now ?? ''
      } catch (error) {
        const found = error instanceof pg.DatabaseError ? error.code : undefined
        throw new ClyraError('CLYRA_POSTGRES_UNAVAILABLE', `expected the warehouse to tell its time, got ${found ?? 'no answer'}`)
      }
    },
    close: () => pool.end(),
  }
}

// The one door to PostgreSQL: statements are prepared by name, and nothing but a SQLSTATE leaves in an error.
import pg from 'pg'
import { ClyraError } from '../core/errors.ts'

/** SQL with the name it is prepared under. */
export interface Statement {
  name: string
  text: string
}

export type Query = <Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[]) => Promise<Row[]>

export interface Store {
  /** One statement, one round trip. CLYRA_LEDGER_UNAVAILABLE, CLYRA_LEDGER_CONTENTION, CLYRA_LEDGER_CORRUPT. */
  query: Query
  /** Runs `work` in one transaction; whatever it throws rolls back. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** A pool of connections to the store; connects on first use. */
export function openStore(url: string): Store {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 5000,
    statement_timeout: 30_000,
    lock_timeout: 10_000,
    // Longer than the server may take: a connection that fell silent must not hold up everybody behind it.
    query_timeout: 35_000,
    keepAlive: true,
    application_name: 'clyra',
  })
  // An idle connection that dies is replaced by the pool; the next query tells whether the store is gone.
  pool.on('error', () => undefined)
  return {
    query: (statement, values) => ask(pool, statement, values),
    async transaction(work) {
      const client = await pool.connect().catch((error: unknown) => {
        throw unavailable(error)
      })
      let broken = true
      try {
        await ask(client, begin, [])
        const result = await work((statement, values) => ask(client, statement, values))
        await ask(client, commit, [])
        broken = false
        return result
      } finally {
        // A connection whose transaction did not end is closed, which rolls it back.
        client.release(broken)
      }
    },
    close: () => pool.end(),
  }
}

const begin = { name: 'begin', text: 'begin' }
const commit = { name: 'commit', text: 'commit' }

async function ask<Row extends pg.QueryResultRow>(
  on: pg.Pool | pg.PoolClient,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  try {
    return (await on.query<Row>({ ...statement, values: [...values] })).rows
  } catch (error) {
    throw unavailable(error)
  }
}

/** The row of a statement that always gives one. */
export function only<Row>(rows: readonly Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new ClyraError('CLYRA_LEDGER_UNAVAILABLE', 'expected one row from the store, found none')
  return row
}

/** The ClyraError for whatever the driver threw. The cause stays behind: PostgreSQL quotes row values in its details. */
export function unavailable(error: unknown): ClyraError {
  if (error instanceof ClyraError) return error
  const code = String((error as { code?: unknown } | null)?.code ?? 'no answer')
  if (code === '55P03')
    return new ClyraError('CLYRA_LEDGER_CONTENTION', 'expected the lock of a stream within the time limit, did not get it')
  if (code === '23505') return new ClyraError('CLYRA_LEDGER_CORRUPT', 'expected a free place at the end of the log, found one taken')
  return new ClyraError('CLYRA_LEDGER_UNAVAILABLE', `expected the store to answer, found: ${code}`)
}

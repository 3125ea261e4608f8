// One connection to the warehouse for one piece of work: opened fresh, used, thrown away. Nothing of the server's words leaves it.
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { ClyraError, type ErrorCode } from '../../core/errors.ts'

export interface Session {
  /** One statement over the extended protocol, which refuses several at once. Rejects with SqlFailure. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** The same, with its rows thrown away as they come. Answers the command tag's word. */
  run(text: string): Promise<string>
  /**
   * Several in one round trip: they go out together and are done in order, also behind one that failed. Rejects with the first failure,
   * when all are answered. Never for COMMIT, nor for anything behind a statement of a payload: it would be done though we are gone.
   */
  together<T extends readonly Promise<unknown>[] | []>(ask: () => T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>
  /** `T`: in a transaction that can go on. */
  status(): string
  /** SQLSTATEs of the warnings seen so far. */
  warnings(): readonly string[]
  /** Rolls back what is open and ends the connection; a statement still running is cancelled by the server when it notices. */
  close(): Promise<void>
}

/** A statement failed: `sqlstate` is the server's, null when the connection was lost or went silent. */
export class SqlFailure extends Error {
  readonly sqlstate: string | null
  constructor(sqlstate: string | null) {
    super(sqlstate === null ? 'the connection was lost' : `the server answered SQLSTATE ${sqlstate}`)
    this.name = 'SqlFailure'
    this.sqlstate = sqlstate
  }
}

/** Opens a session; a statement without an answer after `silenceMs` counts as a lost connection. CLYRA_POSTGRES_UNAVAILABLE. */
export async function openSession(config: pg.ClientConfig, silenceMs: number): Promise<Session> {
  const client = new pg.Client({
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: 'clyra',
    ...config,
    pipeline: true,
  })
  const warnings: string[] = []
  let lost = false
  // Not pg's own query_timeout: it takes over the callback, and with it the row listener below.
  const answered = async <T>(result: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('silence')), silenceMs)
    })
    try {
      return await Promise.race([result, silence])
    } catch (error) {
      const sqlstate = stateOf(error)
      lost ||= sqlstate === null
      throw new SqlFailure(sqlstate)
    } finally {
      clearTimeout(timer)
    }
  }
  // Without a listener a server that goes away would end the process; the next query tells us anyway.
  client.on('error', () => undefined)
  client.on('notice', ({ code, severity }) => {
    if (severity === 'WARNING') warnings.push(code ?? '')
  })
  try {
    await client.connect()
  } catch (error) {
    throw new ClyraError('CLYRA_POSTGRES_UNAVAILABLE', `expected to connect to the warehouse, got ${stateOf(error) ?? 'no answer'}`)
  }
  return {
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const config: pg.QueryConfig & { queryMode: 'extended' } = { text, values: [...values], queryMode: 'extended' }
      return (await answered(client.query<Row>(config))).rows
    },
    run: (text) => answered(discarding(client, text)),
    async together(ask) {
      const { stream } = client.connection
      stream.cork()
      const asked = ask()
      stream.uncork()
      // In the order they were asked: those behind a failure fail because of it.
      for (const one of await Promise.allSettled<unknown>(asked)) if (one.status === 'rejected') throw one.reason
      return Promise.all(asked)
    },
    status: () => client.getTransactionStatus() ?? '',
    warnings: () => warnings,
    close: async () => {
      // A connection that went silent would not answer the ROLLBACK either; cutting it makes the server roll back.
      if (lost) client.connection.stream.destroy()
      else if (client.getTransactionStatus() !== 'I') await client.query('rollback').catch(() => undefined)
      // A peer that is gone does not close its end; nothing is owed to it.
      await Promise.race([client.end().catch(() => undefined), pause(2_000, undefined, { ref: false })])
    },
  }
}

/**
 * One short piece of work in a session of its own; what it leaves open is rolled back. `expected` says what for. What the server
 * refuses is the code its SQLSTATE has in `codes`, else CLYRA_POSTGRES_UNAVAILABLE.
 */
export async function inSession<T>(
  login: pg.ClientConfig,
  expected: string,
  work: (session: Session) => Promise<T>,
  codes: Readonly<Record<string, ErrorCode>> = {},
): Promise<T> {
  const session = await openSession(login, 10_000)
  try {
    return await work(session)
  } catch (error) {
    if (!(error instanceof SqlFailure)) throw error
    const found = error.sqlstate === null ? 'no answer' : `SQLSTATE ${error.sqlstate}`
    throw new ClyraError(codes[error.sqlstate ?? ''] ?? 'CLYRA_POSTGRES_UNAVAILABLE', `expected the warehouse to ${expected}, got ${found}`)
  } finally {
    await session.close()
  }
}

// A query with a row listener and no callback keeps no rows: a SELECT over a large table must not fill the process.
function discarding(client: pg.Client, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const config: pg.QueryConfig & { queryMode: 'extended' } = { text, queryMode: 'extended' }
    const query = new pg.Query(config)
    query.on('row', () => undefined)
    query.on('end', (result) => resolve(result.command))
    query.on('error', reject)
    client.query(query)
  })
}

const stateOf = (error: unknown): string | null => (error instanceof pg.DatabaseError ? (error.code ?? null) : null)

// Why an attempt ends before its COMMIT.
import type { ErrorCode } from '../../core/errors.ts'
import { SqlFailure } from './session.ts'

/** What a `Settled` says beyond its outcome. */
export interface Reason {
  readonly code: ErrorCode
  readonly sqlstate: string | null
  readonly statement: number | null
}

/** Thrown to roll back; never leaves the plugin. */
export class Halt extends Error {
  readonly reason: Reason
  constructor(code: ErrorCode, statement: number | null = null, sqlstate: string | null = null) {
    super(code)
    this.name = 'Halt'
    this.reason = { code, sqlstate, statement }
  }
}

/** Runs one step; what the server refuses becomes a Halt with its SQLSTATE, by `codes` or as a refused statement. */
export async function step<T>(
  statement: number | null,
  work: () => Promise<T>,
  codes: Readonly<Record<string, ErrorCode>> = {},
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SqlFailure)) throw error
    // A lost connection proves nothing yet; the guard row will tell.
    if (error.sqlstate === null) throw new Halt('CLYRA_ENFORCE_NOT_APPLIED', statement)
    throw new Halt(codes[error.sqlstate] ?? 'CLYRA_ENFORCE_STATEMENT', statement, error.sqlstate)
  }
}

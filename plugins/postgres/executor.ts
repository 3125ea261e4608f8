// Applies a payload exactly once per attempt, or proves that it did not, or says that it cannot tell.
import type pg from 'pg'
import { ClyraError, codeOf, errorKind } from '../../core/errors.ts'
import type { EnforceRequest, Prepared, Settled } from '../../core/ports.ts'
import { readPayload } from './analyse/read.ts'
import { Halt, type Reason, step } from './halt.ts'
import { pinned, pinsOf } from './pins.ts'
import { openSession } from './session.ts'
import { type Attempt, settle } from './settle.ts'
import { apply, type Entered, enter } from './transaction.ts'

export interface Logins {
  readonly dml: pg.ClientConfig
  readonly ddl: pg.ClientConfig
}

const notApplied: Reason = { code: 'CLYRA_ENFORCE_NOT_APPLIED', sqlstate: null, statement: null }

/**
 * Fills Enforcer.enforce. Rejects with what `prepare` threw when that can be tried again, with CLYRA_POSTGRES_UNAVAILABLE when no
 * connection could be had, and with CLYRA_POSTGRES_GUARD_MISSING; in each of these cases this call applied nothing.
 */
export async function enforce(
  logins: Logins,
  request: EnforceRequest,
  prepare: (prepared: Prepared) => Promise<void>,
  signal: { readonly aborted: boolean },
): Promise<Settled> {
  const { payload } = request
  // The closed lists are gone through again on the very payload: no verdict is taken for them.
  const read = await readPayload(payload)
  const [refused] = read.refusals
  if (refused !== undefined)
    return settle(logins.dml, request, { code: refused.code as Reason['code'], sqlstate: null, statement: refused.statement })

  const silence = Math.max(payload.limits.statement_timeout_ms, payload.limits.lock_timeout_ms) + 15_000
  const session = await openSession(logins[payload.role], silence)
  let committing = false
  let reason: Reason
  try {
    const entered = await enter(session, request)
    const prepared = await apply(entered, read, signal)
    await kept(prepare, prepared)
    if (signal.aborted) throw new Halt('CLYRA_ENFORCE_CANCELLED')
    await confirm(entered)
    committing = true
    return await commit(entered)
  } catch (error) {
    if (!(error instanceof Halt)) throw error
    if (error.reason.code === 'CLYRA_POSTGRES_GUARD_MISSING')
      throw new ClyraError('CLYRA_POSTGRES_GUARD_MISSING', 'expected the schema clyra_guard and the right to call it, found none')
    // 23505 and 55P03 of the guard say that the attempt is another call's: what became of it is asked below.
    reason = ['CLYRA_ENFORCE_NOT_APPLIED', 'CLYRA_ENFORCE_STILL_RUNNING'].includes(error.reason.code) ? notApplied : error.reason
  } finally {
    await session.close()
  }
  return settle(logins.dml, request, reason, committing)
}

/** Fills Enforcer.settle. */
export const settleAttempt = (logins: Logins, attempt: Attempt): Promise<Settled> => settle(logins.dml, attempt, notApplied)

async function kept(prepare: (prepared: Prepared) => Promise<void>, prepared: Prepared): Promise<void> {
  try {
    await prepare(prepared)
  } catch (error) {
    if (errorKind(codeOf(error)).retryable) throw error
    throw new Halt(codeOf(error))
  }
}

async function confirm({ session, request, role }: Entered): Promise<void> {
  const values = [request.change_id, request.attempt, request.payload_digest]
  await step(null, async () => {
    // The guard belongs to the login, not to the role it acts as.
    if (role !== null) await session.run('reset role')
    // Pins synchronous_commit as well: what is reported as enforced must outlive the server.
    const [row] = await session.query<{ mine: boolean }>(`select ${pinned}, clyra_guard.confirm($2, $3, $4) as mine`, [
      pinsOf(request.payload.limits),
      ...values,
    ])
    if (row?.mine !== true) throw new Halt('CLYRA_ENFORCE_TRANSACTION')
  })
}

// COMMIT goes alone: pipelined behind a statement it would commit although the client is gone.
async function commit({ session }: Entered): Promise<Settled> {
  const warned = session.warnings().length
  const tag = await step(null, () => session.run('commit'))
  // A COMMIT of a failed transaction succeeds as ROLLBACK.
  if (tag !== 'COMMIT') throw new Halt('CLYRA_ENFORCE_TRANSACTION')
  // The wait for a synchronous standby was cancelled: committed here, perhaps nowhere else.
  if (session.warnings().slice(warned).includes('01000'))
    return { outcome: 'ambiguous', code: 'CLYRA_ENFORCE_UNSETTLED', sqlstate: '01000', statement: null, settled_by: 'guard_row' }
  return { outcome: 'enforced', code: null, sqlstate: null, statement: null, settled_by: 'commit' }
}

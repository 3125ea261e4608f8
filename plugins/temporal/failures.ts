// Every failure a workflow sees: an ApplicationFailure with a Clyra word as its type. Messages hold ids and codes, no payload.
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common'
import { ClyraError, codeOf, errorKind } from '../../core/errors.ts'
import type { ChangeReceipt, ClyraFailureType } from './words.ts'

const ends: Record<Exclude<NonNullable<ChangeReceipt['outcome']>, 'enforced' | 'observed'>, ClyraFailureType> = {
  denied: 'ClyraDenied',
  rejected: 'ClyraRejected',
  expired: 'ClyraExpired',
  cancelled: 'ClyraCancelled',
  failed: 'ClyraFailed',
  ambiguous: 'ClyraAmbiguous',
}

const loud: ClyraFailureType[] = ['ClyraFailed', 'ClyraAmbiguous']

/** The failure for a change that ended without having been made, its receipt in the details; null where there is none. Never retried. */
export function endFailure(receipt: ChangeReceipt): ApplicationFailure | null {
  const { change_id, outcome, code } = receipt
  if (outcome === null || outcome === 'enforced' || outcome === 'observed') return null
  const type = ends[outcome]
  return ApplicationFailure.create({
    message: `change ${change_id} ended ${outcome}${code === null ? '' : `: ${code}`}`,
    type,
    nonRetryable: true,
    details: [receipt],
    // A no is an answer: metrics of failing activities are not for it.
    ...(loud.includes(type) ? {} : { category: ApplicationFailureCategory.BENIGN }),
  })
}

/** A ClyraError whose `retryAfterMs` says when asking again makes sense. */
export type Timed = ClyraError & { retryAfterMs?: number }

/** Any error as a failure: retryable ones are ClyraUnreachable, others `type` with {code}. A failure stays what it is. */
export function failureOf(error: unknown, type: ClyraFailureType): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error
  const code = codeOf(error)
  const { retryable, remedy } = errorKind(code)
  const said = error instanceof ClyraError ? error.message : 'expected no error, found one that is not Clyra’s'
  const { retryAfterMs } = error as Timed
  return ApplicationFailure.create({
    message: `${code}: ${said}. ${remedy}`,
    type: retryable ? 'ClyraUnreachable' : type,
    nonRetryable: !retryable,
    details: [{ code }],
    ...(retryable && retryAfterMs !== undefined ? { nextRetryDelay: retryAfterMs } : {}),
  })
}

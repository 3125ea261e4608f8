// Whether verified receipts allow one governed activity to run now. Pure: the rules of the gate.
import { ClyraError, type ErrorCode } from '../../core/errors.ts'
import type { Change } from '../../core/generated/types.ts'
import { allOf, type Found, lastOf, ofAttempt } from '../../core/receipts.ts'

/** What the change must be: that of this workflow, this name, these arguments. */
export type Expected = Pick<Change, 'change_id' | 'site_key_digest' | 'source' | 'target' | 'role' | 'revision' | 'statements'>

/** In `review` the work is done as ever: there is no grant. */
export interface Permit {
  change_id: string
  mode: Change['mode']
}

/** How far behind the log's clock the activity's may be. */
const skewMs = 60_000

/**
 * Receipts in order, already verified as the log's own. CLYRA_TEMPORAL_OTHER_CHANGE when they are not of the change expected;
 * CLYRA_TEMPORAL_NOT_OPEN unless its last attempt is one that a caller may be at work on at `nowMs`, or was observed in review.
 */
export function permitOf(receipts: readonly Found[], expected: Expected, nowMs: number): Permit {
  const change = lastOf(receipts, 'change')
  if (change === null) throw notOpen('a change receipt')
  const names = Object.keys(expected) as (keyof Expected)[]
  const other = names.filter((name) => change.body[name] !== expected[name])
  if (change.body.executor !== 'caller' || other.length > 0)
    throw refused('CLYRA_TEMPORAL_OTHER_CHANGE', `another ${other[0] ?? 'executor'}`)
  const current = ofAttempt(receipts, change.body.attempt)
  // The same attempt twice in a stream is no log of ours: what follows the second is not what was looked at.
  if (current[0]?.receipt.seq !== change.seq) throw notOpen('one attempt of this number')
  if (change.body.mode === 'review') demandObserved(current)
  else demandAtWork(current, nowMs)
  return { change_id: change.body.change_id, mode: change.body.mode }
}

function demandObserved(current: readonly Found[]): void {
  const outcomes = allOf(current, 'outcome')
  if (outcomes.length !== 1 || outcomes[0]?.body.outcome !== 'observed') throw notOpen('a change in review that was observed')
}

function demandAtWork(current: readonly Found[], nowMs: number): void {
  const attempt = lastOf(current, 'attempt')
  const window = attempt?.body.window
  if (attempt === null || !window) throw notOpen('an attempt of a caller')
  // Beside grants and others who asked, everything that follows an attempt ends it, or is not known to us.
  const after = current.filter(({ receipt }) => receipt.seq > attempt.seq && !['grant', 'requester'].includes(receipt.kind))
  if (after.length > 0 || allOf(current, 'attempt').length !== 1) throw notOpen('an attempt that is not over')
  const [from, to] = [Date.parse(attempt.at), Date.parse(window.expires_at)]
  if (!(nowMs >= from - skewMs && nowMs < to)) throw notOpen('an attempt whose time is now')
}

const notOpen = (expected: string) => refused('CLYRA_TEMPORAL_NOT_OPEN', 'none', expected)

const refused = (code: ErrorCode, found: string, expected = 'the change that this activity is governed by'): ClyraError =>
  new ClyraError(code, `expected ${expected}, found ${found}`)

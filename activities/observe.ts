// Stage 4, for a caller: he did the work in his own transaction, or he did not. His word is not asked; the warehouse is.
import { lastOf } from '../core/receipts.ts'
import type { Enforced, RunRef } from '../core/stages.ts'
import { enforced, granted, settle } from './conclude.ts'
import { attemptReceipts, type Deps, required, targetOf } from './deps.ts'

/**
 * Appends the outcome once a grant was redeemed and committed, or once none can be any more: the window has closed, or the change was
 * withdrawn. Until then `granted`, with what is left of the time.
 */
export async function observe(deps: Deps, run: RunRef, withdrawn: boolean): Promise<Enforced> {
  const receipts = await attemptReceipts(deps, run)
  const done = lastOf(receipts, 'outcome')
  if (done !== null) return enforced(done.body)
  const attempt = required(lastOf(receipts, 'attempt'), 'an attempt receipt')
  const { expires_at } = required(attempt.body.window, 'a caller’s window')
  const { warehouse } = targetOf(deps, required(lastOf(receipts, 'change'), 'a change receipt').body.target)
  const now = await deps.ledger.log.now()
  if (now < expires_at && !withdrawn && (await warehouse.redemption(attempt.body)) === null) return granted(expires_at, now)
  return settle(deps, run, warehouse, attempt, withdrawn ? 'CLYRA_GRANT_WITHDRAWN' : 'CLYRA_GRANT_EXPIRED')
}

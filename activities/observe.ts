// Stage 4, for a caller: he did the work in his own transaction, or he did not. His word is not asked; the warehouse is.
import { freezesOf } from '../core/freeze.ts'
import { lastOf } from '../core/receipts.ts'
import type { Enforced, RunRef } from '../core/stages.ts'
import { enforced, granted, settle } from './conclude.ts'
import { type Deps, receiptsOf, required, targetOf } from './deps.ts'

/**
 * Appends the outcome once a grant was redeemed and committed, or once none can be any more: the window has closed, the change was
 * withdrawn, or the target is frozen. Until then `granted`, with what is left of the time.
 */
export async function observe(deps: Deps, run: RunRef, withdrawn: boolean): Promise<Enforced> {
  const { receipts, now } = await receiptsOf(deps, run)
  const done = lastOf(receipts, 'outcome')
  if (done !== null) return enforced(done.body)
  const attempt = required(lastOf(receipts, 'attempt'), 'an attempt receipt')
  const { expires_at } = required(attempt.body.window, 'a caller’s window')
  const { target } = required(lastOf(receipts, 'change'), 'a change receipt').body
  const { warehouse } = targetOf(deps, target)
  const frozen = freezesOf(await deps.ledger.freezes.list(run.tenant), target).length > 0
  const over = now >= expires_at || withdrawn || frozen
  if (!over && (await warehouse.redemption(attempt.body)) === null) return granted(expires_at, now)
  const code = withdrawn ? 'CLYRA_GRANT_WITHDRAWN' : frozen ? 'CLYRA_ENFORCE_FROZEN' : 'CLYRA_GRANT_EXPIRED'
  return settle(deps, run, warehouse, attempt, code)
}

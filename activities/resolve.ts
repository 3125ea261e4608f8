// After the pipeline: an ambiguous change is read back from its warehouse. Its own stream is sealed; the tenant's log has the answer.
import { ClyraError } from '../core/errors.ts'
import type { Resolution } from '../core/generated/types.ts'
import { lastOf, receiptKey, tenantStream } from '../core/receipts.ts'
import type { Resolved, RunRef } from '../core/stages.ts'
import { type Deps, receiptsOf, required, targetOf, worker } from './deps.ts'

/**
 * Appends the `resolution` receipt, or returns the one that stands. What was not applied never can be afterwards.
 * CLYRA_CHANGE_NOT_AMBIGUOUS; CLYRA_CHANGE_UNRESOLVED while nobody can tell.
 */
export async function resolve(deps: Deps, run: RunRef): Promise<Resolved> {
  const { log } = deps.ledger
  const stream = tenantStream(run.tenant)
  const key = receiptKey.resolution(run.change_id, run.attempt)
  const known = await log.find(stream, key)
  if (known !== null) return resolved(known.receipt.body as unknown as Resolution)

  const { receipts } = await receiptsOf(deps, run)
  const outcome = lastOf(receipts, 'outcome')
  if (outcome?.body.outcome !== 'ambiguous' || lastOf(receipts, 'recorded') === null)
    throw new ClyraError(
      'CLYRA_CHANGE_NOT_AMBIGUOUS',
      `expected a change that ended ambiguous, found ${outcome?.body.outcome ?? 'no outcome'}`,
    )
  const { target } = required(lastOf(receipts, 'change'), 'a change receipt').body
  const settled = await targetOf(deps, target).warehouse.settle(required(lastOf(receipts, 'attempt'), 'an attempt receipt').body)
  if (settled.outcome === 'ambiguous')
    throw new ClyraError('CLYRA_CHANGE_UNRESOLVED', `expected the warehouse to tell whether it was applied, found ${settled.code}`)
  const body: Resolution = {
    change_id: run.change_id,
    attempt: run.attempt,
    predecessor: outcome.leaf,
    outcome: settled.outcome,
    code: settled.code,
    settled_by: settled.outcome === 'enforced' ? 'guard_row' : 'tombstone',
  }
  const [stored] = await log.append(stream, [{ key, kind: 'resolution', actor: worker, body: { ...body } }])
  return resolved(required(stored, 'a resolution receipt').receipt.body as unknown as Resolution)
}

const resolved = ({ outcome, code }: Resolution): Resolved => ({ outcome, code })

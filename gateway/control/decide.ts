// Delivering an approver's decision. The run verifies and counts it; the gateway only carries it and tells what became of it.
import { canonical } from '../../core/canonical.ts'
import { ClyraError } from '../../core/errors.ts'
import type { Decision, DecisionRequest, DecisionResult } from '../../core/generated/types.ts'
import { isEnd, type State } from '../../core/lifecycle.ts'
import type { DecisionMessage, DecisionReceipt } from '../../core/messages.ts'
import { allOf, changeStream, lastOf, ofAttempt, receiptKey, tenantStream } from '../../core/receipts.ts'
import { idTokensOf } from '../../evidence/decision.ts'
import type { ChangeRow, Principal } from '../../ledger/types.ts'
import { sha256Hex } from '../../runtime/digest.ts'
import { stopwatch } from '../../runtime/telemetry.ts'
import { actorOf } from './auth.ts'
import { approversOf } from './change-view.ts'
import type { GatewayDeps } from './deps.ts'

/** Different decisions one actor may send on one attempt. Temporal takes 2,000 of a run, and each is a receipt of the change. */
export const decisionsOfOneActor = 20

/**
 * What became of the decision. A refusal is a result, and leaves a receipt; a missing answer is an error (CLYRA_API_BUSY), and so is
 * one decision too many of one actor (CLYRA_APPROVAL_TOO_MANY).
 */
export async function decide(deps: GatewayDeps, principal: Principal, row: ChangeRow, request: DecisionRequest): Promise<DecisionResult> {
  const took = stopwatch()
  try {
    const result = await deliver(deps, principal, row, request)
    deps.times('deliver', result.status, took())
    return result
  } catch (error) {
    deps.times('deliver', 'failed', took())
    throw error
  }
}

async function deliver(deps: GatewayDeps, principal: Principal, row: ChangeRow, request: DecisionRequest): Promise<DecisionResult> {
  const envelope = canonical(request.envelope)
  const message: DecisionMessage = { id: sha256Hex(envelope), envelope, delivered_by: actorOf(principal) }
  await demandPlace(deps, row, message)
  const run = { tenant: row.tenant, change_id: row.change_id, attempt: row.attempt }
  const receipt = isEnd(row.state as State) ? 'closed' : await deps.workflows.decide(run, message)
  await settle(deps, principal, receipt, envelope)
  const { status, code, decision_id, approvals, quorum } = receipt === 'closed' ? await late(deps, row, message) : receipt
  return { decision_id, status, code, state: await stateOf(deps, row), approvals, quorum }
}

// Who signed on and decided was not worn down: what he was asked so far counts no more.
async function settle({ ledger }: GatewayDeps, { tenant, person }: Principal, receipt: DecisionReceipt | 'closed', envelope: string) {
  if (person === null || receipt === 'closed' || receipt.status !== 'counted' || idTokensOf(envelope).length === 0) return
  await ledger.signOns.settle(tenant, person)
}

// The first one beyond the limit is a receipt in the tenant's log; all others leave nothing.
async function demandPlace({ ledger }: GatewayDeps, row: ChangeRow, { id, delivered_by }: DecisionMessage): Promise<void> {
  const { tenant, change_id, attempt } = row
  const purpose = `decision:${change_id}:${attempt}:${delivered_by.actor}`
  if (await ledger.singleUse.takePlace(tenant, purpose, id, decisionsOfOneActor)) return
  const body = { change_id, attempt, limit: decisionsOfOneActor, delivered_by }
  const key = receiptKey.overflow(change_id, attempt, delivered_by.actor)
  await ledger.log.append(tenantStream(tenant), [{ key, kind: 'decision_overflow', actor: delivered_by, body }])
  const expected = `expected at most ${decisionsOfOneActor} different decisions of one actor on one attempt, found more`
  throw new ClyraError('CLYRA_APPROVAL_TOO_MANY', expected)
}

async function late({ ledger }: GatewayDeps, row: ChangeRow, message: DecisionMessage): Promise<DecisionReceipt> {
  const current = ofAttempt(await ledger.log.read(changeStream(row.change_id)), row.attempt)
  const tally = { approvals: approversOf(current).length, quorum: lastOf(current, 'verdict')?.body.quorum ?? 0 }
  const known = allOf(current, 'decision').find(({ body }) => body.envelope_digest === `sha256:${message.id}`)
  if (known !== undefined) return { ...duplicateOf(known.body), ...tally }
  const code = 'CLYRA_APPROVAL_NOT_OPEN'
  await ledger.log.append(tenantStream(row.tenant), [
    {
      key: receiptKey.late(message.id),
      kind: 'late_decision',
      actor: message.delivered_by,
      body: { change_id: row.change_id, envelope_digest: `sha256:${message.id}`, code, delivered_by: message.delivered_by },
    },
  ])
  return { status: 'refused', code, decision_id: null, ...tally }
}

const duplicateOf = ({ code, decision_id }: Decision): Pick<DecisionReceipt, 'status' | 'code' | 'decision_id'> => ({
  status: 'duplicate',
  code,
  decision_id,
})

async function stateOf({ ledger }: GatewayDeps, row: ChangeRow): Promise<DecisionResult['state']> {
  const now = await ledger.changes.get(row.tenant, row.change_id)
  if (now === null) throw new ClyraError('CLYRA_LEDGER_CORRUPT', 'expected the change in the registry, found none')
  return now.state as DecisionResult['state']
}

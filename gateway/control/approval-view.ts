// What an approver is asked to agree to: the payload itself, the verdict, and the values a decision signs.
import { requestersOf } from '../../core/approval.ts'
import { ClyraError } from '../../core/errors.ts'
import type { ApprovalView } from '../../core/generated/types.ts'
import { allOf, lastOf, ofAttempt } from '../../core/receipts.ts'
import type { ChangeRow, Stored } from '../../ledger/types.ts'

/**
 * Pure. Requesters are those of the change's own receipt, since the display hash covers them; whoever asked later is still refused
 * as an approver. CLYRA_APPROVAL_NOT_OPEN when the current attempt never asked for approval.
 */
export function approvalViewOf(row: ChangeRow, receipts: readonly Stored[], payload: Record<string, unknown>): ApprovalView {
  const current = ofAttempt(receipts, row.attempt)
  const change = lastOf(current, 'change')
  const verdict = lastOf(current, 'verdict')
  if (change === null || verdict === null || verdict.body.nonce === null)
    throw new ClyraError('CLYRA_APPROVAL_NOT_OPEN', `expected a change that asks for approval, found one in state ${row.state}`)
  const { payload_digest, policy_digest, display_hash, nonce, deadline, quorum } = verdict.body
  return {
    change_id: row.change_id,
    state: row.state as ApprovalView['state'],
    target: row.target,
    requesters: requestersOf([change.body]),
    reason: change.body.reason,
    payload,
    verdict: { ...verdict.body },
    binding: { payload_digest, policy_digest, display_hash, nonce },
    deadline,
    quorum,
    decisions: allOf(current, 'decision').map(({ at, body: { person, decision, status, code } }) => ({
      person,
      decision,
      status,
      code,
      at,
    })),
  }
}

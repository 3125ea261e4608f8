// What an approver is asked to agree to: the payload itself, the verdict, and the values a decision signs.
import { claimedOf, requestersOf } from '../../core/approval.ts'
import { ClyraError } from '../../core/errors.ts'
import type { ApprovalView } from '../../core/generated/types.ts'
import type { Grade } from '../../core/grade.ts'
import { allOf, changeStream, lastOf, ofAttempt } from '../../core/receipts.ts'
import type { Provider } from '../../core/sign-on.ts'
import type { ChangeRow, Stored } from '../../ledger/types.ts'
import { digest } from '../../runtime/digest.ts'
import type { GatewayDeps } from './deps.ts'

/**
 * Pure. Requesters are those of the change's own receipt, since the display hash covers them; whoever asked later is still refused
 * as an approver. CLYRA_APPROVAL_NOT_OPEN when the current attempt never asked for approval.
 */
export function approvalViewOf(
  row: ChangeRow,
  receipts: readonly Stored[],
  payload: Record<string, unknown>,
  provider: Provider | null,
): ApprovalView {
  const current = ofAttempt(receipts, row.attempt)
  const change = lastOf(current, 'change')
  const verdict = lastOf(current, 'verdict')
  if (change === null || verdict === null || verdict.body.nonce === null)
    throw new ClyraError('CLYRA_APPROVAL_NOT_OPEN', `expected a change that asks for approval, found one in state ${row.state}`)
  const { payload_digest, policy_digest, display_hash, nonce, deadline, quorum, grade, authenticator_age_seconds } = verdict.body
  return {
    change_id: row.change_id,
    state: row.state as ApprovalView['state'],
    target: row.target,
    requesters: requestersOf([change.body]),
    claimed_for: claimedOf([change.body]),
    reason: change.body.reason,
    payload,
    verdict: { ...verdict.body },
    binding: { payload_digest, policy_digest, display_hash, nonce },
    deadline,
    quorum,
    grade,
    authenticator_age_seconds,
    asks: asksOf(grade, provider),
    decisions: allOf(current, 'decision').map(({ at, body: { person, decision, status, code } }) => ({
      person,
      decision,
      status,
      code,
      at,
    })),
  }
}

// Without a provider nothing reaches grade enhanced.
function asksOf(grade: Grade, provider: Provider | null): ApprovalView['asks'] {
  if (grade === 'enhanced') return provider === null ? [] : [['passkey', 'sign_on', 'match_code']]
  return [['key'], ['passkey'], ...(provider === null ? [] : [['sign_on' as const]])]
}

/**
 * The same, read from the ledger. CLYRA_APPROVAL_NOT_OPEN, CLYRA_LEDGER_PAYLOAD_GONE once the change is closed, CLYRA_PAYLOAD_MISMATCH
 * when the stored payload is not the one that the change names.
 */
export async function readApproval({ ledger, provider }: Pick<GatewayDeps, 'ledger' | 'provider'>, row: ChangeRow): Promise<ApprovalView> {
  const receipts = await ledger.log.read(changeStream(row.change_id))
  const bytes = await ledger.payloads.get(row.tenant, row.payload_digest)
  if (digest(bytes) !== row.payload_digest)
    throw new ClyraError('CLYRA_PAYLOAD_MISMATCH', 'expected the payload the change names, found another in its place')
  return approvalViewOf(row, receipts, JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>, provider)
}

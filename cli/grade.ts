// What a terminal cannot do.
import { ClyraError } from '../core/errors.ts'
import type { ApprovalView, Verdict } from '../core/generated/types.ts'

/**
 * Before anything is signed: CLYRA_APPROVAL_GRADE where policy asks for more than a key in a file, or a sign-on alone, can prove. To
 * reject, one always does.
 */
export function demandGrade(decision: 'approve' | 'reject', { grade, verdict }: ApprovalView): void {
  if (decision === 'reject' || grade === 'standard') return
  const { reasons } = verdict as unknown as Verdict
  const why = reasons.filter(({ outcome }) => outcome === 'needs_approval').map(({ rule, why }) => `${rule}: ${why}`)
  throw new ClyraError(
    'CLYRA_APPROVAL_GRADE',
    `expected an approval of grade enhanced (company sign-on, passkey and the requester's number, on the approver's page), found a terminal; policy asks for it by ${why.join('; ')}`,
  )
}

// What a decision takes, in words.
import type { ApprovalView, Verdict } from '../core/generated/types.ts'
import { fields } from './print.ts'

const proofs = {
  standard: 'standard: one proof (key, passkey or company sign-on)',
  enhanced: 'enhanced: three proofs (company sign-on, passkey, the number the requester was shown), on the page',
}

/** Grade, quorum, deadline and who has decided: what the page says beside the content. */
export function approvalText({ verdict, deadline, quorum, decisions }: ApprovalView): string {
  const { grade, authenticator_age_seconds, eligible_approvers } = verdict as unknown as Verdict
  const counted = decisions.filter(({ status }) => status === 'counted')
  return fields([
    ['grade', proofs[grade]],
    ['enrolled', authenticator_age_seconds === 0 ? null : `key, passkey or account at least ${authenticator_age_seconds} s before`],
    ['approvals', `${counted.filter(({ decision }) => decision === 'approve').length} of ${quorum} until ${deadline ?? '-'}`],
    ['may decide', eligible_approvers.length === 0 ? 'every enrolled approver who did not ask' : eligible_approvers.join(', ')],
    ...counted.map(({ person, decision, at }) => [decision === 'approve' ? 'approved' : 'rejected', `${person ?? '-'}, ${at}`] as const),
  ])
}

// What approvers are told of a change outside the house: extracted facts and names, never what only the page may show.
import { approvals, claimedOf, requestersOf } from './approval.ts'
import { ClyraError } from './errors.ts'
import { type State, stateAfter, stateOfOutcome } from './lifecycle.ts'
import type { Notice } from './ports.ts'
import { allOf, type Found, lastOf, ofAttempt } from './receipts.ts'
import { factsSummary } from './summary.ts'

/**
 * Pure. The notice of one attempt as its receipts have it now; after the outcome it stays what it was. No SQL text, no value, and not
 * the requester's reason, which is free text and may hold either. CLYRA_APPROVAL_NOT_OPEN when the attempt never asked for approval.
 */
export function noticeOf(about: Pick<Notice, 'change_id' | 'attempt' | 'target' | 'url'>, receipts: readonly Found[]): Notice {
  const current = ofAttempt(receipts, about.attempt)
  // A run that was reset may judge otherwise; what was asked stays what the notice is about, what was decided on it counts no more.
  const verdicts = allOf(current, 'verdict')
  const verdict = verdicts.findLast(({ body }) => body.outcome === 'needs_approval')?.body
  if (verdict === undefined || verdict.deadline === null)
    throw new ClyraError('CLYRA_APPROVAL_NOT_OPEN', 'expected an attempt that asks for approval, found one that does not')
  const outcome = lastOf(current, 'outcome')?.body ?? null
  const counted = allOf(current, 'decision').flatMap(({ body: { person, decision_id, decision, status, predecessor } }) =>
    status === 'counted' && predecessor === verdicts.at(-1)?.leaf && person !== null && decision_id !== null && decision !== null
      ? [{ person, decision_id, decision }]
      : [],
  )
  const asked = [...allOf(current, 'change'), ...allOf(current, 'requester')].map(({ body }) => body)
  return {
    ...about,
    state: outcome === null ? stateOf(current) : stateOfOutcome(outcome.outcome),
    code: outcome?.code ?? null,
    what: factsSummary(verdict.facts),
    estimated_rows: verdict.facts.estimated_rows,
    reasons: verdict.reasons.filter((reason) => reason.outcome === verdict.outcome).map(({ rule, why }) => ({ rule, why })),
    requesters: requestersOf(asked),
    claimed_for: claimedOf(asked),
    deadline: verdict.deadline,
    quorum: verdict.quorum,
    eligible_approvers: verdict.eligible_approvers,
    approved_by: approvals(counted),
    rejected_by: counted.find(({ decision }) => decision === 'reject')?.person ?? null,
  }
}

const stateOf = (receipts: readonly Found[]): State =>
  receipts.reduce<State | null>((state, { receipt }) => stateAfter(state, receipt) ?? state, null) ?? 'OPEN'

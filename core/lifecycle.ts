// The state machine of one change, as a function of its receipts (spec/lifecycle.md).
//
// OPEN → EVALUATED → DENIED | OBSERVED (review) | APPROVED (allow) | AWAITING_APPROVAL
// AWAITING_APPROVAL → APPROVED | REJECTED | EXPIRED          CANCELLED from anywhere before ENFORCING
// APPROVED → ENFORCING → ENFORCED | FAILED | AMBIGUOUS
// every end → RECORDED → ATTESTED → CLOSED
import type { ChangeView, Outcome } from './generated/types.ts'

export type State = ChangeView['state']
export type OutcomeName = Outcome['outcome']

/** As much of a receipt as the state machine reads. */
export interface Move {
  kind: string
  body: Record<string, unknown>
}

const ends: readonly State[] = ['DENIED', 'OBSERVED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'ENFORCED', 'FAILED', 'AMBIGUOUS']
const beforeOutcome: readonly State[] = ['OPEN', 'EVALUATED', 'AWAITING_APPROVAL', 'APPROVED', 'ENFORCING']

const fromForOutcome: Record<OutcomeName, readonly State[]> = {
  enforced: ['ENFORCING'],
  ambiguous: ['ENFORCING'],
  failed: ['ENFORCING', 'APPROVED'],
  denied: ['EVALUATED'],
  observed: ['EVALUATED'],
  rejected: ['AWAITING_APPROVAL'],
  expired: ['AWAITING_APPROVAL'],
  cancelled: ['OPEN', 'EVALUATED', 'AWAITING_APPROVAL', 'APPROVED'],
}

/** The state after a receipt, or null when the receipt is illegal in this state. `null` as a state means: no receipt yet. */
export function stateAfter(state: State | null, { kind, body }: Move): State | null {
  switch (kind) {
    case 'change':
      return state === null || state === 'CLOSED' ? 'OPEN' : null
    case 'requester':
    case 'decision':
      return state !== null && beforeOutcome.includes(state) ? state : null
    case 'verdict':
      if (state === 'OPEN') return stateOfVerdict(body)
      // A run that was reset asks again; the key of the receipt holds that no run judges twice.
      return body.mode === 'gate' && (state === 'AWAITING_APPROVAL' || state === 'APPROVED') ? stateOfVerdict(body) : null
    case 'approval_certificate':
      return state === 'AWAITING_APPROVAL' ? 'APPROVED' : null
    case 'attempt':
      return state === 'APPROVED' ? 'ENFORCING' : null
    case 'grant':
      return state === 'ENFORCING' ? state : null
    case 'outcome': {
      const outcome = body.outcome as OutcomeName
      return state !== null && fromForOutcome[outcome]?.includes(state) ? stateOfOutcome(outcome) : null
    }
    case 'anchor':
    case 'snapshot':
    case 'delta':
      return state === 'ENFORCED' ? state : null
    case 'recorded':
      return state !== null && ends.includes(state) ? 'RECORDED' : null
    case 'attestation':
      return state === 'RECORDED' ? 'ATTESTED' : null
    case 'ticket':
      return state === 'ATTESTED' ? 'CLOSED' : null
    default:
      return null
  }
}

/** ENFORCED for enforced, and so on. */
export const stateOfOutcome = (outcome: OutcomeName): State => outcome.toUpperCase() as State

/** True when the run is over for its requester: nothing can change the outcome any more. */
export const isEnd = (state: State): boolean => ends.includes(state) || ['RECORDED', 'ATTESTED', 'CLOSED'].includes(state)

/** Outcomes that fail the run, so that the same request may be made again. */
export const mayBeAskedAgain = (outcome: string): boolean => ['expired', 'cancelled', 'failed'].includes(outcome)

function stateOfVerdict(body: Record<string, unknown>): State {
  if (body.mode === 'review' || body.outcome === 'deny') return 'EVALUATED'
  return body.outcome === 'allow' ? 'APPROVED' : 'AWAITING_APPROVAL'
}

// The rules of approval, over values: who may decide, when a decision counts, what a certificate allows.
import type { ErrorCode } from './errors.ts'
import type { ApprovalCertificate, Change, DecisionStatement, Requester, Verdict } from './generated/types.ts'
import { type Grade, suffices } from './grade.ts'
import type { State } from './lifecycle.ts'

export type DecisionPredicate = DecisionStatement['predicate']

/** What was verified beside the words of a decision. */
export interface Standing {
  grade: Grade
  /** Since when its key or account has been enrolled; null where the door itself signed. */
  enrolled_at: string | null
  /** The number the requester was shown; null where the gate asks for none. */
  match_code: string | null
}

/** The gate a decision arrives at. `verdict` is null before there is one. */
export interface Gate {
  state: State
  verdict: Verdict | null
  /** The run the decision arrived in. */
  run_id: string
  /** Everyone who asked: persons, claimed persons, and actors that have no person. */
  requesters: readonly string[]
  /** Decisions counted at this gate so far. */
  counted: readonly { person: string; decision_id: string; decision: 'approve' | 'reject' }[]
  /** The store's clock. */
  now: string
}

/** Person ids are compared without case, so that a second spelling is not a second person. */
export const samePerson = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase()

/** Persons whom only a requesting tool named: counted like the others, but nobody verified that they asked. */
export function claimedOf(bodies: readonly (Change | Requester)[]): string[] {
  const asked = bodies.map(({ requester }) => requester.person ?? requester.actor)
  return requestersOf(bodies).filter((name) => !asked.includes(name))
}

/** Everyone a change counts as its requester. */
export function requestersOf(bodies: readonly (Change | Requester)[]): string[] {
  const names = bodies.flatMap(({ requester, claimed_person }) => [requester.person ?? requester.actor, claimed_person])
  return [...new Set(names.filter((name) => name !== null))].sort()
}

/** Why a correctly signed decision does not count, or null when it does. Every refusal is recorded by the caller. */
export function refusalOf(decision: DecisionPredicate, gate: Gate, standing: Standing): ErrorCode | null {
  const { verdict } = gate
  if (isVoid(verdict, gate.run_id)) return 'CLYRA_APPROVAL_VOID'
  if (verdict === null || verdict.nonce === null || gate.state !== 'AWAITING_APPROVAL') return 'CLYRA_APPROVAL_NOT_OPEN'
  if (gate.counted.some((counted) => counted.decision === 'reject')) return 'CLYRA_APPROVAL_NOT_OPEN'
  if (verdict.deadline === null || gate.now > verdict.deadline) return 'CLYRA_APPROVAL_EXPIRED'
  if (!bindsTo(decision, verdict)) return 'CLYRA_APPROVAL_WRONG_BINDING'
  if (gate.requesters.some((requester) => samePerson(requester, decision.person))) return 'CLYRA_APPROVAL_SELF'
  if (!isEligible(decision.person, verdict)) return 'CLYRA_APPROVAL_NOT_ELIGIBLE'
  if (gate.counted.some(({ person, decision_id }) => samePerson(person, decision.person) || decision_id === decision.decision_id))
    return 'CLYRA_APPROVAL_DUPLICATE'
  return decision.decision === 'approve' ? weaknessOf(decision, verdict, gate.now, standing) : null
}

// A rejection needs none of this: to stop a change is always allowed to whoever may decide.
function weaknessOf(
  { match_code }: DecisionPredicate,
  { grade, authenticator_age_seconds }: Verdict,
  now: string,
  standing: Standing,
): ErrorCode | null {
  if (!suffices(standing.grade, grade)) return 'CLYRA_APPROVAL_GRADE'
  if (standing.enrolled_at === null) return 'CLYRA_APPROVAL_GRADE'
  if (Date.parse(standing.enrolled_at) + authenticator_age_seconds * 1000 > Date.parse(now)) return 'CLYRA_APPROVAL_TOO_YOUNG'
  return (match_code ?? null) === standing.match_code ? null : 'CLYRA_APPROVAL_MATCH_CODE'
}

/** True when the verdict is of a run that was reset or replaced: what was decided on it counts no more. */
export const isVoid = (verdict: Verdict | null, runId: string): boolean => verdict !== null && verdict.run_id !== runId

/** True when a decision names exactly what the verdict asks to be approved. */
export const bindsTo = (decision: DecisionPredicate, verdict: Verdict): boolean =>
  decision.change_id === verdict.change_id &&
  decision.payload_digest === verdict.payload_digest &&
  decision.policy_digest === verdict.policy_digest &&
  decision.display_hash === verdict.display_hash &&
  decision.nonce === verdict.nonce

/** Distinct persons who approved. */
export const approvals = (counted: Gate['counted']): string[] => [
  ...new Map(counted.filter(({ decision }) => decision === 'approve').map(({ person }) => [person.trim().toLowerCase(), person])).values(),
]

/** What enforcement may rest on: an allow verdict, or a certificate. Every field comes from the ledger. */
export interface Authority {
  verdict: Verdict
  certificate: ApprovalCertificate | null
  run_id: string
  payload_digest: string
  now: string
}

/** Why enforcement must not start, or null when it may. An error anywhere denies. */
export function enforcementRefusal({ verdict, certificate, run_id, payload_digest, now }: Authority): ErrorCode | null {
  if (verdict.mode !== 'gate' || verdict.run_id !== run_id) return 'CLYRA_ENFORCE_NOT_AUTHORISED'
  if (verdict.payload_digest !== payload_digest) return 'CLYRA_PAYLOAD_MISMATCH'
  if (verdict.outcome === 'allow') return null
  if (verdict.outcome !== 'needs_approval' || certificate === null) return 'CLYRA_ENFORCE_NOT_AUTHORISED'
  if (!certifies(certificate, verdict, run_id) || !isOfItsTime(certificate, verdict, now)) return 'CLYRA_ENFORCE_NOT_AUTHORISED'
  return now < certificate.expires_at ? null : 'CLYRA_APPROVAL_EXPIRED'
}

function certifies(certificate: ApprovalCertificate, verdict: Verdict, run_id: string): boolean {
  const persons = certificate.decisions.map(({ person }) => person.trim().toLowerCase())
  return (
    certificate.run_id === run_id &&
    certificate.change_id === verdict.change_id &&
    certificate.attempt === verdict.attempt &&
    certificate.payload_digest === verdict.payload_digest &&
    certificate.policy_digest === verdict.policy_digest &&
    certificate.display_hash === verdict.display_hash &&
    certificate.nonce === verdict.nonce &&
    certificate.quorum === verdict.quorum &&
    certificate.grade === verdict.grade &&
    certificate.decisions.every(({ grade }) => suffices(grade, verdict.grade)) &&
    new Set(persons).size >= verdict.quorum &&
    persons.every((person) => isEligible(person, verdict) && !certificate.requesters.some((requester) => samePerson(requester, person)))
  )
}

// The certificate key alone must not lengthen what approvers and policy gave: made in time, begun, and as long as policy says.
function isOfItsTime({ approved_at, expires_at }: ApprovalCertificate, verdict: Verdict, now: string): boolean {
  const seconds = (Date.parse(expires_at) - Date.parse(approved_at)) / 1000
  return seconds === verdict.certificate_ttl_seconds && verdict.deadline !== null && approved_at <= verdict.deadline && approved_at <= now
}

/** True when the person stands among those who may decide; no names mean everyone. */
export const isEligible = (person: string, { eligible_approvers }: Pick<Verdict, 'eligible_approvers'>): boolean =>
  eligible_approvers.length === 0 || eligible_approvers.some((eligible) => samePerson(eligible, person))

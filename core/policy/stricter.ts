// A policy that changed since the verdict is asked again, about the facts the verdict rests on; the stricter answer counts.
import { isEligible } from '../approval.ts'
import type { ApprovalCertificate, Change, Verdict } from '../generated/types.ts'
import { suffices } from '../grade.ts'
import { changeInput } from '../kinds/change.ts'
import type { Policy } from './compile.ts'
import { evaluate, type PolicyResult } from './evaluate.ts'

/** What stood when policy spoke, all of it from receipts but the payload's own limit. */
export interface Judgement {
  change: Change
  verdict: Verdict
  certificate: ApprovalCertificate | null
  max_rows: number
  /** When enforcement began, or now, by the store's clock. */
  at: string
}

/** The stricter of the verdict and the policy of today. `refused` says that today's policy asks for more than was given. */
export function stricter(today: { policy: Policy; digest: string }, given: Judgement): { refused: boolean; row_limit: number } {
  const { change, verdict, max_rows } = given
  if (verdict.policy_digest === today.digest) return { refused: false, row_limit: verdict.row_limit }
  const result = evaluate(today.policy, { facts: verdict.facts, change: changeInput(change), max_rows })
  return { refused: !satisfied(result, given), row_limit: Math.min(verdict.row_limit, result.row_limit) }
}

// What was approved under the old policy must be enough under the new one: as many persons, who may decide, not too long ago.
function satisfied(result: PolicyResult, { certificate, at }: Judgement): boolean {
  if (result.outcome !== 'needs_approval') return result.outcome === 'allow'
  if (certificate === null) return false
  const persons = certificate.decisions
    .filter(({ person, grade }) => isEligible(person, result) && suffices(grade, result.grade))
    .map(({ person }) => person.trim().toLowerCase())
  const until = Date.parse(certificate.approved_at) + result.certificate_ttl_seconds * 1000
  return new Set(persons).size >= result.quorum && Date.parse(at) < until
}

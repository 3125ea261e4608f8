// The six rules of spec/controls.md, row by row. Each row of the page is one line here, in the same order.
import { allOf, standing } from '../receipts.ts'
import { type AttemptFacts, type Judgement, judged } from './attempt.ts'

/** A rule sees an attempt that has its change and its outcome. `blobs` are the digests of the bundle's blobs. */
export type Rule = (facts: Complete, blobs: ReadonlySet<string>) => Judgement

export type Complete = AttemptFacts & { change: NonNullable<AttemptFacts['change']>; outcome: NonNullable<AttemptFacts['outcome']> }

const touched = ['enforced', 'ambiguous']
const blocked = ['denied', 'rejected', 'expired', 'cancelled']

// ASCII alone, so that every language folds the same.
const fold = (person: string): string => person.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** CHG-1. */
export const authorisedBeforeEffect: Rule = ({ receipts, attempt, outcome }) => {
  if (attempt === null) {
    return touched.includes(outcome.body.outcome)
      ? judged('insufficient', 'The attempt receipt is missing.')
      : judged('not_applicable', 'Nothing was attempted.')
  }
  const authority = receipts.find(({ leaf }) => leaf === attempt.body.predecessor)?.receipt
  if (authority === undefined) return judged('insufficient', 'The receipt the attempt rests on is missing.')
  const { kind, body } = authority
  if (kind === 'verdict' && body.mode === 'gate' && body.outcome === 'allow')
    return judged('satisfied', 'Policy allowed it before the attempt.')
  if (kind === 'approval_certificate' && String(body.approved_at) <= attempt.at && attempt.at < String(body.expires_at)) {
    return judged('satisfied', 'An approval certificate stood at the attempt.')
  }
  return judged('not_satisfied', 'The attempt rests on nothing that authorises it.')
}

/** CHG-4. */
export const appliedAsApproved: Rule = ({ receipts, change, verdict, attempt, outcome }) => {
  const { outcome: end, code } = outcome.body
  if (end === 'failed') {
    return code === 'CLYRA_PAYLOAD_MISMATCH'
      ? judged('satisfied', 'The stored payload was not the approved one, and nothing ran.')
      : judged('not_applicable', 'Nothing was applied.')
  }
  if (!touched.includes(end)) {
    return attempt === null
      ? judged('not_applicable', 'Nothing was attempted.')
      : judged('not_satisfied', 'An attempt stands without authority.')
  }
  if (verdict === null || attempt === null) return judged('insufficient', 'The verdict or the attempt receipt is missing.')
  const digests = new Set([change, verdict, attempt, outcome].map(({ body }) => body.payload_digest))
  if (digests.size > 1) return judged('not_satisfied', 'The payload digests differ.')
  if (outcome.body.enforcement === 'observed')
    return judged('insufficient', 'A caller did the work under a grant; which statements he ran was not seen.')
  const anchors = receipts.filter(({ receipt }) => receipt.kind === 'anchor').length
  if (end === 'enforced' && anchors >= 2) return judged('satisfied', 'One payload digest from request to outcome, between two anchors.')
  return judged('insufficient', 'The anchors of the effect are missing, or the outcome is not known.')
}

/** SOD-1. */
export const requesterIsNotApprover: Rule = ({ change, verdict, certificate, attempt }) => {
  if (certificate !== null) {
    const { decisions, requesters } = certificate.body
    const asked = requesters.map(fold)
    return decisions.some(({ person }) => asked.includes(fold(person)))
      ? judged('not_satisfied', 'A requester is among the approvers.')
      : judged('satisfied', 'No approver is among the requesters.')
  }
  if (change.body.mode === 'review' || attempt === null) return judged('not_applicable', 'Nothing was done on an approval.')
  if (verdict === null) return judged('insufficient', 'The verdict is missing.')
  if (verdict.body.outcome === 'allow' && verdict.body.quorum === 0) return judged('not_applicable', 'Policy asked for no approval.')
  return judged('insufficient', 'The approval certificate is missing.')
}

/** APR-1. */
export const approvalsTracked: Rule = ({ receipts, verdict, certificate, attempt, outcome }, blobs) => {
  if (verdict === null && outcome.body.outcome !== 'cancelled') return judged('insufficient', 'The verdict is missing.')
  const quorum = verdict?.body.quorum ?? 0
  const decisions = allOf(standing(receipts), 'decision')
  if (decisions.length === 0 && certificate === null && quorum === 0) return judged('not_applicable', 'Policy asked for no approval.')
  const counted = decisions.filter(({ body }) => body.status === 'counted')
  if (certificate !== null) {
    const approvals = new Set(counted.filter(({ body }) => body.decision === 'approve').map(({ body }) => body.envelope_digest))
    const { decisions: named, quorum: asked } = certificate.body
    if (named.length < asked || !named.every(({ envelope_digest }) => approvals.has(envelope_digest))) {
      return judged('not_satisfied', 'The certificate holds fewer counted approvals than its quorum.')
    }
  }
  if (attempt !== null && quorum > 0 && certificate === null)
    return judged('not_satisfied', 'An attempt without the approvals policy asked for.')
  return counted.every(({ body }) => blobs.has(body.envelope_digest))
    ? judged('satisfied', 'Every counted decision stands with its signed envelope.')
    : judged('insufficient', 'The signed envelope of a counted decision is missing.')
}

/** LOG-3. Reads no outcome, so it also judges what the others cannot. */
export function trailComplete({ receipts, recorded }: AttemptFacts): Judgement {
  const complete =
    receipts.at(0)?.receipt.kind === 'change' &&
    receipts.at(-1)?.receipt.kind === 'recorded' &&
    recorded !== null &&
    recorded.body.receipts === receipts.length
  return complete
    ? judged('satisfied', 'From the request to the recording, as many receipts as were counted.')
    : judged('not_satisfied', 'Receipts are missing from the trail.')
}

/** ENF-1. */
export const blockedWhenNotAllowed: Rule = ({ change, attempt, outcome }) => {
  if (change.body.mode === 'review') return judged('not_applicable', 'Review listens; it blocks nothing.')
  const { outcome: end } = outcome.body
  if (end === 'enforced' || end === 'failed' || end === 'ambiguous') return judged('not_applicable', 'The change was allowed.')
  if (blocked.includes(end) && attempt === null) return judged('satisfied', 'Nothing was attempted after the refusal.')
  return judged('not_satisfied', 'The change was not allowed, and not blocked.')
}

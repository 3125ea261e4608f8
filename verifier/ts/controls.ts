// The controls of the sox attestation, judged again from the receipts of a legal walk (spec/controls.md).
import { fold } from './approvals.ts'
import type { Bundle } from './bundle.ts'
import type { AttestationSoxControl } from './generated/types.ts'
import type { Walk } from './lifecycle.ts'

/** What an attestation must say of a control; its title, reasons and references are words. */
export type Judgement = Pick<AttestationSoxControl, 'control' | 'status' | 'receipts'>

type Status = Judgement['status']

const maxReceipts = 40
const kinds: [control: string, judge: (walk: Walk, bundle: Bundle) => Status, kinds: string[]][] = [
  ['CHG-1', authorisedBeforeEffect, ['verdict', 'approval_certificate', 'attempt']],
  ['CHG-4', appliedAsApproved, ['change', 'verdict', 'attempt', 'grant', 'outcome', 'anchor']],
  ['SOD-1', requesterIsNotApprover, ['change', 'requester', 'decision', 'approval_certificate']],
  ['APR-1', approvalsTracked, ['decision', 'approval_certificate']],
  ['LOG-3', trailComplete, ['change', 'recorded']],
  ['ENF-1', blockedWhenNotAllowed, ['verdict', 'outcome']],
]

/** Every control in the order of the spec. Cases that no legal walk can hold are left out. */
export function judgeControls(bundle: Bundle, walk: Walk): Judgement[] {
  const isComplete = trailComplete(walk) === 'satisfied'
  return kinds.map(([control, judge, named]) => {
    const status = judge(walk, bundle)
    const isOpen = !isComplete && control !== 'LOG-3' && status !== 'not_satisfied'
    const receipts = walk.receipts.filter(({ kind }) => named.includes(kind)).map(({ seq }) => seq)
    return { control, status: isOpen ? 'insufficient' : status, receipts: receipts.slice(0, maxReceipts) }
  })
}

function authorisedBeforeEffect({ receipts, attempt, verdict, certificate }: Walk): Status {
  if (attempt === undefined) return 'not_applicable'
  const { predecessor } = attempt.body
  if (!receipts.some(({ leaf }) => leaf === predecessor)) return 'insufficient'
  const { approved_at = '', expires_at = '' } = predecessor === certificate?.leaf ? certificate.body : {}
  const isAllowed = predecessor === verdict?.leaf && verdict.body.mode === 'gate' && verdict.body.outcome === 'allow'
  return isAllowed || (approved_at <= attempt.at && attempt.at < expires_at) ? 'satisfied' : 'not_satisfied'
}

function appliedAsApproved({ change, verdict, attempt, outcome, anchors }: Walk): Status {
  const { outcome: name, code, payload_digest, enforcement } = outcome.body
  if (name === 'failed') return code === 'CLYRA_PAYLOAD_MISMATCH' ? 'satisfied' : 'not_applicable'
  if (attempt === undefined) return 'not_applicable'
  const digests = [verdict?.body.payload_digest, attempt.body.payload_digest, payload_digest]
  if (digests.some((digest) => digest !== change.body.payload_digest)) return 'not_satisfied'
  // Which statements a caller ran was not seen.
  return name === 'enforced' && enforcement !== 'observed' && anchors.length >= 2 ? 'satisfied' : 'insufficient'
}

function requesterIsNotApprover({ change, verdict, certificate, attempt }: Walk): Status {
  if (certificate !== undefined) {
    const requesters = certificate.body.requesters.map(fold)
    return certificate.body.decisions.some(({ person }) => requesters.includes(fold(person))) ? 'not_satisfied' : 'satisfied'
  }
  if (change.body.mode === 'review' || attempt === undefined) return 'not_applicable'
  return verdict?.body.outcome === 'allow' && verdict.body.quorum === 0 ? 'not_applicable' : 'insufficient'
}

function approvalsTracked({ verdict, decisions, certificate, attempt }: Walk, { blobs }: Bundle): Status {
  const quorum = verdict?.body.quorum ?? 0
  if (decisions.length === 0 && certificate === undefined && quorum === 0) return 'not_applicable'
  const counted = decisions.filter(({ body }) => body.status === 'counted')
  const approvals = counted.filter(({ body }) => body.decision === 'approve').map(({ body }) => body.envelope_digest)
  const certified = certificate?.body.decisions ?? []
  if (certified.length < (certificate?.body.quorum ?? 0) || certified.some(({ envelope_digest }) => !approvals.includes(envelope_digest)))
    return 'not_satisfied'
  if (attempt !== undefined && quorum > 0 && certificate === undefined) return 'not_satisfied'
  return counted.every(({ body }) => blobs.has(body.envelope_digest)) ? 'satisfied' : 'insufficient'
}

function trailComplete({ receipts, recorded }: Walk): Status {
  return recorded.body.receipts === receipts.length ? 'satisfied' : 'not_satisfied'
}

function blockedWhenNotAllowed({ change, outcome }: Walk): Status {
  if (change.body.mode === 'review') return 'not_applicable'
  return ['enforced', 'failed', 'ambiguous'].includes(outcome.body.outcome) ? 'not_applicable' : 'satisfied'
}

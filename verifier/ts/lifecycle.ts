// Claim `lifecycle`: the receipts replayed through the state machine of spec/lifecycle.md.
import type { Bundle, Receipt } from './bundle.ts'
import type * as Def from './generated/types.ts'
import { demand } from './report.ts'

/** The receipts of a legal walk by what they are; void ones stand in `receipts` alone. */
export interface Walk {
  /** Of this attempt, from `change` to `recorded`. */
  receipts: Receipt[]
  /** Of an earlier attempt: its attestation and ticket. */
  earlier: Receipt[]
  change: Receipt<Def.Change>
  requesters: Receipt<Def.Requester>[]
  verdict: Receipt<Def.Verdict> | undefined
  decisions: Receipt<Def.Decision>[]
  certificate: Receipt<Def.ApprovalCertificate> | undefined
  attempt: Receipt<Def.Attempt> | undefined
  grants: Receipt<Def.Grant>[]
  outcome: Receipt<Def.Outcome>
  anchors: Receipt<Def.WarehouseAnchor>[]
  snapshots: Receipt<Def.Snapshot>[]
  deltas: Receipt<Def.SemanticDelta>[]
  recorded: Receipt<Def.Recorded>
}

// Move: states it may come from, state it leads to (none: unchanged). EARLIER* is the tail of the attempt before;
// DENY and REVIEW are the two faces of EVALUATED, CALLER is ENFORCING by a caller.
const open = 'OPEN DENY REVIEW AWAITING_APPROVAL APPROVED ENFORCING CALLER'
const judging = 'OPEN AWAITING_APPROVAL APPROVED'
const moves: Record<string, [from: string, to?: string]> = {
  attestation: ['EARLIER', 'EARLIER_ATTESTED'],
  ticket: ['EARLIER_ATTESTED', 'EARLIER_CLOSED'],
  change: ['NONE EARLIER EARLIER_ATTESTED EARLIER_CLOSED', 'OPEN'],
  requester: [open],
  decision: [open],
  'verdict review': ['OPEN', 'REVIEW'],
  'verdict deny': [judging, 'DENY'],
  'verdict allow': [judging, 'APPROVED'],
  'verdict needs_approval': [judging, 'AWAITING_APPROVAL'],
  approval_certificate: ['AWAITING_APPROVAL', 'APPROVED'],
  'attempt clyra': ['APPROVED', 'ENFORCING'],
  'attempt caller': ['APPROVED', 'CALLER'],
  grant: ['CALLER'],
  'outcome enforced': ['ENFORCING CALLER', 'ENFORCED'],
  'outcome ambiguous': ['ENFORCING CALLER', 'AMBIGUOUS'],
  'outcome failed': ['ENFORCING CALLER APPROVED', 'FAILED'],
  'outcome denied': ['DENY', 'DENIED'],
  'outcome observed': ['REVIEW', 'OBSERVED'],
  'outcome rejected': ['AWAITING_APPROVAL', 'REJECTED'],
  'outcome expired': ['AWAITING_APPROVAL', 'EXPIRED'],
  'outcome cancelled': ['OPEN DENY REVIEW AWAITING_APPROVAL APPROVED', 'CANCELLED'],
  anchor: ['ENFORCED'],
  snapshot: ['ENFORCED'],
  delta: ['ENFORCED'],
  recorded: ['ENFORCED AMBIGUOUS FAILED DENIED OBSERVED REJECTED EXPIRED CANCELLED', 'RECORDED'],
}

/** LIFECYCLE_ILLEGAL at the first receipt that may not stand where it stands; LIFECYCLE_INCOMPLETE without `recorded` at the end. */
export function walkOf({ receipts, manifest }: Bundle): Walk {
  let state = manifest.range.start === 0 ? 'NONE' : 'EARLIER'
  const runs = new Set<unknown>()
  for (const receipt of receipts) {
    const [from, to = state] = moves[moveOf(receipt)] as [string, string?]
    const isAgain = receipt.kind === 'verdict' && runs.has(receipt.body.run_id)
    demand(from.split(' ').includes(state) && !isAgain, 'LIFECYCLE_ILLEGAL', `seq ${receipt.seq}`)
    if (receipt.kind === 'verdict') runs.add(receipt.body.run_id)
    state = to
  }
  demand(state === 'RECORDED', 'LIFECYCLE_INCOMPLETE', `seq ${receipts.at(-1)?.seq}`)
  const begin = receipts.findIndex(({ kind }) => kind === 'change')
  const attempt = receipts.slice(begin)
  const standing = standingOf(attempt)
  const all = <Body>(kind: string): Receipt<Body>[] => standing.filter((receipt) => receipt.kind === kind) as Receipt<never>[]
  return {
    receipts: attempt,
    earlier: receipts.slice(0, begin),
    change: all('change')[0] as Walk['change'],
    requesters: all('requester'),
    verdict: all('verdict')[0] as Walk['verdict'],
    decisions: all('decision'),
    certificate: all('approval_certificate')[0] as Walk['certificate'],
    attempt: all('attempt')[0] as Walk['attempt'],
    grants: all('grant'),
    outcome: all('outcome')[0] as Walk['outcome'],
    anchors: all('anchor'),
    snapshots: all('snapshot'),
    deltas: all('delta'),
    recorded: all('recorded')[0] as Walk['recorded'],
  }
}

// A verdict voids the verdicts before it, and what was decided on them.
function standingOf(attempt: Receipt[]): Receipt[] {
  const [first, last] = [attempt.findIndex(isVerdict), attempt.findLastIndex(isVerdict)]
  const isVoid = ({ kind }: Receipt, index: number) =>
    index >= first && index < last && ['verdict', 'decision', 'approval_certificate'].includes(kind)
  return attempt.filter((receipt, index) => !isVoid(receipt, index))
}

const isVerdict = ({ kind }: Receipt): boolean => kind === 'verdict'

function moveOf({ kind, body }: Receipt): string {
  if (kind === 'verdict') return body.mode === 'review' ? 'verdict review' : `verdict ${body.outcome}`
  if (kind === 'attempt') return `attempt ${body.executor}`
  return kind === 'outcome' ? `outcome ${body.outcome}` : kind
}

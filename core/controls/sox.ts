// The `sox` attestation of one change: which controls its receipts satisfy (spec/controls.md). Never a statement of compliance.
import type { AttestationSoxControl } from '../generated/types.ts'
import type { Found } from '../receipts.ts'
import { type AttemptFacts, attemptFacts, type Judgement, judged } from './attempt.ts'
import {
  appliedAsApproved,
  approvalsTracked,
  authorisedBeforeEffect,
  blockedWhenNotAllowed,
  type Complete,
  type Rule,
  requesterIsNotApprover,
  trailComplete,
} from './rules.ts'

/** What the statement says nothing about. */
export const notJudged: readonly string[] = [
  'tests before release',
  'emergency changes',
  'back-out',
  'user access reviews',
  'changes made outside Clyra (capture)',
  'the period and its population',
  'whether the change was a good idea',
  'deficiency grading',
]

interface Control {
  control: string
  title: string
  rule: Rule | typeof trailComplete
  kinds: readonly string[]
  references: readonly string[]
}

const controls: readonly Control[] = [
  {
    control: 'CHG-1',
    title: 'Authorised before effect',
    rule: authorisedBeforeEffect,
    kinds: ['verdict', 'approval_certificate', 'attempt'],
    references: ['COBIT 2019 BAI06.01'],
  },
  {
    control: 'CHG-4',
    title: 'Applied as approved',
    rule: appliedAsApproved,
    kinds: ['change', 'verdict', 'attempt', 'grant', 'outcome', 'anchor'],
    references: ['COBIT 2019 BAI07.06'],
  },
  {
    control: 'SOD-1',
    title: 'Requester is not approver',
    rule: requesterIsNotApprover,
    kinds: ['change', 'requester', 'decision', 'approval_certificate'],
    references: ['COBIT 2019 DSS06.03'],
  },
  {
    control: 'APR-1',
    title: 'Approvals tracked',
    rule: approvalsTracked,
    kinds: ['decision', 'approval_certificate'],
    references: ['COBIT 2019 BAI06.01'],
  },
  { control: 'LOG-3', title: 'Trail complete', rule: trailComplete, kinds: ['change', 'recorded'], references: ['COBIT 2019 DSS06.05'] },
  {
    control: 'ENF-1',
    title: 'Blocked when not allowed',
    rule: blockedWhenNotAllowed,
    kinds: ['verdict', 'outcome'],
    references: ['COBIT 2019 BAI07.06'],
  },
]

const maxReceipts = 40

/** Judges the attempt a range of receipts ends with. `blobs` are the digests of the bundle's blobs. Total: never throws. */
export function judgeSox(range: readonly Found[], blobs: ReadonlySet<string>): AttestationSoxControl[] {
  const facts = attemptFacts(range)
  const complete = trailComplete(facts).status === 'satisfied'
  return controls.map(({ control, title, rule, kinds, references }) => ({
    control,
    title,
    ...(rule === trailComplete ? trailComplete(facts) : apply(rule as Rule, facts, blobs, complete)),
    receipts: facts.receipts
      .filter(({ receipt }) => kinds.includes(receipt.kind))
      .map(({ receipt }) => receipt.seq)
      .slice(0, maxReceipts),
    references: [...references],
  }))
}

function apply(rule: Rule, facts: AttemptFacts, blobs: ReadonlySet<string>, complete: boolean): Judgement {
  if (!isWhole(facts)) return judged('insufficient', 'The change or the outcome receipt is missing.')
  const judgement = rule(facts, blobs)
  return complete || judgement.status === 'not_satisfied' ? judgement : judged('insufficient', 'Receipts are missing from the trail.')
}

const isWhole = (facts: AttemptFacts): facts is Complete => facts.change !== null && facts.outcome !== null

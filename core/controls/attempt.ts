// What the controls look at: the receipts of one attempt, from its `change` to the end of the range (spec/controls.md).
import type { AttestationSoxControl } from '../generated/types.ts'
import { type Found, lastOf, standing } from '../receipts.ts'

export type Status = AttestationSoxControl['status']

/** A status and why, in words; the words are not recomputed by verifiers. */
export interface Judgement {
  status: Status
  why: string
}

/** The receipts of the attempt, and the last one of each kind a control reads. */
export interface AttemptFacts {
  receipts: readonly Found[]
  change: ReturnType<typeof lastOf<'change'>>
  verdict: ReturnType<typeof lastOf<'verdict'>>
  certificate: ReturnType<typeof lastOf<'approval_certificate'>>
  attempt: ReturnType<typeof lastOf<'attempt'>>
  outcome: ReturnType<typeof lastOf<'outcome'>>
  recorded: ReturnType<typeof lastOf<'recorded'>>
}

/** Cuts the attempt out of a range of receipts in any order. */
export function attemptFacts(range: readonly Found[]): AttemptFacts {
  const sorted = range.toSorted((a, b) => a.receipt.seq - b.receipt.seq)
  const start = sorted.findLastIndex(({ receipt }) => receipt.kind === 'change')
  const receipts = sorted.slice(Math.max(start, 0))
  return {
    receipts,
    change: lastOf(receipts, 'change'),
    verdict: lastOf(receipts, 'verdict'),
    certificate: lastOf(standing(receipts), 'approval_certificate'),
    attempt: lastOf(receipts, 'attempt'),
    outcome: lastOf(receipts, 'outcome'),
    recorded: lastOf(receipts, 'recorded'),
  }
}

export const judged = (status: Status, why: string): Judgement => ({ status, why })

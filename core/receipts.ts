// How receipts of a change's stream are named and found. Keys make appends idempotent.
import type { ApprovalCertificate, Attempt, Change, Decision, Outcome, Recorded, Requester, Verdict } from './generated/types.ts'

export const changeStream = (changeId: string): string => `change/${changeId}`
export const tenantStream = (tenant: string): string => `ledger/${tenant}`

/** Idempotency keys. Verdict and decisions include the run: a reset or a new try starts afresh. */
export const receiptKey = {
  change: (attempt: number) => `change:${attempt}`,
  verdict: (attempt: number, runId: string) => `verdict:${attempt}:${runId}`,
  decision: (attempt: number, runId: string, id: string) => `decision:${attempt}:${runId}:${id}`,
  certificate: (attempt: number, runId: string) => `certificate:${attempt}:${runId}`,
  attempt: (attempt: number) => `attempt:${attempt}`,
  grant: (attempt: number, id: string) => `grant:${attempt}:${id}`,
  outcome: (attempt: number) => `outcome:${attempt}`,
  recorded: (attempt: number, part: string) => `recorded:${attempt}:${part}`,
  attestation: (attempt: number, framework: string) => `attestation:${attempt}:${framework}`,
  ticket: (attempt: number) => `ticket:${attempt}`,
  sealed: (changeId: string, attempt: number) => `bundle:${changeId}:${attempt}`,
  resolution: (changeId: string, attempt: number) => `resolution:${changeId}:${attempt}`,
  late: (id: string) => `late:${id}`,
  cancellation: (changeId: string, attempt: number, actor: string) => `cancellation:${changeId}:${attempt}:${actor}`,
  overflow: (changeId: string, attempt: number, actor: string) => `overflow:${changeId}:${attempt}:${actor}`,
} as const

interface Bodies {
  change: Change
  requester: Requester
  verdict: Verdict
  decision: Decision
  approval_certificate: ApprovalCertificate
  attempt: Attempt
  outcome: Outcome
  recorded: Recorded
}

/** As much of a stored receipt as is needed to find it. */
export interface Found {
  receipt: { kind: string; seq: number; at: string; body: Record<string, unknown> }
  leaf: string
}

/** A stored receipt with its typed body. */
export interface Of<K extends keyof Bodies> {
  seq: number
  at: string
  leaf: string
  body: Bodies[K]
}

/** Receipts from the `change` of this attempt on; empty when the attempt has not begun. */
export function ofAttempt<R extends Found>(receipts: readonly R[], attempt: number): R[] {
  const start = receipts.findIndex(({ receipt }) => receipt.kind === 'change' && receipt.body.attempt === attempt)
  const next = receipts.findIndex(({ receipt }, index) => index > start && receipt.kind === 'change')
  return start < 0 ? [] : receipts.slice(start, next < 0 ? undefined : next)
}

/** What counts: without the verdicts a later verdict voids, and without the decisions and certificates given on them. */
export function standing<R extends Found>(receipts: readonly R[]): R[] {
  const first = receipts.findIndex(({ receipt }) => receipt.kind === 'verdict')
  const last = receipts.findLastIndex(({ receipt }) => receipt.kind === 'verdict')
  return receipts.filter(({ receipt }, index) => index < first || index >= last || !ofAGate.includes(receipt.kind))
}
const ofAGate = ['verdict', 'decision', 'approval_certificate']

/** All receipts of a kind, in order. */
export const allOf = <K extends keyof Bodies>(receipts: readonly Found[], kind: K): Of<K>[] =>
  receipts
    .filter(({ receipt }) => receipt.kind === kind)
    .map(({ receipt, leaf }) => ({ seq: receipt.seq, at: receipt.at, leaf, body: receipt.body as unknown as Bodies[K] }))

/** The last receipt of a kind, or null. */
export const lastOf = <K extends keyof Bodies>(receipts: readonly Found[], kind: K): Of<K> | null => allOf(receipts, kind).at(-1) ?? null

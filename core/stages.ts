// The signatures of the stages: what the workflow calls and the activities fill. Neither side imports the other.

import type { Outcome } from './generated/types.ts'
import type { DecisionMessage, DecisionReceipt } from './messages.ts'

/** Names one run of one attempt of one change. */
export interface RunRef {
  tenant: string
  change_id: string
  attempt: number
}

export interface Listened {
  target: string
  mode: 'gate' | 'review'
  kind: string
  source: string
  requester: string
}

export interface Judged {
  outcome: 'allow' | 'needs_approval' | 'deny'
  mode: 'gate' | 'review'
  /** One line for an operator: statement kinds, relations, estimate. No SQL text. */
  summary: string
  rules: string[]
  quorum: number
  /** Enforcement has begun, or the attempt has ended, in an earlier run: nothing is left to approve. */
  begun: boolean
  /** Null unless the gate is open. */
  nonce: string | null
  deadline: string | null
  /** How long the workflow waits for decisions; by then the store's clock has passed the deadline. */
  wait_ms: number
}

export interface DecisionChecked extends DecisionReceipt {
  person: string | null
  decision: 'approve' | 'reject' | null
  /** True when a certificate of this run stands, whichever decision completed it: the run may have missed the news. */
  certified: boolean
  /** True when the verdict is of another run: the gate must be opened anew. */
  voided: boolean
}

export interface Enforced {
  /**
   * `decisions_void`: the verdict is of a run that was reset, nothing was written, policy must judge again. `not_decided`: the gate of
   * this run is still open, nothing was written. `granted`: the caller has the work; what became of it is to be observed.
   */
  outcome: Outcome['outcome'] | 'decisions_void' | 'not_decided' | 'granted'
  code: string | null
  affected_rows: number | null
  /** How long the caller still has, by the store's clock; 0 unless granted. */
  wait_ms: number
}

export interface Recorded {
  outcome: Outcome['outcome']
  /** First and one past the last receipt the bundle will cover. */
  start: number
  end: number
}

/** What became of an ambiguous change. */
export interface Resolved {
  outcome: 'enforced' | 'failed'
  code: string | null
}

export interface Bundled {
  bundle_id: string
  file: string
}

/** Every stage is idempotent on (change_id, attempt, run id): a retry returns the receipt that was first stored. */
export interface StageActivities {
  listen(run: RunRef): Promise<Listened>
  policy(run: RunRef): Promise<Judged>
  checkDecision(run: RunRef, decision: DecisionMessage): Promise<DecisionChecked>
  enforce(run: RunRef): Promise<Enforced>
  /** `granted` while the caller may still redeem; `withdrawn` takes that from him. */
  observe(run: RunRef, withdrawn: boolean): Promise<Enforced>
  /** `ended` is the workflow's word for why it ended without enforcement; the ledger's word counts where there is one. */
  record(run: RunRef, ended: Ended): Promise<Recorded>
  bundle(run: RunRef): Promise<Bundled>
  attest(run: RunRef): Promise<{ framework: string; key_id: string }>
  ticket(run: RunRef): Promise<{ tracker: string; reference: string }>
  /** No stage of the pipeline: asked for by an operator afterwards. */
  resolve(run: RunRef): Promise<Resolved>
}

export type Ended = 'enforcement' | 'verdict' | 'rejection' | 'deadline' | 'cancel' | 'termination'

// What the no-op workflow and its worker agree on.
import type { DecisionMessage, DecisionReceipt } from '../../core/messages.ts'

export const noopQueue = 'bench-noop'

export interface NoopInput {
  id: string
  approval: boolean
  /** As long as the details of a governed change. */
  details: string
}

type Stage = 'listen' | 'policy' | 'enforce' | 'record' | 'bundle' | 'attest' | 'ticket'

export type NoopActivities = Record<Stage, (input: NoopInput) => Promise<object>> & {
  checkDecision(message: DecisionMessage): Promise<DecisionReceipt>
}

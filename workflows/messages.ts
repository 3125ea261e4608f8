// The doors of a governed change: update (the normal one), signal (when no worker answers), query.
import { ApplicationFailure } from '@temporalio/common'
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import { type ChangeState, type DecisionMessage, type DecisionReceipt, messages } from '../core/messages.ts'

export const submitDecision = defineUpdate<DecisionReceipt, [DecisionMessage]>(messages.submitDecision)
export const decide = defineSignal<[DecisionMessage]>(messages.decide)
export const complete = defineSignal<[]>(messages.complete)
export const getState = defineQuery<ChangeState>(messages.getState)

/** True when it has the form of a decision's message; what it says is for an activity to verify. */
export const isMessage = (message: unknown): message is DecisionMessage => {
  const { id, envelope, delivered_by } = (message ?? {}) as Partial<DecisionMessage>
  return (
    /^[0-9a-f]{64}$/.test(id ?? '') && typeof envelope === 'string' && envelope.length <= 65536 && typeof delivered_by?.actor === 'string'
  )
}

/** The validator of `submitDecision`. CLYRA_APPROVAL_MALFORMED. */
export function refuseMalformed(message: DecisionMessage): void {
  if (!isMessage(message)) throw ApplicationFailure.nonRetryable('expected {id, envelope, delivered_by}', 'CLYRA_APPROVAL_MALFORMED')
}

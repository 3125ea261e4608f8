// The doors of a governed change: update (the normal one), signal (when no worker answers), query.
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import { type ChangeState, type DecisionMessage, type DecisionReceipt, messages } from '../core/messages.ts'

export const submitDecision = defineUpdate<DecisionReceipt, [DecisionMessage]>(messages.submitDecision)
export const decide = defineSignal<[DecisionMessage]>(messages.decide)
export const complete = defineSignal<[]>(messages.complete)
export const getState = defineQuery<ChangeState>(messages.getState)

// A stand-in for the governed change with the same doors: it answers decisions, in turn, until it is told to end.
import { ApplicationFailure, defineSearchAttributeKey } from '@temporalio/common'
import { condition, defineSignal, defineUpdate, setHandler, upsertSearchAttributes } from '@temporalio/workflow'
import type { DecisionMessage, DecisionReceipt } from '../../../core/messages.ts'

const counted: DecisionReceipt = { status: 'counted', code: null, decision_id: 'd', approvals: 1, quorum: 1 }

export async function governedChange(): Promise<void> {
  let ending: 'fails' | 'completes' | null = null
  let slow = 0
  let most = 0
  setHandler(defineSignal<['fails' | 'completes']>('end'), (how) => {
    ending = how
  })
  setHandler(defineUpdate<DecisionReceipt, [DecisionMessage]>('submitDecision'), async ({ envelope }) => {
    if (envelope === 'unanswered') await condition(() => ending !== null)
    if (envelope === 'broken') throw ApplicationFailure.nonRetryable('broken', 'CLYRA_APPROVAL_MALFORMED')
    if (envelope === 'slow') {
      slow += 1
      most = Math.max(most, slow)
      await condition(() => false, 100)
      slow -= 1
      return { ...counted, approvals: most }
    }
    return counted
  })
  setHandler(defineSignal<[DecisionMessage]>('decide'), ({ envelope }) => {
    if (envelope === 'left behind') ending = 'completes'
  })
  upsertSearchAttributes([{ key: defineSearchAttributeKey('ClyraStatus', 'KEYWORD'), value: 'AWAITING_APPROVAL' }])
  await condition(() => ending !== null)
  if (ending === 'fails') throw ApplicationFailure.nonRetryable('ended', 'CLYRA_APPROVAL_EXPIRED')
}

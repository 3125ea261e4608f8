// What Temporal alone costs for the shape of a governed change: the same activities of the same kind, the same update, upserts and
// summaries, and nothing done in any of them. bench/counts.ts fails when the two histories do not count the same.
import { defineSearchAttributeKey } from '@temporalio/common'
import {
  allHandlersFinished,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import { decide, getState, submitDecision } from '../../workflows/messages.ts'
import type { NoopActivities, NoopInput } from './shape.ts'

const local = proxyLocalActivities<NoopActivities>({ startToCloseTimeout: '5s' })
const regular = proxyActivities<NoopActivities>({ startToCloseTimeout: '15s' })
const enforcing = proxyActivities<NoopActivities>({ startToCloseTimeout: '65m', heartbeatTimeout: '10s' })
const status = defineSearchAttributeKey('ClyraStatus', 'KEYWORD')

export async function noopChange(input: NoopInput): Promise<object> {
  let state = 'OPEN'
  let approved = false
  const enter = (next: string) => {
    state = next
    setCurrentDetails(`| | |\n|---|---|\n| state | **${state}** |\n${input.details}`)
  }
  const flush = () => upsertSearchAttributes([{ key: status, value: state }])

  setHandler(
    submitDecision,
    async (message) => {
      const receipt = await local.checkDecision.executeWithOptions({ summary: 'verify and record a decision' }, [message])
      approved = true
      return receipt
    },
    { validator: (message) => void JSON.stringify(message) },
  )
  setHandler(decide, () => undefined)
  setHandler(getState, () => ({ state, outcome: null, approvals: 0, quorum: 0 }))

  await local.listen.executeWithOptions({ summary: 'take the request up' }, [input])
  enter('OPEN')
  await regular.policy.executeWithOptions({ summary: 'judge the change under policy' }, [input])
  if (input.approval) {
    enter('AWAITING_APPROVAL')
    flush()
    await condition(() => approved, '1 day', { summary: 'approval deadline' })
  }
  enter('ENFORCING')
  flush()
  await enforcing.enforce.executeWithOptions({ summary: 'apply' }, [input])
  await local.record.executeWithOptions({ summary: 'record the outcome' }, [input])
  enter('ENFORCED')
  flush()
  await regular.bundle.executeWithOptions({ summary: 'seal the evidence' }, [input])
  await regular.attest.executeWithOptions({ summary: 'attest' }, [input])
  enter('ATTESTED')
  flush()
  await regular.ticket.executeWithOptions({ summary: 'open the ticket' }, [input])
  enter('CLOSED')
  flush()
  await condition(allHandlersFinished)
  return input
}

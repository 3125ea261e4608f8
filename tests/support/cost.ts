// What one governed change costs: its history, and the round trips to the store and to the warehouse.
import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import type { ChangeRequest, DecisionRequestEnvelope } from '../../core/generated/types.ts'
import { type ChangeState, messages } from '../../core/messages.ts'
import { signDecision } from '../../evidence/decision.ts'
import { fileSigner } from '../../runtime/keys.ts'
import { type History, historyOf } from './history.ts'
import type { Trips } from './postgres-line.ts'
import type { TestStack } from './stack.ts'

export interface Cost {
  history: History
  /** Gateway and worker together. */
  store: Trips
  warehouse: Trips
}

const statements = {
  allow: `UPDATE shop.orders SET status = 'shipped' WHERE order_id = 7`,
  approve: `WITH one AS (UPDATE shop.orders SET status = 'paid' WHERE order_id = 7 RETURNING order_id) SELECT * FROM one`,
}

/**
 * Runs a change of one row on a counted stack on which nothing else runs; ben must be enrolled. Nobody waits at the gateway meanwhile,
 * so the counts are the same each time: one submit, and where there is a gate one look and one decision.
 */
export async function costOf(stack: TestStack, client: Client, flow: keyof typeof statements): Promise<Cost> {
  if (stack.lines === null) throw new Error('expected a counted stack')
  const { lines, story, run } = stack
  const request: ChangeRequest = { kind: 'sql', target: 'shop', statements: [statements[flow]], reason: 'counted', source: 'cost' }
  lines.store.take()
  lines.warehouse.take()
  const { change_id, workflow_id } = await story.ana.submit(request, randomUUID())
  const handle = client.workflow.getHandle(workflow_id)
  if (flow === 'approve') {
    while ((await handle.query<ChangeState>(messages.getState)).state !== 'AWAITING_APPROVAL') await setImmediate()
    await approve(stack, change_id)
  }
  const { outcome } = (await handle.result()) as { outcome: string }
  if (outcome !== 'enforced') throw new Error(`expected an enforced change, found ${outcome}`)
  const [store, warehouse] = [withoutSweep(lines.store.take()), lines.warehouse.take()]
  return { store, warehouse, history: await historyOf(run.temporal.address, workflow_id) }
}

// The gateway's sweeper comes by at its own times, and belongs to no change.
function withoutSweep({ total, byStatement, timed }: Trips): Trips {
  const { unsealed_changes: swept = 0, ...others } = byStatement
  return { total: total - swept, byStatement: others, timed }
}

async function approve({ story, key }: TestStack, id: string): Promise<void> {
  const { binding } = await story.ana.approval(id)
  const said = {
    decision: 'approve' as const,
    person: 'ben@shop.example',
    reason: 'counted',
    decision_id: randomUUID(),
    signed_at: new Date().toISOString(),
  }
  const envelope = await signDecision({ change_id: id, binding, ...said }, await fileSigner(key('ben.pem')))
  await story.ana.decide(id, JSON.parse(envelope) as DecisionRequestEnvelope)
}

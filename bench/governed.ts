// The governed side of a comparison: everything over the control API, as any caller does it.
import { randomUUID } from 'node:crypto'
import type { Client, WorkflowHandle } from '@temporalio/client'
import type { ChangeRequest, DecisionRequestEnvelope } from '../core/generated/types.ts'
import { signDecision } from '../evidence/decision.ts'
import { fileSigner } from '../runtime/keys.ts'
import type { TestStack } from '../tests/support/stack.ts'
import { type Side, timed } from './side.ts'

const person = 'ben@shop.example'
const orders = 1000

/** Changes of one row each, never twice the same row at once. Enrolls the approver. */
export async function governedSide({ story, key }: TestStack, client: Client): Promise<Side> {
  const { ana } = story
  const keyFile = key('ben.pem')
  const enrolled = await story.clyra('approver', 'enroll', '--person', person, '--key-file', keyFile, '--token-file', key('ben.token'))
  if (enrolled !== 0) throw new Error(`expected the approver to be enrolled, found exit code ${enrolled}`)
  const signer = await fileSigner(keyFile)
  const known = await story.warehouse<{ id: number }>('select order_id as id from shop.orders order by 1 limit $1', [orders])
  let next = 0
  const order = () => known[next++ % known.length]?.id

  const submit = (statement: string) => {
    const request: ChangeRequest = { kind: 'sql', target: 'shop', statements: [statement], reason: 'bench', source: 'bench' }
    return ana.submit(request, randomUUID())
  }
  const request = (statement: string) => async () => client.workflow.getHandle((await submit(statement)).workflow_id)
  const closed = async (handle: WorkflowHandle) => {
    const { outcome } = (await handle.result()) as { outcome: string }
    if (outcome !== 'enforced') throw new Error(`expected ${handle.workflowId} to end enforced, found ${outcome}`)
  }
  const idOf = ({ workflowId }: WorkflowHandle) => workflowId.split('/').at(-1) as string
  const sign = async (id: string) => {
    const { binding } = await ana.approval(id)
    const said = { decision: 'approve' as const, person, reason: 'bench', decision_id: randomUUID(), signed_at: new Date().toISOString() }
    return JSON.parse(await signDecision({ change_id: id, binding, ...said }, signer)) as DecisionRequestEnvelope
  }
  const gate = {
    prepare: (handle: WorkflowHandle) => sign(idOf(handle)),
    decide: (handle: WorkflowHandle, envelope: DecisionRequestEnvelope) => ana.decide(idOf(handle), envelope),
  }
  const update = (status: string) => `UPDATE shop.orders SET status = '${status}' WHERE order_id = ${order()}`
  return {
    allow: () => timed(request(update('shipped')), null, closed),
    // A WITH that writes is judged needs_approval, and is as little work as the other.
    approve: () => timed(request(`WITH one AS (${update('paid')} RETURNING order_id) SELECT * FROM one`), gate, closed),
  }
}

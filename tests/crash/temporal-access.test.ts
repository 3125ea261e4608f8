// Abuse by somebody with access to Temporal and to nothing else: invented inputs, invented messages, invented results of activities.
// Whatever he says: nothing reaches the warehouse, no receipt and no bundle says it did, and it shows.
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import { verifiers } from '../../cli/quickstart/check.ts'
import type { ChangeRequest, ChangeView } from '../../core/generated/types.ts'
import { taskQueue, workflowId, workflowType } from '../../core/messages.ts'
import { signDecision } from '../../evidence/decision.ts'
import { sha256Hex } from '../../runtime/digest.ts'
import { fileSigner } from '../../runtime/keys.ts'
import { lies, secondWorker, withImpostor } from '../support/impostor.ts'
import { pidsOf, until } from '../support/kill.ts'
import { holding, warehouseUrl } from '../support/locks.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let connection: Connection
let client: Client
let orders = 0

const request = (statement: string): ChangeRequest => ({
  kind: 'sql',
  target: 'shop',
  statements: [statement],
  reason: 'a test',
  source: 'abuse',
})
interface Asked {
  view: ChangeView
  applied(): Promise<number>
}

// One order, or enough of them for a gate; each change has its own, so that what was applied can be counted.
async function ask(width: 1 | 200): Promise<Asked> {
  orders += 200
  const range = `order_id BETWEEN ${orders} AND ${orders + width - 1}`
  const asked = request(`UPDATE shop.orders SET total_cents = total_cents + 1 WHERE ${range}`)
  const sum = async () => {
    const [row] = await stack.story.warehouse<{ n: string }>(`select sum(total_cents) as n from shop.orders where ${range}`)
    return Number(row?.n)
  }
  const before = await sum()
  const view = await stack.story.ana.submit(asked, randomUUID())
  return { view: width === 1 ? view : await stack.story.follow(view, 'verdict'), applied: async () => (await sum()) - before }
}
// A lock on the order of the change that will be asked for next.
const holdingNext = () => holding(warehouseUrl(stack), `select from shop.orders where order_id = ${orders + 200} for update`)
const approve = ({ change_id }: ChangeView) => stack.story.clyra('approve', change_id, '--key-file', stack.key('ben.pem'), '--yes')
const receipts = (view: ChangeView, kind: string, more = '') =>
  stack.story.store(`select from clyra.receipts where stream = 'change/${view.change_id}' and kind = '${kind}' ${more}`)
const statusOf = async (id: string) => (await client.workflow.getHandle(id).describe()).status.name
const gatewayLog = () => readFileSync(join(stack.home, '.clyra/logs/gateway.log'), 'utf8')

/** Sealed, valid, and in no way saying that it was applied. */
async function expectSealed(view: ChangeView, end: Partial<ChangeView>): Promise<void> {
  const ended = await stack.story.follow(view, 'end')
  expect(ended).toMatchObject({ state: 'CLOSED', affected_rows: null, ...end })
  expect(await receipts(view, 'outcome', `and line like '%"outcome":"enforced"%'`)).toBe(0)
  for (const { verify } of verifiers()) expect(verify(join(stack.home, '.clyra/evidence', ended.evidence as string)).verdict).toBe('valid')
}
const terminated = { outcome: 'cancelled', code: 'CLYRA_CHANGE_TERMINATED' } as const

beforeAll(async () => {
  stack = await startTestStack()
  connection = await Connection.connect({ address: stack.run.temporal.address })
  client = new Client({ connection })
  await enroll(stack, 'ben')
}, 180_000)

afterAll(async () => {
  await connection?.close()
  await stack?.stop()
}, 60_000)

describe('starts runs with invented inputs', () => {
  test('each of them fails, and leaves nothing', async () => {
    const { view, applied } = await ask(200)
    const id = view.change_id
    const inputs: [string, object][] = [
      [workflowId('default', `chg_${'a'.repeat(26)}`), { tenant: 'default', change_id: `chg_${'a'.repeat(26)}`, attempt: 1 }],
      [workflowId('other', id), { tenant: 'other', change_id: id, attempt: 1 }],
      ['any name', { tenant: 'default', change_id: id, attempt: 1 }],
      ['another name', { tenant: 'default', change_id: id, attempt: 1, terminated: true, approved: true, outcome: 'enforced' }],
      [`${workflowId('default', id)}/resolve`, { tenant: 'default', change_id: id, attempt: 1, terminated: true }],
      ['a third name', { tenant: 'default', change_id: id, attempt: 99 }],
      ['rubbish', { tenant: { toString: 'x' }, change_id: 7, attempt: '1' }],
    ]
    const kept = () => stack.story.store(`select from clyra.receipts where stream = 'change/${id}' or stream like 'ledger/%'`)
    const before = await kept()
    for (const [workflow, input] of inputs) {
      const run = client.workflow.execute(workflowType, { taskQueue, workflowId: workflow, args: [input] })
      await expect(run).rejects.toThrow()
    }
    expect(await kept()).toBe(before)
    expect(await applied()).toBe(0)
    expect(await approve(view)).toBe(0)
    expect(await stack.story.follow(view, 'end')).toMatchObject({ outcome: 'enforced' })
    expect(await applied()).toBe(200)
    // Over: the same run again changes nothing.
    const args = [{ tenant: 'default', change_id: id, attempt: 1, terminated: true }]
    await until(async () => (await statusOf(view.workflow_id)) === 'COMPLETED')
    await client.workflow.execute(workflowType, { taskQueue, workflowId: view.workflow_id, args, workflowIdReusePolicy: 'ALLOW_DUPLICATE' })
    expect([await applied(), await receipts(view, 'attempt'), await receipts(view, 'recorded')]).toEqual([200, 1, 1])
  }, 90_000)
})

describe('sends messages', () => {
  test('decisions that nobody signed, or that were signed for another change, count for nothing', async () => {
    const { view, applied } = await ask(200)
    const other = await ask(200)
    const shown = await stack.story.ana.approval(other.view.change_id)
    const said = {
      decision: 'approve' as const,
      person: 'ben@shop.example',
      reason: 'seen',
      decision_id: randomUUID(),
      signed_at: shown.deadline ?? '',
    }
    const content = await signDecision(
      { change_id: shown.change_id, binding: shown.binding, ...said },
      await fileSigner(stack.key('ben.pem')),
    )
    const handle = client.workflow.getHandle(view.workflow_id)
    const delivered_by = { actor: 'ben', person: 'ben@shop.example' }
    const unsigned = JSON.stringify({ ...JSON.parse(content), signatures: [{ sig: 'AAAA' }] })
    for (const envelope of [content, unsigned]) {
      const message = { id: sha256Hex(envelope), envelope, delivered_by }
      expect(await handle.executeUpdate('submitDecision', { args: [message] })).toMatchObject({ status: 'refused' })
    }
    const malformed = { id: 'a'.repeat(64), envelope: content, delivered_by }
    await handle.signal('decide', malformed)
    await handle.signal('decide', null)
    await handle.signal('decide', { ...malformed, id: 'short' })
    await handle.signal('nobody knows', 'this')
    await expect(handle.executeUpdate('submitDecision', { args: [{ id: 1 }] })).rejects.toThrow()
    expect(await stack.story.ana.change(view.change_id)).toMatchObject({ state: 'AWAITING_APPROVAL', approvers: [] })
    expect(await applied()).toBe(0)
    expect(await approve(view)).toBe(0)
    expect(await stack.story.follow(view, 'end')).toMatchObject({ outcome: 'enforced', approvers: ['ben@shop.example'] })
  }, 90_000)
})

describe('answers in the place of the worker', () => {
  test('everything, from the first stage to the last: the run completes, and the change is sealed as never applied', async () => {
    const { view, applied } = await withImpostor(stack, lies, async () => {
      const asked = await ask(1)
      await until(async () => (await statusOf(asked.view.workflow_id)) === 'COMPLETED')
      expect(await stack.story.ana.change(asked.view.change_id)).toMatchObject({ state: 'OPEN', outcome: null, evidence: null })
      return asked
    })
    await expectSealed(view, terminated)
    expect(await applied()).toBe(0)
    expect(
      gatewayLog()
        .split('\n')
        .filter((line) => line.includes('somebody else answered') && line.includes(view.change_id)).length,
    ).toBeGreaterThan(0)
  }, 120_000)

  test('an approval and all that follows: sealed as never approved, and never applied', async () => {
    const { view, applied } = await ask(200)
    await withImpostor(stack, lies, async () => {
      await approve(view)
      await until(async () => (await statusOf(view.workflow_id)) === 'COMPLETED')
    })
    await expectSealed(view, { ...terminated, approvers: [] })
    expect([await applied(), await receipts(view, 'decision'), await receipts(view, 'attempt')]).toEqual([0, 0, 0])
  }, 120_000)

  test('the first two stages: enforce does not believe them, and the change is sealed as never judged', async () => {
    const { listen, policy } = lies
    const { view, applied } = await withImpostor(stack, { listen, policy }, async () => {
      const asked = await ask(1)
      await until(async () => (await pendingActivity(asked.view, 'enforce')) !== null)
      return asked
    })
    await expectSealed(view, { ...terminated, verdict: null })
    expect(await applied()).toBe(0)
  }, 120_000)

  test('enforcement alone: the record says that nothing bears it out', async () => {
    const { view, applied } = await ask(200)
    const { checkDecision, enforce } = lies
    const record = () => Promise.reject(new Error('not that'))
    await withImpostor(stack, { checkDecision, enforce, record }, async () => {
      await approve(view)
      await until(async () => (await pendingActivity(view, 'record')) !== null)
    })
    await expectSealed(view, terminated)
    expect(await applied()).toBe(0)
  }, 120_000)

  test('with what no stage would answer: the run stands still, the change says so, and is sealed once the run is ended', async () => {
    const nothing = { policy: async () => null as never, listen: lies.listen }
    const asked = await withImpostor(stack, nothing, async () => {
      const { view } = await ask(1)
      await until(async () => await historyHas(view, 'activityTaskCompletedEventAttributes'))
      return view
    })
    await until(async () => (await stack.story.ana.change(asked.change_id)).stalled)
    await client.workflow.getHandle(asked.workflow_id).terminate('a test')
    await expectSealed(asked, terminated)
  }, 120_000)
})

const answer = async (view: ChangeView, activityId: string | null, result: unknown) =>
  connection.workflowService.respondActivityTaskCompletedById({
    namespace: 'default',
    workflowId: view.workflow_id,
    activityId: activityId as string,
    result: { payloads: [defaultPayloadConverter.toPayload(result)] },
  })

describe('answers beside the worker', () => {
  test('that policy allows it: enforce finds no verdict, and policy is asked after all', async () => {
    const release = await holding(warehouseUrl(stack), 'lock table shop.orders in access exclusive mode')
    const range = `order_id BETWEEN ${orders + 200} AND ${orders + 399}`
    orders += 200
    const wide = request(`UPDATE shop.orders SET total_cents = total_cents + 1 WHERE ${range}`)
    const asked = await stack.story.ana.submit(wide, randomUUID())
    await until(async () => (await pendingActivity(asked, 'policy')) !== null)
    const first = await pendingActivity(asked, 'policy')
    await answer(asked, first, await lies.policy())
    await until(async () => ![null, first].includes(await pendingActivity(asked, 'policy')))
    await release()
    const waiting = await stack.story.follow(asked, 'verdict')
    expect(waiting).toMatchObject({ state: 'AWAITING_APPROVAL', verdict: { outcome: 'needs_approval' } })
    expect(await receipts(waiting, 'attempt')).toBe(0)
    expect(await approve(waiting)).toBe(0)
    expect(await stack.story.follow(waiting, 'end')).toMatchObject({ outcome: 'enforced', affected_rows: 200 })
  }, 120_000)

  test('while a statement waits in the warehouse: what is claimed is what happened there', async () => {
    const release = await holdingNext()
    const { view, applied } = await ask(1)
    await until(async () => (await receipts(view, 'attempt')) === 1)
    await answer(view, await pendingActivity(view, 'enforce'), await lies.enforce())
    await until(async () => (await statusOf(view.workflow_id)) !== 'RUNNING')
    await release()
    const end = await stack.story.follow(view, 'end')
    expect(['enforced', 'failed']).toContain(end.outcome)
    expect(await applied()).toBe(end.outcome === 'enforced' ? 1 : 0)
    for (const { verify } of verifiers()) expect(verify(join(stack.home, '.clyra/evidence', end.evidence as string)).verdict).toBe('valid')
  }, 120_000)
})

describe('two workers on one activity', () => {
  test('the first stands still past its heartbeat and comes back: one effect', async () => {
    const release = await holdingNext()
    const { view, applied } = await ask(1)
    await until(async () => (await receipts(view, 'attempt')) === 1)
    const first = pidsOf(stack).worker as number
    process.kill(first, 'SIGSTOP')
    const second = secondWorker(stack)
    try {
      // The server has given the same activity out a second time, and the second worker beats.
      await until(async () => {
        const activity = await pending(view, 'enforce')
        return (activity?.attempt ?? 0) >= 2 && activity?.lastHeartbeatTime != null
      })
      process.kill(first, 'SIGCONT')
      await release()
      const end = await stack.story.follow(view, 'end')
      expect(['enforced', 'failed']).toContain(end.outcome)
      expect(await applied()).toBe(end.outcome === 'enforced' ? 1 : 0)
      expect([await receipts(view, 'attempt'), await receipts(view, 'outcome')]).toEqual([1, 1])
      for (const { verify } of verifiers())
        expect(verify(join(stack.home, '.clyra/evidence', end.evidence as string)).verdict).toBe('valid')
    } finally {
      await second.stop()
    }
  }, 120_000)
})

test('no file of what was invented exists', () => {
  expect(existsSync(join(stack.home, '.clyra/evidence/invented.zip'))).toBe(false)
})

const pending = async ({ workflow_id }: ChangeView, type: string) =>
  (await client.workflow.getHandle(workflow_id).describe()).raw.pendingActivities?.find(({ activityType }) => activityType?.name === type)

const pendingActivity = async (view: ChangeView, type: string): Promise<string | null> => (await pending(view, type))?.activityId ?? null

const historyHas = async ({ workflow_id }: ChangeView, attributes: 'activityTaskCompletedEventAttributes'): Promise<boolean> =>
  ((await client.workflow.getHandle(workflow_id).fetchHistory()).events ?? []).some((event) => event[attributes] != null)

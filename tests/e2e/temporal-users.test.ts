// clyra/temporal on real parts: workflows of a user's own, on his own worker, ask for changes and do them behind the gate.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import proto from '@temporalio/proto'
import type { ChangeView } from '../../core/generated/types.ts'
import { type CuttableLine, cuttableLine } from '../support/cuttable-line.ts'
import { historyOf } from '../support/history.ts'
import { killAndAwaitReturn, until } from '../support/kill.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'
import { reasonSaid, statements } from '../support/temporal-users/changes.ts'
import { startUsersWorker, type UsersWorker } from '../support/temporal-users/process.ts'
import { clyraQueue, taskQueue } from '../support/temporal-users/worker.ts'
import type * as workflows from '../support/temporal-users/workflows.ts'

const { PENDING_ACTIVITY_STATE_STARTED, PENDING_ACTIVITY_STATE_CANCEL_REQUESTED } = proto.temporal.api.enums.v1.PendingActivityState

let stack: TestStack
let line: CuttableLine
let worker: UsersWorker
let connection: Connection
let client: Client

type Workflow = keyof typeof workflows

const start = (type: Workflow, ...args: unknown[]): Promise<WorkflowHandle> =>
  client.workflow.start(type, { args, taskQueue, workflowId: `users-${type}-${randomUUID()}` })

const run = async (type: Workflow, ...args: unknown[]): Promise<unknown> => (await start(type, ...args)).result()

const pendingOf = async (handle: WorkflowHandle) => (await handle.describe()).raw.pendingActivities?.[0]

/** The change a workflow asked for, once it stands where it should. */
async function changeOf({ workflowId }: WorkflowHandle, holds: (view: ChangeView) => boolean): Promise<ChangeView> {
  let found: ChangeView | undefined
  await until(async () => {
    const { text } = await historyOf(stack.run.temporal.address, workflowId)
    const id = decoded(text).match(/chg_[a-z2-7]{26}/)?.[0]
    if (id === undefined) return false
    const view = await stack.story.ana.change(id)
    found = holds(view) ? view : undefined
    return found !== undefined
  })
  return found as ChangeView
}

// Temporal's CLI shows payloads in base64.
const decoded = (history: string): string =>
  `${history}\n${[...history.matchAll(/"data": "([A-Za-z0-9+/=]+)"/g)].map((match) => Buffer.from(match[1] as string, 'base64').toString()).join('\n')}`

const failureOf = (running: Promise<unknown>): Promise<Error> =>
  running.then(
    () => new Error('expected a failure, found none'),
    (error: unknown) => (error instanceof WorkflowFailedError ? (error.cause as Error) : (error as Error)),
  )

const totalOf = async (order: number): Promise<number> =>
  Number(
    (await stack.story.warehouse<{ total: string }>(`select total_cents as total from shop.orders where order_id = ${order}`))[0]?.total,
  )

beforeAll(async () => {
  stack = await startTestStack()
  stack.forbid({ secrets: [statements.clean(0).slice(0, -1), statements.touch(0).slice(0, -1)], reasons: [reasonSaid] })
  await enroll(stack, 'ben')
  line = await cuttableLine(Number(new URL(stack.run.gateway).port))
  worker = await startUsersWorker(stack, `http://127.0.0.1:${line.port}`)
  connection = await Connection.connect({ address: stack.run.temporal.address })
  client = new Client({ connection })
}, 90_000)

afterAll(async () => {
  stack?.forbid({ secrets: worker?.tokens() ?? [] })
  await worker?.stop()
  await line?.stop()
  await connection?.close()
  await stack?.stop()
}, 60_000)

const approve = (view: ChangeView, word = 'approve') =>
  stack.story.clyra(word, view.change_id, '--key-file', stack.key('ben.pem'), '--reason', 'looked at it', '--yes')
const waiting = ({ state }: ChangeView) => state === 'AWAITING_APPROVAL'

describe('Clyra applies', () => {
  test('what policy allows: a small receipt', async () => {
    const before = await totalOf(31)
    const receipt = await run('touch', 31)
    expect(receipt).toMatchObject({ outcome: 'enforced', state: 'CLOSED', code: null, affected_rows: 1, mode: 'gate' })
    expect(await totalOf(31)).toBe(before + 1)
  }, 60_000)

  test('from a worker of its own, where waiting holds up nobody’s activities', async () => {
    const handle = await start('touchElsewhere', 32, clyraQueue)
    expect(await handle.result()).toMatchObject({ outcome: 'enforced' })
    const { events } = JSON.parse((await historyOf(stack.run.temporal.address, handle.workflowId)).text)
    const queues = events.flatMap((event: { activityTaskScheduledEventAttributes?: { taskQueue: { name: string } } }) =>
      event.activityTaskScheduledEventAttributes === undefined ? [] : [event.activityTaskScheduledEventAttributes.taskQueue.name],
    )
    expect(new Set(queues)).toEqual(new Set([clyraQueue]))
  }, 60_000)

  test('what a person approved', async () => {
    const handle = await start('clean', 1100)
    await approve(await changeOf(handle, waiting))
    expect(await handle.result()).toMatchObject({ outcome: 'enforced' })
  }, 60_000)

  test('what was rejected: ClyraRejected, in the user’s own words an ApplicationFailure', async () => {
    const handle = await start('clean', 1101)
    const view = await changeOf(handle, waiting)
    await approve(view, 'reject')
    const failure = await failureOf(handle.result())
    expect(failure).toBeInstanceOf(ApplicationFailure)
    expect(failure).toMatchObject({
      type: 'ClyraRejected',
      nonRetryable: true,
      details: [{ change_id: view.change_id, outcome: 'rejected' }],
    })
  }, 60_000)

  test('worker and gateway are killed while it waits: the next ones attach, one change', async () => {
    const handle = await start('clean', 1102)
    const view = await changeOf(handle, waiting)
    await worker.killAndRestart()
    await killAndAwaitReturn(stack, 'gateway')
    await approve(view)
    expect(await handle.result()).toMatchObject({ change_id: view.change_id, outcome: 'enforced' })
    const changes = await stack.story.ana.changes({})
    expect(changes.filter(({ seq }) => seq >= view.seq)).toHaveLength(1)
  }, 90_000)

  test('the workflow is cancelled while it waits: the change is cancelled, and the workflow can say so', async () => {
    const [plain, telling] = [await start('clean', 1103), await start('cleanAndTell', 1104)]
    for (const handle of [plain, telling]) {
      await changeOf(handle, waiting)
      await handle.cancel()
    }
    expect(await failureOf(plain.result())).toBeInstanceOf(CancelledFailure)
    expect(await telling.result()).toMatchObject({ cancelled: true, details: [{ outcome: 'cancelled' }] })
    for (const handle of [plain, telling])
      expect(await changeOf(handle, ({ state }) => state === 'CLOSED')).toMatchObject({ outcome: 'cancelled' })
  }, 60_000)

  test.each([
    ['had arrived: the change is found and cancelled', 'answered', 1106, [{ outcome: 'cancelled' }]],
    ['had not: nothing is asked for', 'before', 1107, []],
  ] as const)(
    'the workflow is cancelled while asking has no answer, and the request %s',
    async (_, when, above, details) => {
      const known = new Set((await stack.story.ana.changes({})).map(({ change_id }) => change_id))
      // Of the body: the head may go out before it.
      line.cutAt('"source":"temporal"', when, true)
      const handle = await start('cleanAndTell', above)
      await until(async () => Boolean((await pendingOf(handle))?.lastFailure))
      await handle.cancel()
      await until(async () => (await pendingOf(handle))?.activityType?.name === 'clyraCancelAsked')
      line.mend()
      expect(await handle.result()).toMatchObject({ cancelled: true, details })
      const asked = (await stack.story.ana.changes({})).filter(({ change_id }) => !known.has(change_id))
      expect(asked).toMatchObject(details)
    },
    60_000,
  )

  test('the workflow is cancelled while a try of asking is under way that fails: found out, too', async () => {
    line.cutAt('"source":"temporal"', 'held')
    const handle = await start('cleanAndTell', 1108)
    await until(async () => (await pendingOf(handle))?.state === PENDING_ACTIVITY_STATE_STARTED)
    await handle.cancel()
    await until(async () => (await pendingOf(handle))?.state === PENDING_ACTIVITY_STATE_CANCEL_REQUESTED)
    line.cut()
    await until(async () => (await pendingOf(handle))?.activityType?.name === 'clyraCancelAsked')
    line.mend()
    expect(await handle.result()).toEqual({ cancelled: true, details: [] })
  }, 60_000)

  test('the workflow is terminated while it waits: nobody waits any more, and the change is cancelled', async () => {
    const handle = await start('clean', 1105)
    await changeOf(handle, waiting)
    await handle.terminate('a test')
    expect(await changeOf(handle, ({ state }) => state === 'CLOSED')).toMatchObject({ outcome: 'cancelled' })
  }, 90_000)
})

describe('an activity of the user’s own does the work under a grant', () => {
  test('asked, granted, done, reported: enforced, once', async () => {
    const before = await totalOf(41)
    expect(await run('raise', 41)).toMatchObject({ outcome: 'enforced', affected_rows: null })
    expect(await totalOf(41)).toBe(before + 1)
  }, 60_000)

  test('what needs a person: handed over once ben approved', async () => {
    const left = async () => (await stack.story.warehouse(`select from shop.orders where status = 'cancelled' and order_id > 900`)).length
    expect(await left()).toBeGreaterThan(0)
    const handle = await start('deleteGranted', 900)
    await approve(await changeOf(handle, waiting))
    expect(await handle.result()).toMatchObject({ outcome: 'enforced', affected_rows: null })
    expect(await left()).toBe(0)
  }, 60_000)

  test('the activity dies after its commit: its next try finds the work done, once', async () => {
    const before = await totalOf(48)
    expect(await run('raiseStumbling', 48)).toMatchObject({ outcome: 'enforced' })
    expect(await totalOf(48)).toBe(before + 1)
  }, 60_000)

  test('in review the work is done as ever: no grant, observed', async () => {
    const before = await totalOf(49)
    expect(await run('raiseReviewed', 49)).toMatchObject({ outcome: 'observed', mode: 'review' })
    expect(await totalOf(49)).toBe(before + 1)
  }, 60_000)

  test('reported without having been done: failed', async () => {
    const failure = await failureOf(run('raiseNothing', 50))
    expect(failure).toMatchObject({ type: 'ClyraFailed', details: [{ code: 'CLYRA_GRANT_WITHDRAWN' }] })
  }, 60_000)

  test('cancelled while it has the work: taken back, and the workflow can say so', async () => {
    const handle = await start('raiseSlowly', 51)
    await changeOf(handle, ({ state }) => state === 'ENFORCING')
    await handle.cancel()
    const told = { cancelled: true, details: [{ outcome: 'failed', code: 'CLYRA_GRANT_WITHDRAWN' }] }
    expect(await handle.result()).toMatchObject(told)
  }, 60_000)

  test('the block throws before the work: nothing applied, the error goes on', async () => {
    const before = await totalOf(42)
    const handle = await start('raiseAndFail', 42, true)
    expect(await failureOf(handle.result())).toMatchObject({ type: 'OfTheUser' })
    expect(await changeOf(handle, ({ state }) => state === 'CLOSED')).toMatchObject({ outcome: 'failed', code: 'CLYRA_GRANT_WITHDRAWN' })
    expect(await totalOf(42)).toBe(before)
  }, 60_000)

  test('the block throws after the work: it stands, the change says so, the error goes on', async () => {
    const before = await totalOf(43)
    const handle = await start('raiseAndFail', 43, false)
    expect(await failureOf(handle.result())).toMatchObject({ type: 'OfTheUser' })
    expect(await changeOf(handle, ({ state }) => state === 'CLOSED')).toMatchObject({ outcome: 'enforced' })
    expect(await totalOf(43)).toBe(before + 1)
  }, 60_000)

  test.each([
    ['without being asked for', 'raiseUnasked', [44], 'CLYRA_TEMPORAL_NO_CHANGE', 44, 0],
    ['for another order than was asked for', 'raiseOther', [45, 46], 'CLYRA_TEMPORAL_OTHER_CHANGE', 46, 0],
    ['outside of the block', 'raiseOutside', [47], 'CLYRA_TEMPORAL_NO_CHANGE', 47, 1],
  ] as const)(
    '%s: the gate refuses, nothing ran',
    async (_, type, args, code, order, done) => {
      const before = await totalOf(order)
      const failure = await failureOf(run(type, ...args))
      expect(notGovernedOf(failure)).toMatchObject({ type: 'ClyraNotGoverned', nonRetryable: true, details: [{ code }] })
      expect(await totalOf(order)).toBe(before + done)
    },
    60_000,
  )
})

const notGovernedOf = (failure: Error): unknown => (failure.cause instanceof ApplicationFailure ? failure.cause : failure)

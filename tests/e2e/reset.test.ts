// What an operator, or a bad day, does to runs behind Clyra's back: reset, terminated, forgotten. On real parts.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client'
import pg from 'pg'
import { verifiers } from '../../cli/quickstart/check.ts'
import type { ChangeRequest, ChangeView } from '../../core/generated/types.ts'
import { killAndAwaitReturn, stopped, until as untilTrue } from '../support/kill.ts'
import { filesBelow } from '../support/leaks.ts'
import { holding, storeUrl, warehouseUrl } from '../support/locks.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'
import { temporalCli } from '../support/temporal-cli.ts'

let stack: TestStack
let connection: Connection

const many = (above: number): ChangeRequest => ({
  kind: 'sql',
  target: 'shop',
  statements: [`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > ${above}`],
  reason: 'a test',
  source: 'e2e',
})
const temporal = (...words: string[]) => temporalCli(stack.run.temporal.address, ...words)
const reset = (view: ChangeView, type: string) =>
  temporal('workflow', 'reset', '-w', view.workflow_id, '--type', type, '--reason', 'a test')
const approve = (view: ChangeView, person = 'ben') =>
  stack.story.clyra('approve', view.change_id, '--key-file', stack.key(`${person}.pem`), '--yes')
const gone = (above: number) =>
  stack.story
    .warehouse<{ n: string }>(`select count(*) as n from shop.orders where status = 'cancelled' and order_id > ${above}`)
    .then((rows) => Number(rows[0]?.n))
const receipts = (view: ChangeView, kind: string, more = '') =>
  stack.story.store(`select from clyra.receipts where stream = 'change/${view.change_id}' and kind = '${kind}' ${more}`)

/** Deletes a run's history, as retention does, and waits until it is gone. */
async function forget(workflowId: string): Promise<void> {
  await connection.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution: { workflowId } })
  while (!(await isForgotten(workflowId))) await setImmediate()
}

const isForgotten = (workflowId: string): Promise<boolean> =>
  new Client({ connection }).workflow
    .getHandle(workflowId)
    .describe()
    .then(
      () => false,
      (error: unknown) => error instanceof WorkflowNotFoundError,
    )

/** Waits until the store answers with so many receipts: nothing tells of a gate that opens again. */
async function until(view: ChangeView, kind: string, count: number): Promise<void> {
  while ((await receipts(view, kind)) < count) await setImmediate()
}

beforeAll(async () => {
  stack = await startTestStack()
  connection = await Connection.connect({ address: stack.run.temporal.address })
  for (const person of ['ben', 'carl']) await enroll(stack, person)
}, 180_000)

afterAll(async () => {
  await connection?.close()
  await stack?.stop()
}, 60_000)

describe('a run that is reset', () => {
  test('to its start, while it waits: asks again under another nonce, and the new approval counts', async () => {
    const waiting = await stack.story.ask(many(1100), 'verdict')
    const before = await stack.story.ana.approval(waiting.change_id)
    await reset(waiting, 'FirstWorkflowTask')
    await until(waiting, 'verdict', 2)
    const after = await stack.story.ana.approval(waiting.change_id)
    expect(after.binding.nonce).not.toBe(before.binding.nonce)
    expect({ ...after.binding, nonce: '' }).toEqual({ ...before.binding, nonce: '' })
    expect(await approve(waiting)).toBe(0)
    expect(await stack.story.follow(waiting, 'end')).toMatchObject({ outcome: 'enforced', state: 'CLOSED' })
    expect(await gone(1100)).toBe(0)
  }, 60_000)

  test('when one of two had approved: that one must approve again, and nothing is applied before', async () => {
    const waiting = await stack.story.ask({ ...many(1030), target: 'shop_pair' }, 'verdict')
    expect(await approve(waiting)).toBe(0)
    await reset(waiting, 'FirstWorkflowTask')
    await until(waiting, 'verdict', 2)
    expect(await receipts(waiting, 'decision', `and line like '%CLYRA_APPROVAL_VOID%'`)).toBe(1)
    expect(await approve(waiting, 'carl')).toBe(0)
    expect(await stack.story.ana.change(waiting.change_id)).toMatchObject({ state: 'AWAITING_APPROVAL', approvers: ['carl@shop.example'] })
    expect(await approve(waiting)).toBe(0)
    expect(await stack.story.follow(waiting, 'end')).toMatchObject({
      outcome: 'enforced',
      approvers: ['carl@shop.example', 'ben@shop.example'],
    })
  }, 60_000)

  test('to the gate it waits at: the old gate takes no approval, a new one opens', async () => {
    const waiting = await stack.story.ask(many(1050), 'verdict')
    await reset(waiting, 'LastWorkflowTask')
    expect(await approve(waiting)).not.toBe(0)
    await until(waiting, 'verdict', 2)
    expect(await receipts(waiting, 'decision', `and line like '%CLYRA_APPROVAL_VOID%'`)).toBe(1)
    expect(await approve(waiting)).toBe(0)
    expect(await stack.story.follow(waiting, 'end')).toMatchObject({ outcome: 'enforced', approvers: ['ben@shop.example'] })
  }, 60_000)

  test('after it was enforced: nothing is judged, asked or applied again', async () => {
    const request: ChangeRequest = {
      ...many(0),
      statements: ['UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = 44'],
    }
    const total = () => stack.story.warehouse('select total_cents from shop.orders where order_id = 44')
    const done = await stack.story.ask(request, 'end')
    const once = await total()
    await reset(done, 'FirstWorkflowTask')
    await temporal('workflow', 'result', '-w', done.workflow_id)
    expect(await total()).toEqual(once)
    expect([await receipts(done, 'verdict'), await receipts(done, 'attempt'), await receipts(done, 'ticket')]).toEqual([1, 1, 1])
    expect(await stack.story.ana.change(done.change_id)).toEqual(done)
  }, 60_000)
})

test('a change that could not be started, and that nobody asks for again, is sealed as cancelled; asked for again it is done once', async () => {
  const site = randomUUID()
  const request = { ...many(0), statements: ['UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = 48'] }
  const total = async () =>
    Number(
      (await stack.story.warehouse<{ total_cents: string }>('select total_cents from shop.orders where order_id = 48'))[0]?.total_cents,
    )
  const before = await total()
  stopped(stack, 'temporal')
  await expect(stack.story.ana.submit(request, site)).rejects.toMatchObject({ code: 'CLYRA_API_BUSY' })
  await killAndAwaitReturn(stack, 'temporal')
  const admin = new pg.Client({ connectionString: storeUrl(stack) })
  await admin.connect()
  const aged = `update clyra.changes set submitted_at = submitted_at - interval '1 minute' where state is null returning change_id`
  const { rows } = await admin.query<{ change_id: string }>(aged)
  await admin.end()
  expect(rows).toHaveLength(1)
  const left = await stack.story.ana.change(rows[0]?.change_id ?? '')
  expect(await stack.story.follow(left, 'end')).toMatchObject({ outcome: 'cancelled', code: 'CLYRA_CHANGE_TERMINATED', verdict: null })
  expect(await total()).toBe(before)
  const again = await stack.story.follow(await stack.story.ana.submit(request, site), 'end')
  expect(again).toMatchObject({ change_id: left.change_id, attempt: 2, outcome: 'enforced' })
  expect(await total()).toBe(before + 1)
}, 90_000)

describe('a run that is terminated', () => {
  test('while it waits: sealed as cancelled, and may be asked for again', async () => {
    const site = randomUUID()
    const request = many(1010)
    const waiting = await stack.story.follow(await stack.story.ana.submit(request, site), 'verdict')
    await temporal('workflow', 'terminate', '-w', waiting.workflow_id, '--reason', 'a test')
    const ended = await stack.story.follow(waiting, 'end')
    expect(ended).toMatchObject({ state: 'CLOSED', outcome: 'cancelled', code: 'CLYRA_CHANGE_TERMINATED', attempt: 1 })
    expect(await stack.story.ana.submit(request, site)).toMatchObject({ change_id: ended.change_id, attempt: 2, outcome: null })
    await stack.story.ana.cancel(ended.change_id, 'enough')
    expect(await stack.story.follow(await stack.story.ana.change(ended.change_id), 'end')).toMatchObject({
      attempt: 2,
      outcome: 'cancelled',
    })
  }, 90_000)

  test('while it applies: settled from the warehouse, sealed as failed, and applied by nobody', async () => {
    const before = await stack.story.warehouse('select total_cents from shop.orders where order_id = 46')
    const lock = await holding(warehouseUrl(stack), 'select from shop.orders where order_id = 46 for update')
    const request = { ...many(0), statements: ['UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = 46'] }
    const asked = await stack.story.ana.submit(request, randomUUID())
    await until(asked, 'attempt', 1)
    await temporal('workflow', 'terminate', '-w', asked.workflow_id, '--reason', 'a test')
    const ended = await stack.story.follow(asked, 'end')
    await lock()
    expect(ended).toMatchObject({ state: 'CLOSED', outcome: 'failed' })
    expect(await stack.story.warehouse('select total_cents from shop.orders where order_id = 46')).toEqual(before)
  }, 90_000)
})

describe('a cancel', () => {
  test('that Temporal does not hear is taken, and carried out when it is back', async () => {
    const waiting = await stack.story.ask(many(1015), 'verdict')
    const goOn = stopped(stack, 'temporal')
    const asked = await stack.story.ana.cancel(waiting.change_id, 'not now')
    goOn()
    expect(asked).toMatchObject({ state: 'AWAITING_APPROVAL', outcome: null })
    expect(await stack.story.follow(waiting, 'end')).toMatchObject({ outcome: 'cancelled', code: 'CLYRA_CHANGE_CANCELLED' })
  }, 90_000)

  test('made again while the run is at work changes nothing', async () => {
    const lock = await holding(warehouseUrl(stack), 'select from shop.orders where order_id = 47 for update')
    const request = { ...many(0), statements: ['UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = 47'] }
    const asked = await stack.story.ana.submit(request, randomUUID())
    await until(asked, 'attempt', 1)
    for (const reason of ['once', 'twice']) expect(await stack.story.ana.cancel(asked.change_id, reason)).toMatchObject({ outcome: null })
    await lock()
    expect(await stack.story.follow(asked, 'end')).toMatchObject({ outcome: 'enforced' })
  }, 60_000)
})

describe('a closed change that Temporal has forgotten', () => {
  test('is shown, listed, proved, and not run again', async () => {
    const request: ChangeRequest = {
      ...many(0),
      statements: ['UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = 45'],
    }
    const site = randomUUID()
    const done = await stack.story.follow(await stack.story.ana.submit(request, site), 'end')
    await forget(done.workflow_id)
    expect(await stack.story.ana.change(done.change_id)).toEqual(done)
    expect(await stack.story.ana.submit(request, site)).toEqual(done)
    expect(await isForgotten(done.workflow_id)).toBe(true)
    const file = join(stack.home, 'forgotten.zip')
    expect(await stack.story.clyra('evidence', 'get', done.change_id, '--output', file)).toBe(0)
    expect(verifiers().map(({ verify }) => verify(file).verdict)).toEqual(verifiers().map(() => 'valid'))
    stack.said.length = 0
    expect(await stack.story.clyra('change', 'list', '--state', 'CLOSED')).toBe(0)
    expect(stack.said.join('\n')).toContain(done.change_id)
  }, 60_000)
})

describe('a change nobody could tell of', () => {
  test('is resolved by reading the warehouse back, once it answers; the sealed evidence stays as it is', async () => {
    const waiting = await stack.story.ask(many(1000), 'verdict')
    const roles = await stack.story.warehouse<{ rolname: string }>(
      `select rolname from pg_roles where rolcanlogin and not rolsuper and rolname like 'clyra%'`,
    )
    const logins = async (may: 'login' | 'nologin') => {
      for (const { rolname } of roles) await stack.story.warehouse(`alter role ${rolname} ${may}`)
    }
    const resolve = () => stack.story.clyra('change', 'resolve', waiting.change_id)
    expect(await resolve()).not.toBe(0)
    // Its statement waits for a lock when the warehouse stops letting Clyra in and ends the session it had.
    const release = await holding(warehouseUrl(stack), 'lock table shop.orders in share mode')
    expect(await approve(waiting)).toBe(0)
    await until(waiting, 'attempt', 1)
    const waits = `select pid from pg_stat_activity where usename = 'clyra_dml' and wait_event_type = 'Lock'`
    await untilTrue(async () => (await stack.story.warehouse(waits)).length === 1)
    await logins('nologin')
    await stack.story.warehouse(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'clyra_dml'`)
    await release()
    const ended = await stack.story.follow(waiting, 'end')
    expect(ended).toMatchObject({ state: 'CLOSED', outcome: 'ambiguous' })
    expect(ended).not.toHaveProperty('resolution')
    stack.said.length = 0
    expect(await resolve()).not.toBe(0)
    expect(stack.said.join('\n')).toContain('CLYRA_CHANGE_UNRESOLVED')
    await logins('login')
    expect([await resolve(), await resolve()]).toEqual([0, 0])
    const resolution = { outcome: 'failed', code: 'CLYRA_ENFORCE_NOT_APPLIED', settled_by: 'tombstone' }
    expect(await stack.story.ana.change(ended.change_id)).toMatchObject({ ...ended, resolution })
    const kept = `select from clyra.receipts where stream = 'ledger/default' and kind = 'resolution' and line like '%${ended.change_id}%'`
    expect(await stack.story.store(kept)).toBe(1)
  }, 90_000)
})

describe('their evidence', () => {
  test('is valid for both verifiers', () => {
    const judges = verifiers()
    const files = filesBelow(join(stack.home, '.clyra/evidence'))
    const verdicts = files.flatMap((file) => judges.map(({ name, verify }) => `${name} ${verify(file).verdict} ${verify(file).failed}`))
    expect([...new Set(verdicts)].sort()).toEqual(judges.map(({ name }) => `${name} valid null`).sort())
  }, 120_000)
})

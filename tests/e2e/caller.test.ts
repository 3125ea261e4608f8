// The caller executor on real parts: whoever asked does the work in his own transaction, under a grant, or it is proved that he did not.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { createClient } from '../../cli/client.ts'
import { verifiers } from '../../cli/quickstart/check.ts'
import type { ChangeRequest, ChangeView, GrantView } from '../../core/generated/types.ts'
import { historyOf } from '../support/history.ts'
import { filesBelow } from '../support/leaks.ts'
import { startTestStack, type TestStack } from '../support/stack.ts'
import { temporalCli } from '../support/temporal-cli.ts'

let stack: TestStack
let orders = 100

const secret = (name: string) => readFileSync(stack.key(name), 'utf8').trim()
const admin = () => createClient({ base: stack.run.gateway, token: secret('admin.token') })
const codeFrom = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'no error',
    ({ code, message }: { code: string; message: string }) => (code.startsWith('CLYRA') ? code : message.split(' ')[0]),
  )

interface Asked {
  view: ChangeView
  order: number
  statement: string
}

/** A change of one order that the caller may do now. */
async function ask(seconds = 60, target = 'shop'): Promise<Asked> {
  orders += 1
  const statement = `UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = ${orders}`
  const request: ChangeRequest = {
    kind: 'sql',
    target,
    executor: 'caller',
    statements: [statement],
    limits: { grant_seconds: seconds },
    reason: 'a test',
    source: 'e2e-caller',
  }
  const before = await totalOf(orders)
  await stack.story.warehouse('insert into public.caller_before values ($1, $2)', [orders, before])
  const view = await stack.story.ask(request, 'grant')
  expect(view).toMatchObject({ state: 'ENFORCING', executor: 'caller' })
  return { view, order: orders, statement }
}

async function grantFor({ view }: Asked): Promise<GrantView> {
  const grant = await stack.story.ana.grant(view.change_id, 'etl')
  stack.forbid({ secrets: [grant.token] })
  return grant
}

const totalOf = async (order: number) =>
  (await stack.story.warehouse<{ total: string }>(`select total_cents as total from shop.orders where order_id = ${order}`))[0]?.total
const added = async ({ order }: Asked) =>
  (
    await stack.story.warehouse<{ n: number }>(
      `select (o.total_cents - b.total)::int as n from shop.orders o join public.caller_before b using (order_id) where order_id = ${order}`,
    )
  )[0]?.n
const redeem = 'select clyra_guard.redeem($1)'
const work = (grant: GrantView, { statement }: Asked) => stack.story.job([redeem, [grant.token]], [statement])

async function openTransaction(grant: GrantView): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: secret('shop-etl.url') })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('begin')
  await client.query(redeem, [grant.token])
  return client
}

beforeAll(async () => {
  stack = await startTestStack()
  await stack.story.warehouse('create table public.caller_before (order_id bigint primary key, total bigint)')
}, 60_000)

afterAll(async () => {
  await stack?.stop()
}, 60_000)

test('redeemed, committed and reported: enforced, observed, with the login and transaction of the caller', async () => {
  const asked = await ask()
  expect(await codeFrom(stack.story.ana.complete(asked.view.change_id))).toBe('CLYRA_GRANT_NOT_REDEEMED')
  await work(await grantFor(asked), asked)
  const end = await stack.story.follow(await stack.story.ana.complete(asked.view.change_id), 'end')
  expect(end).toMatchObject({ outcome: 'enforced', affected_rows: null, code: null })
  expect(await added(asked)).toBe(1)
  expect(end.anchor).toMatch(/ xid \d+$/)
  expect(await codeFrom(stack.story.ana.grant(asked.view.change_id, 'etl'))).toBe('CLYRA_GRANT_NOT_OPEN')
  expect(await stack.story.ana.complete(asked.view.change_id)).toMatchObject({ state: 'CLOSED', outcome: 'enforced' })
}, 60_000)

test('redeemed and committed but never reported: read back when the time is over', async () => {
  const asked = await ask(3)
  await work(await grantFor(asked), asked)
  expect(await stack.story.follow(asked.view, 'end')).toMatchObject({ outcome: 'enforced' })
  expect(await added(asked)).toBe(1)
}, 60_000)

test('not redeemed in time: failed, the token is worth nothing, and the change may be asked for again', async () => {
  const asked = await ask(2)
  const grant = await grantFor(asked)
  expect(await stack.story.follow(asked.view, 'end')).toMatchObject({ outcome: 'failed', code: 'CLYRA_GRANT_EXPIRED' })
  expect(await codeFrom(work(grant, asked))).toMatch(/^CLYRA_GRANT_(EXPIRED|SETTLED)$/)
  expect(await added(asked)).toBe(0)
}, 60_000)

test('a transaction that is still open when the time is over is ended: failed, nothing applied', async () => {
  const asked = await ask(3)
  const client = await openTransaction(await grantFor(asked))
  await client.query(asked.statement)
  expect(await stack.story.follow(asked.view, 'end')).toMatchObject({ outcome: 'failed', code: 'CLYRA_GRANT_EXPIRED' })
  await expect(client.query('commit')).rejects.toThrow()
  await client.end().catch(() => undefined)
  expect(await added(asked)).toBe(0)
}, 60_000)

test('a reissue revokes the grant before it; once one is redeemed there is no other', async () => {
  const asked = await ask()
  const first = await grantFor(asked)
  const second = await grantFor(asked)
  expect(await codeFrom(work(first, asked))).toBe('CLYRA_GRANT_REVOKED')
  await work(second, asked)
  expect(await codeFrom(work(second, asked))).toBe('CLYRA_GRANT_SETTLED')
  expect(await codeFrom(grantFor(asked))).toBe('CLYRA_GRANT_REDEEMED')
  await stack.story.ana.complete(asked.view.change_id)
  expect(await stack.story.follow(asked.view, 'end')).toMatchObject({ outcome: 'enforced' })
  expect(await added(asked)).toBe(1)
}, 60_000)

test('one grant, twenty sessions at once: one commits', async () => {
  const asked = await ask()
  const grant = await grantFor(asked)
  const ends = await Promise.all(Array.from({ length: 20 }, () => codeFrom(work(grant, asked))))
  expect(ends.filter((end) => end === 'no error')).toHaveLength(1)
  expect(await added(asked)).toBe(1)
  await stack.story.ana.complete(asked.view.change_id)
  expect(await stack.story.follow(asked.view, 'end')).toMatchObject({ outcome: 'enforced' })
}, 60_000)

test('withdrawn by who asked: failed, the grant is worth nothing', async () => {
  const asked = await ask()
  const grant = await grantFor(asked)
  await stack.story.ana.cancel(asked.view.change_id, 'not tonight')
  expect(await stack.story.follow(asked.view, 'end')).toMatchObject({ outcome: 'failed', code: 'CLYRA_GRANT_WITHDRAWN' })
  expect(await codeFrom(work(grant, asked))).toBe('CLYRA_GRANT_SETTLED')
  expect(await added(asked)).toBe(0)
}, 60_000)

test('withdrawn after it was committed: the work stands, and the change says so', async () => {
  const asked = await ask()
  await work(await grantFor(asked), asked)
  await stack.story.ana.cancel(asked.view.change_id, 'too late')
  expect(await stack.story.follow(asked.view, 'end')).toMatchObject({ outcome: 'enforced' })
  expect(await added(asked)).toBe(1)
}, 60_000)

test('nobody else gets a grant: not another requester, not for another login, not while frozen', async () => {
  const asked = await ask()
  const pipeline = createClient({ base: stack.run.gateway, token: secret('pipeline.token') })
  expect(await codeFrom(pipeline.grant(asked.view.change_id, 'etl'))).toBe('CLYRA_API_FORBIDDEN')
  expect(await codeFrom(pipeline.complete(asked.view.change_id))).toBe('CLYRA_API_FORBIDDEN')
  expect(await codeFrom(stack.story.ana.grant(asked.view.change_id, 'shop_owner'))).toBe('CLYRA_GRANT_LOGIN')
  await admin().freeze({ target: 'shop', frozen: true, reason: 'three in the morning' })
  expect(await codeFrom(grantFor(asked))).toBe('CLYRA_ENFORCE_FROZEN')
  await admin().freeze({ target: 'shop', frozen: false, reason: 'go on' })
  await stack.story.ana.cancel(asked.view.change_id, 'only a test')
  expect(await stack.story.follow(asked.view, 'end')).toMatchObject({ outcome: 'failed' })
}, 60_000)

test('a freeze takes the work back, also from a transaction that is open', async () => {
  const [idle, open] = [await ask(), await ask()]
  const [grant, client] = [await grantFor(idle), await openTransaction(await grantFor(open))]
  await client.query(open.statement)
  await admin().freeze({ target: 'shop', frozen: true, reason: 'stop it' })
  for (const { view } of [idle, open])
    expect(await stack.story.follow(view, 'end')).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_FROZEN' })
  await admin().freeze({ target: 'shop', frozen: false, reason: 'go on' })
  await expect(client.query('commit')).rejects.toThrow()
  await client.end().catch(() => undefined)
  expect(await codeFrom(work(grant, idle))).toBe('CLYRA_GRANT_SETTLED')
  expect([await added(idle), await added(open)]).toEqual([0, 0])
}, 60_000)

test('a run that was terminated or reset while the caller has the work takes it back', async () => {
  const temporal = (...words: string[]) => temporalCli(stack.run.temporal.address, ...words)
  const [terminated, reset, done] = [await ask(), await ask(), await ask()]
  const grants = [await grantFor(terminated), await grantFor(reset)]
  await work(await grantFor(done), done)
  for (const { view } of [terminated, done]) await temporal('workflow', 'terminate', '-w', view.workflow_id, '--reason', 'a test')
  await temporal('workflow', 'reset', '-w', reset.view.workflow_id, '--type', 'FirstWorkflowTask', '--reason', 'a test')
  expect(await stack.story.follow(reset.view, 'end')).toMatchObject({ outcome: 'failed', code: 'CLYRA_GRANT_WITHDRAWN' })
  expect(await stack.story.follow(terminated.view, 'end')).toMatchObject({ outcome: 'failed', code: 'CLYRA_GRANT_WITHDRAWN' })
  expect(await stack.story.follow(done.view, 'end')).toMatchObject({ outcome: 'enforced' })
  for (const [index, asked] of [terminated, reset].entries())
    expect(await codeFrom(work(grants[index] as GrantView, asked))).toBe('CLYRA_GRANT_SETTLED')
  expect([await added(terminated), await added(reset), await added(done)]).toEqual([0, 0, 1])
}, 90_000)

test('what it costs: one activity more than a change that Clyra applies', async () => {
  const asked = await ask()
  await work(await grantFor(asked), asked)
  await stack.story.ana.complete(asked.view.change_id)
  await stack.story.follow(asked.view, 'end')
  const { activities, workflowTasks, events } = await historyOf(stack.run.temporal.address, asked.view.workflow_id)
  expect(activities).toBe(6)
  expect(workflowTasks).toBeLessThanOrEqual(8)
  expect(events).toBeLessThanOrEqual(53)
}, 60_000)

test('in review the caller does his work as ever: no grant, observed', async () => {
  const view = await stack.story.ask(
    {
      kind: 'sql',
      target: 'shop_staging',
      executor: 'caller',
      statements: ['UPDATE staging.order_imports SET status = status'],
      source: 'e2e-caller',
    },
    'end',
  )
  expect(view).toMatchObject({ outcome: 'observed', executor: 'caller' })
}, 60_000)

test('every file of evidence is valid for both verifiers; what was seen of the caller stands in it', () => {
  const files = filesBelow(join(stack.home, '.clyra/evidence'))
  expect(files).toHaveLength(16)
  for (const file of files)
    for (const { name, verify } of verifiers()) expect([name, verify(file).verdict, verify(file).failed]).toEqual([name, 'valid', null])
}, 60_000)

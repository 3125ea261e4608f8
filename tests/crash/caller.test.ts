// kill -9 of each part while a caller has the work: he does it once or it is proved that he did not, and at most he asks for a grant again.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { createClient } from '../../cli/client.ts'
import { verifiers } from '../../cli/quickstart/check.ts'
import type { ChangeView } from '../../core/generated/types.ts'
import { connected, redeem, work } from '../support/grants.ts'
import type { Hold, Moment } from '../support/holds.ts'
import { killAndAwaitReturn, killPart, until, untilReturn } from '../support/kill.ts'
import { startTestStack, type TestStack } from '../support/stack.ts'
import { kinds, outcomeOf, waitingFor } from './looks.ts'

let stack: TestStack
let connection: Connection
let client: Client
let orders = 0

beforeAll(async () => {
  stack = await startTestStack({ counted: true })
  connection = await Connection.connect({ address: stack.run.temporal.address })
  client = new Client({ connection })
}, 180_000)

afterAll(async () => {
  await connection?.close()
  await stack?.stop()
}, 60_000)

afterEach(() => {
  stack.lines?.store.releaseAll()
  stack.lines?.warehouse.releaseAll()
})

interface Asked {
  view: ChangeView
  id: string
  statement: string
  order: number
  before: number
}

const secret = (name: string) => readFileSync(stack.key(name), 'utf8').trim()
const login = () => ({ connectionString: secret('shop-etl.url') })
const centsOf = async (order: number) =>
  Number(
    (await stack.story.warehouse<{ total_cents: string }>('select total_cents from shop.orders where order_id = $1', [order]))[0]
      ?.total_cents,
  )
const added = async ({ order, before }: Asked) => (await centsOf(order)) - before
const hold = (texts: string[], moment: Moment, base: 'store' | 'warehouse' = 'store'): Hold => {
  if (stack.lines === null) throw new Error('expected a stack with lines')
  return stack.lines[base].hold(texts, moment)
}

/** A change that a caller is to do; asked for, and no more. */
async function submit(seconds = 60): Promise<Asked> {
  orders += 1
  const order = orders
  const statement = `UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = ${order}`
  const before = await centsOf(order)
  const limits = { grant_seconds: seconds }
  const about = { kind: 'sql', target: 'shop', executor: 'caller', reason: 'a test', source: 'crash' } as const
  const view = await stack.story.ana.submit({ ...about, statements: [statement], limits }, `caller-${order}`)
  return { view, id: view.change_id, statement, order, before }
}

async function ask(seconds?: number): Promise<Asked> {
  const asked = await submit(seconds)
  expect(await stack.story.follow(asked.view, 'grant')).toMatchObject({ state: 'ENFORCING' })
  return asked
}

async function tokenFor({ id }: Asked): Promise<string> {
  const { token } = await stack.story.ana.grant(id, 'etl')
  stack.forbid({ secrets: [token] })
  return token
}

const doIt = async (asked: Asked) => expect(await work(login(), await tokenFor(asked), [asked.statement])).toMatch(/^\d+$/)
// As the gateway tells it, without a look of the gateway's own.
const report = ({ view }: Asked) => client.workflow.getHandle(view.workflow_id).signal('complete')
const observed = ['anchor', 'anchor', 'snapshot', 'snapshot', 'delta']

async function expectEnd(asked: Asked, outcome: 'enforced' | 'failed', grants: number): Promise<void> {
  expect(await outcomeOf(stack, client, asked.id)).toBe(outcome)
  const looked = outcome === 'enforced' ? observed : []
  const granted = Array.from({ length: grants }, () => 'grant')
  const end = ['outcome', ...looked, 'recorded', 'attestation', 'ticket']
  expect(await kinds(stack, asked.id)).toEqual(['change', 'verdict', 'attempt', ...granted, ...end])
  expect(await added(asked)).toBe(outcome === 'enforced' ? 1 : 0)
  const { evidence } = await stack.story.ana.change(asked.id)
  for (const { name, verify } of verifiers())
    expect([name, verify(join(stack.home, '.clyra/evidence', evidence as string)).verdict]).toEqual([name, 'valid'])
}

describe('the worker is killed', () => {
  test.each<[Moment, string | undefined]>([
    ['before', 'verdict'],
    ['after', 'attempt'],
  ])(
    '%s the window is written: it opens once, and the caller does his work',
    async (moment, last) => {
      const asked = await submit()
      const held = hold(['move_head', 'attempt:1', asked.id], moment)
      await held.reached
      await until(async () => (await kinds(stack, asked.id)).at(-1) === last)
      const killed = killPart(stack, 'worker')
      held.cut()
      await untilReturn(stack, killed)
      expect(await stack.story.follow(asked.view, 'grant')).toMatchObject({ state: 'ENFORCING' })
      await doIt(asked)
      await report(asked)
      await expectEnd(asked, 'enforced', 1)
    },
    90_000,
  )

  test('before, during and after it observes: what was committed is found, once', async () => {
    const places: [texts: (id: string) => string[], moment: Moment, base: 'store' | 'warehouse', last: string][] = [
      [(id) => ['read_now', id], 'before', 'store', 'grant'],
      [() => ['clyra_guard.tombstone'], 'before', 'warehouse', 'grant'],
      [(id) => ['move_head', 'outcome:1', id], 'before', 'store', 'grant'],
      [(id) => ['move_head', 'outcome:1', id], 'after', 'store', 'outcome'],
    ]
    const stood: { asked: Asked; held: Hold; last: string }[] = []
    for (const [texts, moment, base, last] of places) {
      const asked = await ask()
      await doIt(asked)
      const held = hold(texts(asked.id), moment, base)
      await report(asked)
      await held.reached
      stood.push({ asked, held, last })
    }
    for (const { asked, last } of stood) {
      await until(async () => (await kinds(stack, asked.id)).at(-1) === last)
      expect(await waitingFor(client, asked.id)).toEqual(['observe'])
    }
    const killed = killPart(stack, 'worker')
    for (const { held } of stood) held.cut()
    await untilReturn(stack, killed)
    for (const { asked } of stood) await expectEnd(asked, 'enforced', 1)
  }, 120_000)
})

describe('the gateway is killed', () => {
  test.each<[Moment, number]>([
    ['before', 1],
    ['after', 2],
  ])(
    '%s the receipt of a grant is written, and the token was never told: asked again, there is another',
    async (moment, grants) => {
      const asked = await ask()
      const held = hold(['move_head', 'grant:1', asked.id], moment)
      const ana = createClient({ base: stack.run.gateway, token: secret('ana.token') })
      const told = ana.grant(asked.id, 'etl').then(
        () => 'a token',
        () => 'nothing',
      )
      await held.reached
      await until(async () => (await kinds(stack, asked.id)).length === 2 + grants)
      const killed = killPart(stack, 'gateway')
      held.cut()
      expect(await told).toBe('nothing')
      await untilReturn(stack, killed)
      await doIt(asked)
      await stack.story.ana.complete(asked.id)
      await expectEnd(asked, 'enforced', grants)
    },
    90_000,
  )
})

describe('the warehouse is killed', () => {
  test('while a caller who has redeemed is in the middle of his transaction: nothing of it stays; he asks again, or it fails', async () => {
    const [again, gone] = [await ask(), await ask(8)]
    const open = []
    for (const asked of [again, gone]) {
      const session = await connected(login())
      await session.query('begin')
      await redeem(session, await tokenFor(asked))
      await session.query(asked.statement)
      open.push(session)
    }
    await killAndAwaitReturn(stack, 'warehouse')
    for (const session of open) {
      await expect(session.query('commit')).rejects.toThrow()
      await session.end().catch(() => undefined)
    }
    expect([await added(again), await added(gone)]).toEqual([0, 0])
    await doIt(again)
    await stack.story.ana.complete(again.id)
    await expectEnd(again, 'enforced', 2)
    await expectEnd(gone, 'failed', 1)
  }, 90_000)
})

describe('the store is killed', () => {
  test.each<[string, (id: string) => string[], Moment]>([
    ['as it begins', (id) => ['read_now', id], 'before'],
    ['when the outcome is known', (id) => ['move_head', 'outcome:1', id], 'before'],
    ['when the outcome is written', (id) => ['move_head', 'outcome:1', id], 'after'],
  ])(
    'while the run observes, %s: it looks again',
    async (_when, texts, moment) => {
      const asked = await ask()
      await doIt(asked)
      const held = hold(texts(asked.id), moment)
      await report(asked)
      await held.reached
      expect(await waitingFor(client, asked.id)).toEqual(['observe'])
      const killed = killPart(stack, 'store')
      await untilReturn(stack, killed)
      held.release()
      await expectEnd(asked, 'enforced', 1)
    },
    90_000,
  )
})

// kill -9 of each part while changes stand before, during and after each of the eight stages. Nobody acts; every change ends as it
// would have without the kill, its effect happens once.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import type { ChangeRequest } from '../../core/generated/types.ts'
import { killAndAwaitReturn, killPart, until, untilReturn } from '../support/kill.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'
import { expectToStand, expectWhole, outcomeOf, rows } from './looks.ts'
import { after, before, during, type Point, type Standing, stopAt } from './points.ts'

let stack: TestStack
let connection: Connection
let client: Client

beforeAll(async () => {
  stack = await startTestStack({ counted: true })
  connection = await Connection.connect({ address: stack.run.temporal.address })
  client = new Client({ connection })
  await enroll(stack, 'ben')
}, 180_000)

afterAll(async () => {
  await connection?.close()
  await stack?.stop()
}, 60_000)

afterEach(() => {
  stack.lines?.store.releaseAll()
  stack.lines?.warehouse.releaseAll()
})

interface Stood extends Standing {
  id: string
  point: Point
  order: number
  cents: number
  approving: Promise<number> | null
}

let orders = 0
const request = (order: number, { change }: Point): ChangeRequest => ({
  kind: 'sql',
  target: 'shop',
  statements: [
    change === 'denied'
      ? 'UPDATE shop.orders SET total_cents = 0'
      : change === 'large'
        ? `WITH one AS (UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = ${order} RETURNING order_id) SELECT * FROM one`
        : `UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = ${order}`,
  ],
  reason: 'a test',
  source: 'crash',
})
const centsOf = async (order: number) =>
  Number(
    (await stack.story.warehouse<{ total_cents: string }>('select total_cents from shop.orders where order_id = $1', [order]))[0]
      ?.total_cents,
  )
const approve = (id: string) => stack.story.clyra('approve', id, '--key-file', stack.key('ben.pem'), '--yes')

async function stand(point: Point): Promise<Stood> {
  orders += 1
  const order = orders
  const cents = await centsOf(order)
  let approving: Promise<number> | null = null
  const standing = await stopAt(stack, point, order, async () => {
    const { change_id } = await stack.story.ana.submit(request(order, point), `crash-${order}`)
    if (point.change === 'large') await until(async () => (await stack.story.ana.change(change_id)).state === 'AWAITING_APPROVAL')
    if (point.decided) approving = approve(change_id)
    return change_id
  })
  return { ...standing, point, order, cents, approving }
}

async function standAll(points: readonly Point[]): Promise<Stood[]> {
  const stood: Stood[] = []
  for (const point of points) stood.push(await stand(point))
  for (const { id, point } of stood) await expectToStand(stack, client, id, point)
  return stood
}

async function endAll(stood: readonly Stood[], part: string, kills = 1): Promise<void> {
  for (const { id, point, approving } of stood) {
    if (point.change === 'large' && approving === null) expect(await approve(id)).toBe(0)
    if (approving !== null) expect(await approving).toBe(0)
  }
  for (const { id, point, order, cents } of stood) {
    const outcome = (await outcomeOf(stack, client, id)) as 'enforced' | 'failed' | 'denied'
    const title = `${point.stage}: ${point.where}`
    expect([title, endsOf(point, part, kills).includes(outcome), outcome]).toEqual([title, true, outcome])
    await expectWhole(stack, id, outcome, point.change === 'large')
    expect([title, await centsOf(order)]).toEqual([title, cents + (outcome === 'enforced' ? 1 : 0)])
  }
}

const endsOf = ({ change, open, stage, applied }: Point, part: string, kills: number): string[] => {
  if (change === 'denied') return ['denied']
  // Whoever has gone on since the first kill may have a transaction open at the second.
  const mayHaveBegun = kills > 1 && ['listen', 'policy', 'approval', 'enforce'].includes(stage) && !applied
  return part === 'warehouse' && (open || mayHaveBegun) ? ['enforced', 'failed'] : ['enforced']
}

const moments = { before, during, after }
const receiptCount = async () => Number((await rows<{ n: string }>(stack, 'select count(*) as n from clyra.receipts'))[0]?.n)

describe.each(['worker', 'gateway', 'temporal', 'store', 'warehouse'])('the %s is killed', (part) => {
  test.each(Object.keys(moments) as (keyof typeof moments)[])(
    '%s each stage',
    async (moment) => {
      const stood = await standAll(moments[moment])
      const killed = killPart(stack, part)
      // What a dead process had sent is lost; what waits for a dead server goes on when that is back.
      if (part === 'worker') for (const { cut } of stood) await cut()
      await untilReturn(stack, killed)
      for (const { release } of stood) await release()
      await endAll(stood, part)
    },
    180_000,
  )

  test('twice in a row', async () => {
    const stood = await standAll(during)
    const killed = killPart(stack, part)
    if (part === 'worker') for (const { cut } of stood) await cut()
    await untilReturn(stack, killed)
    const written = await receiptCount()
    for (const { release } of stood) await release()
    await until(async () => (await receiptCount()) > written)
    await killAndAwaitReturn(stack, part)
    await endAll(stood, part, 2)
  }, 180_000)
})

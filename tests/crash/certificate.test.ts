// kill -9 of the worker between the certificate it verified and what that allows: the same execution goes on, once, and nobody else can.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import type { ChangeRequest } from '../../core/generated/types.ts'
import { killPart, until, untilReturn } from '../support/kill.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'
import { expectToStand, expectWhole, outcomeOf } from './looks.ts'
import { stopAt, taking } from './points.ts'

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

const request = (order: number): ChangeRequest => ({
  kind: 'sql',
  target: 'shop',
  statements: [
    `WITH one AS (UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = ${order} RETURNING order_id) SELECT * FROM one`,
  ],
  reason: 'a test',
  source: 'crash',
})
const centsOf = async (order: number) => {
  const found = await stack.story.warehouse<{ total_cents: string }>('select total_cents from shop.orders where order_id = $1', [order])
  return Number(found[0]?.total_cents)
}
const takenBy = (id: string) => stack.story.store(`select from clyra.single_use where purpose = 'certificate' and owner like '${id} %'`)

test.each(taking.map((point, index) => [point.where, point, 500 + index] as const))(
  '%s',
  async (_, point, order) => {
    const cents = await centsOf(order)
    let approving: Promise<number> | null = null
    const { id, cut } = await stopAt(stack, point, order, async () => {
      const { change_id } = await stack.story.ana.submit(request(order), `certificate-${order}`)
      await until(async () => (await stack.story.ana.change(change_id)).state === 'AWAITING_APPROVAL')
      approving = stack.story.clyra('approve', change_id, '--key-file', stack.key('ben.pem'), '--yes')
      return change_id
    })
    await expectToStand(stack, client, id, point)
    const killed = killPart(stack, 'worker')
    await cut()
    await untilReturn(stack, killed)
    expect(await approving).toBe(0)
    expect(await outcomeOf(stack, client, id)).toBe('enforced')
    await expectWhole(stack, id, 'enforced', true)
    expect([await centsOf(order), await takenBy(id)]).toEqual([cents + 1, 1])
  },
  120_000,
)

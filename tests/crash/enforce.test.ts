// kill -9 of the worker around the effect. Where it is killed is arranged from outside, with locks in the warehouse and the store, and
// asserted: the effect happens exactly once, and the evidence says how that is known.

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { verifiers } from '../../cli/quickstart/check.ts'
import type { ChangeRequest, ChangeView } from '../../core/generated/types.ts'
import { killAndAwaitReturn, until } from '../support/kill.ts'
import { holding, storeUrl, warehouseUrl } from '../support/locks.ts'
import { startTestStack, type TestStack } from '../support/stack.ts'

let stack: TestStack

beforeAll(async () => {
  stack = await startTestStack()
}, 180_000)

afterAll(async () => {
  await stack?.stop()
}, 60_000)

const request = (order: number): ChangeRequest => ({
  kind: 'sql',
  target: 'shop',
  statements: [`UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = ${order}`],
  reason: 'a test',
  source: 'crash',
})
const cents = async (order: number) =>
  (await stack.story.warehouse<{ total_cents: string }>('select total_cents from shop.orders where order_id = $1', [order]))[0]?.total_cents
const receipts = (view: ChangeView, kind: string) =>
  stack.story.store(`select from clyra.receipts where stream = 'change/${view.change_id}' and kind = '${kind}'`)
const guardRows = async (view: ChangeView) =>
  (await stack.story.warehouse<{ state: string }>('select state from clyra_guard.attempts where change_id = $1', [view.change_id])).map(
    ({ state }) => state,
  )

async function enforcedOnce(view: ChangeView, order: number, before: string | undefined): Promise<ChangeView> {
  const end = await stack.story.follow(view, 'end')
  expect(end).toMatchObject({ outcome: 'enforced', affected_rows: 1, state: 'CLOSED' })
  expect(await cents(order)).toBe(String(Number(before) + 1))
  expect(await guardRows(end)).toEqual(['applied'])
  for (const { verify } of verifiers()) expect(verify(join(stack.home, '.clyra/evidence', end.evidence as string)).verdict).toBe('valid')
  return end
}

describe('the worker is killed', () => {
  test('while a statement waits in the warehouse: rolled back there, applied once by the next worker', async () => {
    const before = await cents(42)
    const release = await holding(warehouseUrl(stack), 'select from shop.orders where order_id = 42 for update')
    const view = await stack.story.ana.submit(request(42), 'crash-during')
    await until(async () => (await receipts(view, 'attempt')) === 1)
    expect(await receipts(view, 'outcome')).toBe(0)
    await killAndAwaitReturn(stack, 'worker')
    await release()
    await enforcedOnce(view, 42, before)
  }, 120_000)

  test('after COMMIT and before the outcome is written: settled by the guard row, not applied again', async () => {
    const before = await cents(43)
    const release = await holding(warehouseUrl(stack), 'select from shop.orders where order_id = 43 for update')
    const view = await stack.story.ana.submit(request(43), 'crash-after')
    await until(async () => (await receipts(view, 'attempt')) === 1)
    const unblock = await holding(storeUrl(stack), `select from clyra.heads where stream = 'change/${view.change_id}' for update`)
    await release()
    await until(async () => (await guardRows(view)).length === 1)
    expect(await receipts(view, 'outcome')).toBe(0)
    await killAndAwaitReturn(stack, 'worker')
    // The append the dead worker had sent would still be carried out when the lock goes.
    await stack.story.store(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'clyra_service' and wait_event_type = 'Lock'`,
    )
    await unblock()
    const end = await enforcedOnce(view, 43, before)
    const settled = `select from clyra.receipts where stream = 'change/${end.change_id}' and kind = 'outcome' and line like '%"settled_by":"guard_row"%'`
    expect(await stack.story.store(settled)).toBe(1)
  }, 120_000)

  test('twice in a row while the bundle is sealed: one file, one seal', async () => {
    const release = await holding(storeUrl(stack), `select from clyra.heads where stream = 'ledger/default' for update`)
    const before = await cents(44)
    const view = await stack.story.ana.submit(request(44), 'crash-seal')
    await until(async () => (await receipts(view, 'recorded')) === 1)
    await killAndAwaitReturn(stack, 'worker')
    await killAndAwaitReturn(stack, 'worker')
    await release()
    const end = await enforcedOnce(view, 44, before)
    const seals = `select from clyra.receipts where stream = 'ledger/default' and kind = 'bundle_sealed' and line like '%${end.change_id}%'`
    expect(await stack.story.store(seals)).toBe(1)
  }, 120_000)
})

// What waits costs long polls and nothing else: nobody polls on its behalf.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ChangeView } from '../../core/generated/types.ts'
import { startTestStack, type TestStack } from '../support/stack.ts'
import { cancelAll, openGates, waitersOf } from '../support/waiters.ts'

const [count, polls, seconds] = [20, 2, 3]
let stack: TestStack
let views: ChangeView[]

beforeAll(async () => {
  stack = await startTestStack({ counted: true })
  views = await openGates(stack, count)
}, 120_000)

afterAll(async () => {
  await stack?.stop()
}, 60_000)

test('changes that wait are asked about by their waiters alone, five statements a poll', async () => {
  stack.lines?.store.take()
  const began = performance.now()
  const waiters = waitersOf(stack, views, seconds, polls)
  expect(await Promise.all(waiters.map(({ moved }) => moved))).toEqual(views.map(() => null))
  // Each poll stood as long as it was asked to.
  expect(performance.now() - began).toBeGreaterThanOrEqual(polls * seconds * 1000 - 100)
  const { unsealed_changes: swept = 0, ...asked } = stack.lines?.store.take().byStatement ?? {}
  const all = count * polls
  expect(asked).toMatchObject({ find_token: all, change_versions: all, change_by_id: 2 * all, read_now: all })
  // The one connection that listens is opened by the first who waits.
  expect(Object.keys(asked).filter((name) => !['find_token', 'change_versions', 'change_by_id', 'read_now', ''].includes(name))).toEqual([])
  expect(swept).toBeLessThanOrEqual(2)
}, 60_000)

test('each waiter knows within a second of the next receipt of its change', async () => {
  const waiters = waitersOf(stack, views, 50)
  const delays = await cancelAll(stack, views, waiters)
  expect(waiters.map(({ polls }) => polls)).toEqual(views.map(() => 1))
  expect(delays).toHaveLength(count)
  for (const delay of delays) expect(delay).toBeLessThan(1000)
}, 120_000)

// Approvers are told in Slack, on real parts: the whole stack, the real client, the emulator. Nothing is decided there.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ChangeRequest, ChangeView } from '../../core/generated/types.ts'
import { killAndAwaitReturn, until } from '../support/kill.ts'
import { startSlack, type TestSlack } from '../support/slack.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'

const reason = 'canaryreason7d20 <!channel> https://evil.example'
let slack: TestSlack
let stack: TestStack

const ask = (statement: string): Promise<ChangeView> => {
  const request: ChangeRequest = { kind: 'sql', target: 'shop', statements: [statement], reason, source: 'e2e-slack' }
  return stack.story.ask(request, 'verdict')
}
const decide = (word: 'approve' | 'reject', { change_id }: ChangeView) =>
  stack.story.clyra(word, change_id, '--key-file', stack.key('ben.pem'), '--yes', ...(word === 'reject' ? ['--reason', 'no'] : []))
const about = async ({ change_id }: ChangeView): Promise<string[]> =>
  (await slack.messages()).map((message) => JSON.stringify(message)).filter((text) => text.includes(change_id))
const untilSaid = (view: ChangeView, words: string) => until(async () => (await about(view)).some((text) => text.includes(words)))

beforeAll(async () => {
  slack = await startSlack()
  stack = await startTestStack({ slack })
  stack.forbid({ secrets: [slack.token], reasons: [reason] })
  await enroll(stack, 'ben')
}, 120_000)

afterAll(async () => {
  await stack?.stop()
  await slack?.stop()
}, 60_000)

test('one message a change, from waiting to its end, over a gateway that was killed', async () => {
  const statements = [1010, 1020, 1030].map((id) => `DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > ${id}`)
  const [approved, rejected, cancelled] = await Promise.all(statements.map((statement) => ask(statement)))
  if (approved === undefined || rejected === undefined || cancelled === undefined) throw new Error('expected three changes')
  for (const view of [approved, rejected, cancelled]) await untilSaid(view, 'waits for approval')
  const port = new URL(stack.run.gateway).port
  expect((await about(approved))[0]).toContain(`<http://localhost:${port}/approve/${approved.change_id}|`)

  await killAndAwaitReturn(stack, 'gateway')
  expect(await decide('approve', approved)).toBe(0)
  expect(await decide('reject', rejected)).toBe(0)
  await stack.story.ana.cancel(cancelled.change_id, 'not needed')
  expect((await stack.story.follow(approved, 'end')).outcome).toBe('enforced')
  await untilSaid(approved, 'was applied')
  await untilSaid(rejected, 'was rejected')
  await untilSaid(cancelled, 'was cancelled')
  expect((await about(approved))[0]).toContain('ben@shop.example')
  for (const view of [approved, rejected, cancelled]) expect(await about(view)).toHaveLength(1)
}, 120_000)

test('while Slack is away a change goes its way as ever', async () => {
  slack.mode = 'down'
  const view = await ask(`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > 1050`)
  const calls = slack.calls.length
  await until(() => slack.calls.length > calls)
  expect(await decide('approve', view)).toBe(0)
  expect((await stack.story.follow(view, 'end')).outcome).toBe('enforced')
  expect(await about(view)).toEqual([])
}, 120_000)

test('what was sent holds no SQL text, no value, no reason and no token', () => {
  const said = JSON.stringify(slack.calls)
  expect(said).toContain('delete shop.orders')
  for (const secret of ['DELETE FROM', 'order_id', '1010', 'canaryreason', 'evil.example', '<!', slack.token])
    expect(said).not.toContain(secret)
})

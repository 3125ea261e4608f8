// kill -9 of the process that keeps the stack running, while a change waits for approval.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { launchStack } from '../../cli/up/launch.ts'
import type { ChangeRequest } from '../../core/generated/types.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'

let stack: TestStack

beforeAll(async () => {
  stack = await startTestStack()
  await enroll(stack, 'ben')
}, 180_000)

afterAll(async () => {
  await stack?.stop()
}, 60_000)

const request = (customer: number): ChangeRequest => ({
  kind: 'sql',
  target: 'shop',
  statements: [`UPDATE shop.orders SET total_cents = total_cents + 1 WHERE customer_id > ${customer}`],
  reason: 'a test',
  source: 'e2e',
})

test('the whole stack is killed: the next one ends what was left over and goes on', async () => {
  const waiting = await stack.story.ask(request(500), 'verdict')
  process.kill(stack.run.pid, 'SIGKILL')
  const lines: string[] = []
  const next = await launchStack((line) => lines.push(line))
  try {
    expect(lines.filter((line) => line.includes('left over')).length).toBeGreaterThanOrEqual(4)
    expect(await stack.story.clyra('approve', waiting.change_id, '--key-file', stack.key('ben.pem'), '--yes')).toBe(0)
    expect((await stack.story.follow(waiting, 'end')).outcome).toBe('enforced')
  } finally {
    await next.stop()
  }
}, 120_000)

// kill -9 of each part of the stack while a change waits for approval: the change goes on by itself, its effect happens once.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { verifiers } from '../../cli/quickstart/check.ts'
import { launchStack } from '../../cli/up/launch.ts'
import type { ChangeRequest } from '../../core/generated/types.ts'
import { killAndAwaitReturn } from '../support/kill.ts'
import { startTestStack, type TestStack } from '../support/stack.ts'

let stack: TestStack

beforeAll(async () => {
  stack = await startTestStack()
  const words = ['--person', 'ben@shop.example', '--key-file', stack.key('ben.pem'), '--token-file', stack.key('ben.token')]
  expect(await stack.story.clyra('approver', 'enroll', ...words)).toBe(0)
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

test.each(['worker', 'gateway', 'temporal', 'warehouse', 'store'])(
  'the %s is killed while a change waits for approval',
  async (name) => {
    const total = async () => Number((await stack.story.warehouse<{ n: string }>('select sum(total_cents) as n from shop.orders'))[0]?.n)
    const waiting = await stack.story.ask(request(400), 'verdict')
    expect(waiting.state).toBe('AWAITING_APPROVAL')
    const before = await total()
    await killAndAwaitReturn(stack, name)
    expect(await stack.story.clyra('approve', waiting.change_id, '--key-file', stack.key('ben.pem'), '--yes')).toBe(0)
    const end = await stack.story.follow(waiting, 'end')
    expect(end).toMatchObject({ outcome: 'enforced', state: 'CLOSED' })
    expect(await total()).toBe(before + (end.affected_rows as number))
    for (const { verify } of verifiers()) expect(verify(join(stack.home, '.clyra/evidence', end.evidence as string)).verdict).toBe('valid')
  },
  120_000,
)

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

// One large change cut into fifteen small ones, each below what asks for approval: policy and approver see what they come to together.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ChangeRequest, ChangeView, Facts } from '../../core/generated/types.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'

// The policy of `shop_split` lets 100 rows through, and 1000 within 24 hours: twelve times eighty, not thirteen.
const parts = 15
const passed = 12
let stack: TestStack

beforeAll(async () => {
  stack = await startTestStack()
  for (const person of ['ana', 'ben']) await enroll(stack, person)
}, 180_000)

afterAll(async () => {
  await stack?.stop()
}, 60_000)

const request = (...statements: string[]): ChangeRequest => ({
  kind: 'sql',
  target: 'shop_split',
  statements,
  reason: 'a small correction',
  source: 'e2e',
})
const rulesOf = ({ verdict }: ChangeView) => verdict?.reasons.map(({ rule }) => rule)

describe('fifteen splits of one change, each below the row limit that asks for approval', () => {
  const range = (part: number) => `order_id BETWEEN ${part * 80 + 1} AND ${part * 80 + 80}`
  const split = (part: number) => request(`UPDATE shop.orders SET total_cents = total_cents + 100000000 WHERE ${range(part)}`)
  const waiting: ChangeView[] = []

  test('one after the other: twelve pass, the thirteenth and all after it are stopped by the rule that sees them together', async () => {
    for (let part = 0; part < parts; part++) {
      const view = await stack.story.ask(split(part), part < passed ? 'end' : 'verdict')
      if (part >= passed) waiting.push(view)
      const expected = part < passed ? ['CLOSED', 'enforced', ['small-change']] : ['AWAITING_APPROVAL', null, ['split-change']]
      expect([part, view.state, view.outcome, rulesOf(view)]).toEqual([part, ...expected])
    }
    const [written] = await stack.story.warehouse<{ n: string }>('select count(*) as n from shop.orders where total_cents >= 100000000')
    expect(Number(written?.n)).toBe(passed * 80)
  }, 120_000)

  test('the verdict says so for good: rows as counted, those that wait by their estimate', async () => {
    const views = await Promise.all(waiting.map(({ change_id }) => stack.story.ana.approval(change_id)))
    const histories = views.map(({ verdict }) => (verdict.facts as Facts).history)
    expect(histories[0]).toEqual({ changes_24h: 12, rows_24h: 960, requester_changes_24h: 12, first_write: false })
    expect(histories.map((history) => history.changes_24h)).toEqual([12, 13, 14])
    expect(histories[1]?.rows_24h).toBeGreaterThan(1000)
    const kept = `select from clyra.receipts where kind = 'verdict' and line like '%"rule":"split-change"%' and line like '%"rows_24h":960%'`
    expect(await stack.story.store(kept)).toBe(1)
  }, 30_000)

  test('the approver is shown it and signs it; what he lets through runs', async () => {
    const [thirteenth] = waiting as [ChangeView]
    expect(await stack.story.clyra('approve', thirteenth.change_id, '--key-file', stack.key('ben.pem'), '--yes')).toBe(0)
    const line = 'last 24 h   12 changes, 960 rows to shop.orders, done or under way; 12 by the same requester'
    expect(stack.said.some((said) => said.includes(line))).toBe(true)
    expect(await stack.story.follow(thirteenth, 'end')).toMatchObject({ outcome: 'enforced', affected_rows: 80 })
  }, 60_000)
})

describe('fifteen splits asked for at once', () => {
  test('pass as many as one after the other: none sees an empty history', async () => {
    const rows = (part: number) => Array.from({ length: 80 }, (_, row) => 10_000 + part * 80 + row)
    const values = (part: number) => rows(part).map((id) => `(${id}, 'new${id}@shop.example', 'New', 'AT', '2026-01-01')`)
    const split = (part: number) =>
      request(`INSERT INTO shop.customers (customer_id, email, full_name, country, created_on) VALUES ${values(part).join(', ')}`)
    const asked = Array.from({ length: parts }, (_, part) => stack.story.ask(split(part), 'verdict'))
    const rules = (await Promise.all(asked)).map(rulesOf)
    expect(rules.filter((rule) => rule?.includes('split-change'))).toHaveLength(parts - passed)
    expect(rules.filter((rule) => rule?.includes('small-change'))).toHaveLength(passed)
  }, 120_000)
})

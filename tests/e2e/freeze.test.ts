// Enforcement that is stopped late, on real parts: by a freeze before it begins, by one while it runs, by a stricter policy.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { createClient } from '../../cli/client.ts'
import { verifiers } from '../../cli/quickstart/check.ts'
import type { ChangeRequest } from '../../core/generated/types.ts'
import { filesBelow } from '../support/leaks.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'

let stack: TestStack

const request = (statement: string): ChangeRequest => ({
  kind: 'sql',
  target: 'shop',
  statements: [statement],
  reason: 'a test',
  source: 'e2e-freeze',
})
const secret = (name: string) => readFileSync(stack.key(name), 'utf8').trim()
const admin = () => createClient({ base: stack.run.gateway, token: secret('admin.token') })
const approve = (id: string) => stack.story.clyra('approve', id, '--key-file', stack.key('ben.pem'), '--yes')
const totalOf = async (id: number) =>
  (await stack.story.warehouse<{ total: number }>(`select total_cents as total from shop.orders where order_id = ${id}`))[0]?.total

beforeAll(async () => {
  stack = await startTestStack()
  await enroll(stack, 'ben')
}, 60_000)

afterAll(async () => {
  await stack?.stop()
}, 60_000)

test('while everything is frozen decisions count, nothing is applied; after the unfreeze the same request is', async () => {
  const statement = `DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > 1000`
  const count = async () => (await stack.story.warehouse(`select count(*)::int as n from shop.orders`))[0]?.n as number
  const before = await count()
  expect(await stack.story.clyra('freeze', '--reason', 'three in the morning')).toBe(0)
  expect(await stack.story.clyra('status')).toBe(0)
  expect(stack.said.filter((line) => line.includes('frozen'))).toEqual([
    expect.stringContaining('frozen: every target since'),
    expect.stringMatching(/frozen\s+every target since \S+ by admin: three in the morning/),
  ])

  const waiting = await stack.story.follow(await stack.story.ana.submit(request(statement), 'e2e-frozen'), 'verdict')
  expect(waiting.state).toBe('AWAITING_APPROVAL')
  expect(await approve(waiting.change_id)).toBe(0)
  const ended = await stack.story.follow(waiting, 'end')
  expect(ended).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_FROZEN', approvers: ['ben@shop.example'], affected_rows: null })
  expect(await count()).toBe(before)

  expect(await stack.story.clyra('unfreeze', '--reason', 'all is well')).toBe(0)
  const again = await stack.story.follow(await stack.story.ana.submit(request(statement), 'e2e-frozen'), 'verdict')
  expect(again).toMatchObject({ change_id: ended.change_id, attempt: 2 })
  expect(await approve(again.change_id)).toBe(0)
  const enforced = await stack.story.follow(again, 'end')
  expect(enforced.outcome).toBe('enforced')
  expect(await count()).toBe(before - (enforced.affected_rows ?? 0))
}, 60_000)

test('a freeze that comes while the statement runs stops it before COMMIT', async () => {
  const before = await totalOf(50)
  const holder = new pg.Client({ connectionString: secret('warehouse-admin.url') })
  await holder.connect()
  try {
    await holder.query('begin')
    await holder.query('select from shop.orders where order_id = 50 for update')
    const change = await stack.story.ana.submit(
      request('UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = 50'),
      'e2e-late',
    )
    const blocked = `select from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'clyra'`
    while ((await stack.story.warehouse(blocked)).length === 0) await setImmediate()
    expect(await admin().freeze({ target: 'shop', frozen: true, reason: 'stop it' })).toHaveLength(1)
    await holder.query('commit')
    expect(await stack.story.follow(change, 'end')).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_FROZEN' })
  } finally {
    await holder.end()
  }
  expect(await totalOf(50)).toBe(before)
  const other = await stack.story.ana.submit(
    { ...request('UPDATE staging.order_imports SET status = status'), target: 'shop_staging' },
    'e2e',
  )
  expect((await stack.story.follow(other, 'end')).outcome).toBe('observed')
  expect(await admin().freeze({ target: 'shop', frozen: false, reason: 'go on' })).toEqual([])
}, 60_000)

test('what was approved under a policy that is stricter now is refused', async () => {
  const statement = `DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > 900`
  const waiting = await stack.story.ask(request(statement), 'verdict')
  expect(waiting.verdict?.outcome).toBe('needs_approval')
  const policy = readFileSync(join(stack.home, 'packs/sox-controls/policy.yaml'), 'utf8')
  writeFileSync(join(stack.home, 'strict.yaml'), policy.replaceAll('then: needs_approval', 'then: deny'))
  const config = join(stack.home, 'clyra.yaml')
  writeFileSync(config, readFileSync(config, 'utf8').replaceAll('packs/sox-controls/policy.yaml', 'strict.yaml'))
  await stack.restart()
  expect(await approve(waiting.change_id)).toBe(0)
  expect(await stack.story.follow(waiting, 'end')).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_POLICY_CHANGED' })
}, 60_000)

test('every file of evidence is valid for both verifiers', () => {
  const files = filesBelow(join(stack.home, '.clyra/evidence'))
  expect(files).toHaveLength(5)
  for (const file of files)
    for (const { name, verify } of verifiers()) expect([name, verify(file).verdict, verify(file).failed]).toEqual([name, 'valid', null])
}, 60_000)

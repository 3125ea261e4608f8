// Answers that do not come: the line is cut or falls silent, or the warehouse waits for a standby that is not there.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { verifiers } from '../../cli/quickstart/check.ts'
import type { ChangeRequest } from '../../core/generated/types.ts'
import { signDecision } from '../../evidence/decision.ts'
import { fileSigner } from '../../runtime/keys.ts'
import { killPart, until, untilReturn } from '../support/kill.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'
import { withoutStandby } from '../support/standby.ts'
import { expectWhole, guardRows, kinds, outcomeOf, rows } from './looks.ts'

let stack: TestStack
let connection: Connection

beforeAll(async () => {
  stack = await startTestStack({ counted: true })
  connection = await Connection.connect({ address: stack.run.temporal.address })
  await enroll(stack, 'ben')
}, 180_000)

afterAll(async () => {
  await connection?.close()
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
  Number(
    (await stack.story.warehouse<{ total_cents: string }>('select total_cents from shop.orders where order_id = $1', [order]))[0]
      ?.total_cents,
  )
const settledBy = async (id: string) =>
  (
    await rows<{ settled_by: string }>(
      stack,
      `select line::json->'body'->>'settled_by' as settled_by from clyra.receipts where stream = $1 and kind = 'outcome'`,
      [`change/${id}`],
    )
  ).map(({ settled_by }) => settled_by)

test('the line is cut between COMMIT and its answer: the guard row tells that it was applied', async () => {
  const before = await cents(1)
  const held = stack.lines?.warehouse.hold(['\0commit\0'], 'after')
  const { change_id } = await stack.story.ana.submit(request(1), 'cut')
  await held?.reached
  await until(async () => (await guardRows(stack, change_id)).length === 1)
  held?.cut()
  expect(await outcomeOf(stack, new Client({ connection }), change_id)).toBe('enforced')
  await expectWhole(stack, change_id, 'enforced', false)
  expect(await settledBy(change_id)).toEqual(['guard_row'])
  expect(await cents(1)).toBe(before + 1)
}, 60_000)

test('a synchronous standby never answers: ambiguous and sealed; resolved once nobody waits for it any more', async () => {
  const before = await cents(2)
  const mend = await withoutStandby(stack)
  const view = await stack.story.ana.submit(request(2), 'standby')
  await until(async () => (await stack.story.warehouse(`select from pg_stat_activity where wait_event = 'SyncRep'`)).length === 1)
  const end = await stack.story.follow(view, 'end')
  expect(end).toMatchObject({ state: 'CLOSED', outcome: 'ambiguous', code: 'CLYRA_ENFORCE_UNSETTLED' })
  for (const { verify } of verifiers()) expect(verify(join(stack.home, '.clyra/evidence', end.evidence as string)).verdict).toBe('valid')
  await mend()
  expect(await stack.story.clyra('change', 'resolve', view.change_id)).toBe(0)
  expect(await stack.story.ana.change(view.change_id)).toMatchObject({ outcome: 'ambiguous', resolution: { outcome: 'enforced' } })
  expect(await cents(2)).toBe(before + 1)
}, 150_000)

test('a connection to the store falls silent and is never closed: it is given up, and the change goes on over another', async () => {
  const before = await cents(3)
  const held = stack.lines?.store.hold(['move_head', 'verdict:1'], 'after')
  const { change_id } = await stack.story.ana.submit(request(3), 'silence')
  await held?.reached
  expect(await outcomeOf(stack, new Client({ connection }), change_id)).toBe('enforced')
  await expectWhole(stack, change_id, 'enforced', false)
  expect(await cents(3)).toBe(before + 1)
}, 120_000)

/** An approver whose client asks once: no second try brings the news. */
async function approveOnce(id: string): Promise<string> {
  const { change_id, binding } = await stack.story.ana.approval(id)
  const said = { decision: 'approve', person: 'ben@shop.example', reason: 'seen', decision_id: randomUUID() } as const
  const about = { change_id, binding, ...said, signed_at: '2026-01-01T00:00:00.000Z' }
  const envelope = JSON.parse(await signDecision(about, await fileSigner(stack.key('ben.pem')))) as object
  const authorization = `Bearer ${readFileSync(stack.key('ben.token'), 'utf8').trim()}`
  const headers = { authorization, 'content-type': 'application/json' }
  const url = new URL(`/v1/approvals/${id}/decisions`, stack.run.gateway)
  return fetch(url, { method: 'POST', headers, body: JSON.stringify({ envelope }) }).then(
    ({ status }) => String(status),
    () => 'no answer',
  )
}

test('an approval is written and its news is lost with worker, gateway and Temporal: the run is told again, and nobody decides twice', async () => {
  const before = await cents(4)
  const gate = `WITH one AS (UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = 4 RETURNING order_id) SELECT * FROM one`
  const { change_id } = await stack.story.ana.submit({ ...request(4), statements: [gate] }, 'lost news')
  await until(async () => (await stack.story.ana.change(change_id)).state === 'AWAITING_APPROVAL')
  const held = stack.lines?.store.hold(['move_head', 'decision:1'], 'after')
  const approving = approveOnce(change_id)
  await held?.reached
  await until(async () => (await kinds(stack, change_id)).at(-1) === 'approval_certificate')
  const killed = ['gateway', 'worker', 'temporal'].map((part) => killPart(stack, part))
  held?.cut()
  expect(await approving).toBe('no answer')
  for (const part of killed) await untilReturn(stack, part)
  expect(await outcomeOf(stack, new Client({ connection }), change_id)).toBe('enforced')
  await expectWhole(stack, change_id, 'enforced', true)
  expect(await cents(4)).toBe(before + 1)
  const said = readFileSync(join(stack.home, '.clyra/logs/gateway.log'), 'utf8').split('\n')
  expect(said.filter((line) => line.includes('does not know it') && line.includes(change_id)).length).toBeGreaterThan(0)
}, 120_000)

// Whom a change waits for. The rules are core's; here they are asked of what one query brings.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ChangeView, Verdict } from '../../core/generated/types.ts'
import { changeStream } from '../../core/receipts.ts'
import { decisionBody } from '../../tests/support/approvals.ts'
import { askForApproval, close, startTestGateway, type TestGateway } from '../control/testing/gateway.ts'
import { waitingFor } from './waiting.ts'

let gateway: TestGateway
const worker = { actor: 'clyra-worker', person: null }

beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway?.stop())

async function submit(key: string, person = 'ana@shop.example'): Promise<string> {
  const token = await gateway.token(['requester'], { actor: person, person })
  const payload = { kind: 'sql', target: 'shop', statements: [`DELETE FROM public.orders WHERE note = '${key}'`] }
  const response = await gateway.call(token, { method: 'POST', url: '/v1/changes', headers: { 'idempotency-key': key }, payload })
  return response.json<ChangeView>().change_id
}

async function asked(key: string, part: Partial<Verdict> = {}) {
  const change_id = await submit(key)
  const { verdict } = await askForApproval(gateway.ledger, 'default', change_id, part)
  return { change_id, leaf: verdict.leaf }
}

const append = (change_id: string, kind: string, body: Record<string, unknown>) =>
  gateway.ledger.log.append(changeStream(change_id), [{ key: randomUUID(), kind, actor: worker, body: { change_id, ...body } }])

const approve = (change_id: string, predecessor: string, person: string) =>
  append(change_id, 'decision', decisionBody({ change_id, predecessor, person }))

const visitor = (person: string, tenant = 'default') => ({ tenant, actor: `approver:${person}`, person, roles: ['approver' as const] })
const waits = async (change_id: string, person: string, tenant?: string) =>
  (await waitingFor(gateway.deps, visitor(person, tenant))).find(({ row }) => row.change_id === change_id)

test('whoever policy names, and nobody else', async () => {
  const anybody = await asked('anybody')
  expect(await waits(anybody.change_id, 'ben')).toMatchObject({ approvals: 0, verdict: { quorum: 1 } })
  const named = await asked('named', { eligible_approvers: ['Cara'] })
  expect([await waits(named.change_id, 'cara'), await waits(named.change_id, 'ben')]).toEqual([expect.anything(), undefined])
  expect(await waits(anybody.change_id, 'ben', 'other')).toBeUndefined()
})

test('nobody who asked, however he is spelled, nor who asked for the same again', async () => {
  const { change_id, leaf } = await asked('asked')
  expect(await waits(change_id, 'ANA@shop.example')).toBeUndefined()
  const carla = { actor: 'cli:carla', person: 'carla' }
  await append(change_id, 'requester', { requester: carla, claimed_person: 'dan', predecessor: leaf })
  expect([await waits(change_id, 'carla'), await waits(change_id, 'dan')]).toEqual([undefined, undefined])
  expect(await waits(change_id, 'ben')).toBeDefined()
})

test('nobody who approved already; the others see that he did', async () => {
  const { change_id, leaf } = await asked('two', { quorum: 2 })
  await approve(change_id, leaf, 'ben')
  expect([await waits(change_id, 'Ben'), await waits(change_id, 'cara')]).toEqual([undefined, expect.objectContaining({ approvals: 1 })])
})

test('what was said of an earlier attempt counts for nothing, neither who asked nor who approved', async () => {
  const { change_id, leaf } = await asked('again', { quorum: 2 })
  await approve(change_id, leaf, 'ben')
  await close(gateway.ledger, 'default', change_id, 'expired')
  expect(await waits(change_id, 'cara')).toBeUndefined()
  expect(await submit('again', 'ana@shop.example')).toBe(change_id)
  await askForApproval(gateway.ledger, 'default', change_id, { quorum: 2 })
  expect(await waits(change_id, 'ben')).toMatchObject({ approvals: 0, row: { attempt: 2 } })
})

test('a hundred and more are all there, the oldest first', async () => {
  const before = (await waitingFor(gateway.deps, visitor('zoe'))).length
  const ids: string[] = []
  for (let count = 0; count < 101; count += 1) ids.push((await asked(`many ${count}`)).change_id)
  const found = (await waitingFor(gateway.deps, visitor('zoe'))).map(({ row }) => row.change_id)
  expect(found).toHaveLength(before + 101)
  expect(found.slice(-101)).toEqual(ids)
})

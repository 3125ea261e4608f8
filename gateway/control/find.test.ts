// Who had no answer finds what he asked for, and asks for nothing.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ClyraError } from '../../core/errors.ts'
import type { ChangeView } from '../../core/generated/types.ts'
import { changeStream } from '../../core/receipts.ts'
import { askForApproval, problemIn, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let ana: string
let bob: string
let stranger: string

beforeAll(async () => {
  gateway = await startTestGateway()
  ana = await gateway.token(['requester'], { actor: 'ana', person: 'ana@shop.example' })
  bob = await gateway.token(['requester'], { actor: 'bob', person: 'bob@shop.example' })
  stranger = await gateway.token(['requester', 'approver', 'operator', 'auditor', 'admin'], { tenant: 'other', actor: 'eve' })
})
afterAll(() => gateway.stop())

const asked = (url: string, key: string, body: object = {}) => ({
  method: 'POST' as const,
  url,
  headers: { 'idempotency-key': key },
  payload: { kind: 'sql', target: 'shop', statements: ['DELETE FROM public.orders WHERE id = 4711'], ...body },
})
const submit = (token: string, key: string) => gateway.call(token, asked('/v1/changes', key))
const find = async (token: string, key: string, body: object = {}) => {
  const response = await gateway.call(token, asked('/v1/requests/find', key, body))
  return response.statusCode === 200 ? response.json<ChangeView>().change_id : problemIn(response).code
}

test('tells which change this very request asked for, and asks for none', async () => {
  const before = gateway.workflows.started.size
  expect(await find(ana, 'sought')).toBe('CLYRA_API_NOT_FOUND')
  expect(gateway.workflows.started.size).toBe(before)
  const { change_id } = (await submit(ana, 'sought')).json<ChangeView>()
  expect(await find(ana, 'sought')).toBe(change_id)
  expect(await find(ana, 'sought', { limits: { max_rows: 7 } })).toBe('CLYRA_API_NOT_FOUND')
  expect(await find(ana, 'another')).toBe('CLYRA_API_NOT_FOUND')
  expect(gateway.workflows.started.size).toBe(before + 1)
})

test('finds what was registered and could not be started, and does not start it', async () => {
  gateway.workflows.failure = new ClyraError('CLYRA_API_UNREACHABLE', 'nobody there')
  expect((await submit(ana, 'halfway')).statusCode).toBe(503)
  gateway.workflows.failure = null
  const before = gateway.workflows.started.size
  expect(await find(ana, 'halfway')).toMatch(/^chg_/)
  expect(gateway.workflows.started.size).toBe(before)
})

test('somebody else who looks is no requester; another tenant finds nothing', async () => {
  const { change_id } = (await submit(ana, 'watched')).json<ChangeView>()
  await askForApproval(gateway.ledger, 'default', change_id)
  expect(await find(bob, 'watched')).toBe(change_id)
  const kinds = (await gateway.ledger.log.read(changeStream(change_id))).map(({ receipt }) => receipt.kind)
  expect(kinds).not.toContain('requester')
  expect(await find(stranger, 'watched')).not.toMatch(/^chg_/)
})

test('all that is wrong with the request is told at once', async () => {
  const response = await gateway.call(ana, { method: 'POST', url: '/v1/requests/find', payload: { kind: 'sql', statements: [''] } })
  expect([response.statusCode, problemIn(response).errors?.map(({ pointer }) => pointer)]).toEqual([
    400,
    expect.arrayContaining(['Idempotency-Key', '/target', '/statements/0']),
  ])
})

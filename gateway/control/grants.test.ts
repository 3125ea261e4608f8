import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { ClyraError } from '../../core/errors.ts'
import type { GrantView, WarehouseAnchorAnchor } from '../../core/generated/types.ts'
import { changeStream, receiptKey } from '../../core/receipts.ts'
import { digest } from '../../runtime/digest.ts'
import { certificateBody } from '../../tests/support/approvals.ts'
import { askForApproval, digestOf, problemIn, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let ana: string
let other: string
let operator: string
let sites = 0

beforeAll(async () => {
  gateway = await startTestGateway()
  ana = await gateway.token(['requester'], { actor: 'ana', person: 'ana@shop.example' })
  other = await gateway.token(['requester'], { actor: 'other' })
  operator = await gateway.token(['operator'])
})
afterAll(() => gateway.stop())
beforeEach(() => {
  Object.assign(gateway.warehouse, { issued: [], answer: 'issued', redemption: null, failure: null })
  gateway.workflows.completed = []
  gateway.workflows.failure = null
})

const anchor: WarehouseAnchorAnchor = {
  position: 'before',
  platform: 'postgres',
  system_identifier: '1',
  database: 'shop',
  timeline: 1,
  lsn: '0/1',
  xid: null,
  snapshot: '1:1:',
  role: 'primary',
  strength: 'bounded',
  server_version: '18.4',
  simulated: false,
}
const redemption = { grant_id: '018f0000-0000-7000-8000-000000000000', xid: '7', login: 'etl', redeemed_at: '2026-01-01T00:00:00.000Z' }
const same = { kind: 'sql', target: 'shop', executor: 'caller', statements: ['UPDATE shop.orders SET x = 1 WHERE y = 2'] }
const farAway = '2099-01-01T00:00:00.000Z'

/** A change of the caller that came as far as its window, as the worker's receipts say. */
async function waiting({ expires_at = farAway, executor = 'caller' } = {}): Promise<string> {
  sites += 1
  const body = { ...same, executor }
  const headers = { 'idempotency-key': `site-${sites}` }
  const response = await gateway.call(ana, { method: 'POST', url: '/v1/changes', headers, payload: body })
  const { change_id, payload_digest } = response.json()
  const { verdict } = await askForApproval(gateway.ledger, 'default', change_id)
  const about = { change_id, attempt: 1, predecessor: verdict.leaf }
  const append = (kind: string, key: string, more: Record<string, unknown>) =>
    gateway.ledger.log.append(changeStream(change_id), [
      { key, kind, actor: { actor: 'clyra-worker', person: null }, body: { ...about, ...more } },
    ])
  const { run_id = '', policy_digest = '', display_hash = '', nonce = '' } = verdict.receipt.body as Record<string, string>
  const bound = { run_id, payload_digest, policy_digest, display_hash, nonce }
  await append('approval_certificate', receiptKey.certificate(1, 'run-1'), certificateBody({ ...about, ...bound }))
  const window = executor === 'clyra' ? null : { expires_at, anchor, before: { digest: digestOf('9'), relations: 1 } }
  await append('attempt', receiptKey.attempt(1), { payload_digest, executor, row_limit: 1000, window })
  return change_id
}

const ask = (id: string, token = ana, login = 'etl') =>
  gateway.call(token, { method: 'POST', url: `/v1/changes/${id}/grant`, payload: { login } })
const complete = (id: string, token = ana) => gateway.call(token, { method: 'POST', url: `/v1/changes/${id}/complete` })
const grantsIn = async (id: string) => (await gateway.ledger.log.read(changeStream(id))).filter(({ receipt }) => receipt.kind === 'grant')

describe('POST /v1/changes/{id}/grant', () => {
  test('gives a token that only its hash is kept of, in the warehouse and in the log', async () => {
    const id = await waiting()
    const response = await ask(id)
    expect(response.statusCode).toBe(201)
    const { token, grant_id, expires_at } = response.json() as GrantView
    expect(expires_at).toBe(farAway)
    const [issued] = gateway.warehouse.issued
    expect(issued).toMatchObject({ change_id: id, attempt: 1, grant_id, login: 'etl', token_hash: digest(token), expires_at: farAway })
    const [receipt] = await grantsIn(id)
    expect(receipt?.receipt).toMatchObject({
      actor: { actor: 'ana' },
      body: { grant_id, token_hash: digest(token), login: 'etl', target: 'shop', caller: { actor: 'ana', person: 'ana@shop.example' } },
    })
    expect(JSON.stringify([gateway.logged, await gateway.ledger.log.read(changeStream(id))])).not.toContain(token)
  })

  test('each token is another', async () => {
    const id = await waiting()
    const tokens = [(await ask(id)).json().token, (await ask(id)).json().token]
    expect(new Set(tokens).size).toBe(2)
    expect(await grantsIn(id)).toHaveLength(2)
  })

  test('not for another requester, also when he joins now, and for no other role', async () => {
    const id = await waiting()
    const headers = { 'idempotency-key': `site-${sites}` }
    const joined = await gateway.call(other, { method: 'POST', url: '/v1/changes', headers, payload: same })
    expect(joined.json().change_id).toBe(id)
    expect([(await ask(id, other)).statusCode, (await ask(id, operator)).statusCode]).toEqual([403, 403])
    expect(gateway.warehouse.issued).toEqual([])
  })

  test.each([
    ['redeemed', 409, 'CLYRA_GRANT_REDEEMED'],
    ['void', 409, 'CLYRA_GRANT_NOT_OPEN'],
  ] as const)('the warehouse says %s: %i %s, and no receipt', async (answer, status, code) => {
    const id = await waiting()
    gateway.warehouse.answer = answer
    const response = await ask(id)
    expect([response.statusCode, problemIn(response).code]).toEqual([status, code])
    expect(await grantsIn(id)).toEqual([])
  })

  test('what the warehouse refuses leaves no receipt', async () => {
    const id = await waiting()
    gateway.warehouse.failure = new ClyraError('CLYRA_GRANT_IN_USE', 'expected nobody to redeem it, found somebody')
    expect(problemIn(await ask(id))).toMatchObject({ code: 'CLYRA_GRANT_IN_USE', retryable: true })
    expect(await grantsIn(id)).toEqual([])
  })

  test('a change Clyra applies has none, nor one whose time is over', async () => {
    expect(problemIn(await ask(await waiting({ executor: 'clyra' }))).code).toBe('CLYRA_GRANT_NOT_OPEN')
    expect(problemIn(await ask(await waiting({ expires_at: '2026-01-01T00:00:00.000Z' }))).code).toBe('CLYRA_GRANT_EXPIRED')
    expect(gateway.warehouse.issued).toEqual([])
  })
})

describe('POST /v1/changes/{id}/complete', () => {
  test('wakes the run when a grant was redeemed', async () => {
    const id = await waiting()
    gateway.warehouse.redemption = redemption
    expect((await complete(id)).statusCode).toBe(202)
    expect(gateway.workflows.completed).toEqual([{ tenant: 'default', change_id: id, attempt: 1 }])
  })

  test('a report of what the warehouse does not know is refused', async () => {
    expect(problemIn(await complete(await waiting())).code).toBe('CLYRA_GRANT_NOT_REDEEMED')
    expect(gateway.workflows.completed).toEqual([])
  })

  test('by somebody else: refused', async () => {
    gateway.warehouse.redemption = redemption
    expect((await complete(await waiting(), other)).statusCode).toBe(403)
  })
})

describe('a freeze', () => {
  test('stands though no run can be told', async () => {
    const id = await waiting()
    gateway.workflows.failure = new ClyraError('CLYRA_API_UNREACHABLE', 'expected Temporal, found nobody')
    const frozen = await gateway.call(operator, {
      method: 'POST',
      url: '/v1/freeze',
      payload: { target: 'shop', frozen: true, reason: 'a test' },
    })
    expect(frozen.statusCode).toBe(200)
    gateway.workflows.failure = null
    expect(problemIn(await ask(id)).code).toBe('CLYRA_ENFORCE_FROZEN')
    await gateway.call(operator, { method: 'POST', url: '/v1/freeze', payload: { target: 'shop', frozen: false, reason: 'a test' } })
  })

  test('wakes every run whose caller has the work, and no other', async () => {
    const id = await waiting()
    await waiting({ executor: 'clyra' })
    const freeze = (frozen: boolean) =>
      gateway.call(operator, { method: 'POST', url: '/v1/freeze', payload: { target: 'shop', frozen, reason: 'a test' } })
    await freeze(true)
    const woken = gateway.workflows.completed.map(({ change_id }) => change_id)
    expect(woken).toContain(id)
    const rows = await Promise.all(woken.map((change) => gateway.ledger.changes.get('default', change)))
    expect(new Set(rows.map((row) => row?.executor))).toEqual(new Set(['caller']))
    expect(problemIn(await ask(id)).code).toBe('CLYRA_ENFORCE_FROZEN')
    await freeze(false)
    expect((await ask(id)).statusCode).toBe(201)
  })
})

describe('POST /v1/changes with executor caller', () => {
  const submit = (body: object) =>
    gateway.call(ana, { method: 'POST', url: '/v1/changes', headers: { 'idempotency-key': `limits-${sites++}` }, payload: body })
  const body = { kind: 'sql', target: 'shop', statements: ['UPDATE shop.orders SET x = 1 WHERE y = 2'] }

  test.each([
    ['a day', 86_400, 900],
    ['a minute', 60, 60],
    ['nothing', undefined, 900],
  ])('asking for %s gives what the target allows', async (_name, asked, seconds) => {
    const limits = asked === undefined ? {} : { limits: { grant_seconds: asked } }
    const { payload_digest, executor } = (await submit({ ...body, executor: 'caller', ...limits })).json()
    const payload = JSON.parse(new TextDecoder().decode(await gateway.ledger.payloads.get('default', payload_digest)))
    expect([executor, payload.executor, payload.limits.grant_seconds]).toEqual(['caller', 'caller', seconds])
  })

  test('time for a caller in a change of Clyra’s own is a fault', async () => {
    const response = await submit({ ...body, limits: { grant_seconds: 60 } })
    expect(problemIn(response)).toMatchObject({
      code: 'CLYRA_API_INVALID',
      errors: [{ pointer: '/limits/grant_seconds', detail: 'is only for executor caller' }],
    })
  })
})

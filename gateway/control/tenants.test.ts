// Every operation of the contract, asked by another tenant: what is another's answers as what nobody ever had.
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import pg from 'pg'
import type { ApproverView, ChangeView } from '../../core/generated/types.ts'
import { openapiDocument } from './openapi.ts'
import { askForApproval, close, problemIn, startTestGateway, type TestGateway } from './testing/gateway.ts'

type Method = NonNullable<InjectOptions['method']>
const roles = ['requester', 'approver', 'operator', 'auditor', 'admin'] as const
const unknown = {
  change: `chg_${'a'.repeat(26)}`,
  key: 'e'.repeat(64),
  account: 'e'.repeat(64),
  slack: 'T0SHOP/U0NOBODY',
  target: 'nowhere',
}

const envelope = { payload: 'e30=', payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: 'AAAA' }] }
const submitted = (target: string) => ({ kind: 'sql', target, statements: ['DELETE FROM public.orders WHERE id = 1'] })

interface Naming {
  names: keyof typeof unknown
  url?: string
  body?: (name: string) => object
}

// Each operation that names something, with a body that is right.
const naming: Record<string, Naming> = {
  'POST /v1/changes': { names: 'target', body: submitted },
  'POST /v1/requests/find': { names: 'target', body: submitted },
  'GET /v1/changes/{id}': { names: 'change', url: '?wait=1&since=0' },
  'POST /v1/changes/{id}/cancel': { names: 'change', body: () => ({ reason: 'no' }) },
  'POST /v1/changes/{id}/grant': { names: 'change', body: () => ({ login: 'etl' }) },
  'POST /v1/changes/{id}/complete': { names: 'change' },
  'POST /v1/changes/{id}/resolve': { names: 'change' },
  'POST /v1/approvals/{id}/decisions': { names: 'change', body: () => ({ envelope }) },
  'GET /v1/changes/{id}/evidence': { names: 'change', url: '?attempt=1' },
  'GET /v1/changes/{id}/receipts': { names: 'change' },
  'GET /v1/changes/{id}/id-tokens': { names: 'change' },
  'GET /v1/approvals/{id}': { names: 'change' },
  'POST /v1/approvals/{id}/statements': { names: 'change', body: () => ({ decision: 'reject', reason: 'no' }) },
  'POST /v1/approvals/{id}/sign-ons': {
    names: 'change',
    body: () => ({ statement: 'e30=', redirect_uri: 'http://127.0.0.1:1/signed-on', code_challenge: 'c'.repeat(43) }),
  },
  'POST /v1/approvals/{id}/sign-ons/redeem': { names: 'change', body: () => ({ code: 'a.b', code_verifier: 'v'.repeat(43) }) },
  'DELETE /v1/approvers/{key_id}': { names: 'key', url: '?reason=no' },
  'DELETE /v1/accounts/{subject_id}': { names: 'account', url: '?reason=no' },
  'DELETE /v1/slack/links/{team_id}/{user_id}': { names: 'slack', url: '?reason=no' },
  'GET /v1/targets/{name}': { names: 'target' },
  'POST /v1/targets/{name}/gate': { names: 'target', body: () => ({ policy_id: 'sox-controls', reason: 'no' }) },
  'POST /v1/freeze': { names: 'target', body: (target) => ({ target, frozen: true, reason: 'no' }) },
}
const lists = [
  'GET /v1/changes',
  'GET /v1/approvals',
  'GET /v1/approvers',
  'GET /v1/accounts',
  'GET /v1/slack/links',
  'GET /v1/targets',
  'GET /v1/freeze',
]
// Names nothing that exists: what it makes is the asking tenant's own.
const makes = ['POST /v1/approvers', 'POST /v1/invites', 'POST /v1/slack/links']
const open = ['GET /healthz', 'GET /readyz', 'GET /openapi.json']

let gateway: TestGateway
let stranger: string
let colleague: string
let native: string
let approver: ApproverView
const account = '7'.repeat(64)
const changes = { closed: '', waiting: '' }

const ask = (token: string, operation: string, name: string): Promise<LightMyRequestResponse> => {
  const [method, path = ''] = operation.split(' ')
  const { url = '', body } = naming[operation] ?? {}
  return gateway.call(token, {
    method: method as Method,
    url: name.split('/').reduce((filled, part) => filled.replace(/\{[a-z_]+\}/, part), path) + url,
    headers: { 'idempotency-key': 'waiting' },
    ...(body === undefined ? {} : { payload: body(name) }),
  })
}

// What a caller can see of an answer, without what differs between any two requests.
const seen = (response: LightMyRequestResponse) => {
  const { 'x-request-id': _id, date: _date, ...headers } = response.headers
  return { status: response.statusCode, headers, body: { ...problemIn(response), instance: '' } }
}

const everything = async (): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: gateway.adminUrl })
  await client.connect()
  const dump = async (table: string) => (await client.query(`select to_jsonb(t)::text as row from ${table} t order by 1`)).rows
  const tables = ['receipts', 'heads', 'changes', 'payloads', 'blobs', 'tokens', 'single_use', 'effects']
  try {
    const dumps = []
    for (const table of tables) dumps.push(await dump(`clyra.${table}`))
    return dumps
  } finally {
    await client.end()
  }
}

const spki = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' }).toString('base64')

beforeAll(async () => {
  gateway = await startTestGateway()
  native = await gateway.token([...roles], { actor: 'ana', person: 'ana@shop.example' })
  colleague = await gateway.token([...roles], { actor: 'cara', person: 'cara@shop.example' })
  stranger = await gateway.token([...roles], { tenant: 'other', actor: 'ana', person: 'ana@shop.example' })
  for (const name of ['closed', 'waiting'] as const) {
    const response = await gateway.call(native, {
      method: 'POST',
      url: '/v1/changes',
      headers: { 'idempotency-key': name },
      payload: submitted('shop'),
    })
    changes[name] = response.json<ChangeView>().change_id
    await askForApproval(gateway.ledger, 'default', changes[name])
  }
  const seq = await close(gateway.ledger, 'default', changes.closed, 'cancelled')
  gateway.files.set(`${changes.closed}-${seq}.zip`, new Uint8Array([1]))
  const enrolled = { method: 'POST' as const, url: '/v1/approvers', payload: { person: 'ben@shop.example', spki: spki() } }
  approver = (await gateway.call(native, enrolled)).json()
  const subject = { person: 'ben@shop.example', subject_id: account, iss: 'https://login.example', sub: 'ben' }
  await gateway.ledger.identities.link('default', subject, { actor: 'ana', person: null })
  const user = { team_id: 'T0SHOP', user_id: 'U0BEN' }
  const linked = { ...user, person: subject.person, subject_id: account }
  await gateway.ledger.slackLinks.link('default', linked, 0, { actor: 'ana', person: null })
  const frozen = { method: 'POST' as const, url: '/v1/freeze', payload: { target: 'shop', frozen: true, reason: 'a test' } }
  expect((await gateway.call(native, frozen)).statusCode).toBe(200)
})
afterAll(() => gateway.stop())

test('every operation of the contract is spoken of here', () => {
  const { paths } = openapiDocument() as { paths: Record<string, Record<string, unknown>> }
  const methods = ['get', 'post', 'put', 'patch', 'delete']
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => methods.includes(method))
      .map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(operations.sort()).toEqual([...Object.keys(naming), ...lists, ...makes, ...open].sort())
})

describe('another tenant', () => {
  test.each(Object.entries(naming))('%s: what is there answers as what is not', async (operation, { names }) => {
    const existing = {
      change: Object.values(changes),
      key: [approver.key_id],
      account: [account],
      slack: ['T0SHOP/U0BEN'],
      target: ['shop'],
    }[names]
    const before = await everything()
    const nobodys = seen(await ask(stranger, operation, unknown[names]))
    expect(nobodys.status).toBe(404)
    for (const name of existing) expect(seen(await ask(stranger, operation, name))).toEqual(nobodys)
    expect(await everything()).toEqual(before)
    // The test would prove nothing if its requests were wrong: their owner is answered otherwise.
    expect((await ask(native, operation, existing[0] ?? '')).statusCode).not.toBe(404)
  })

  test.each(lists)('%s: shows nothing of the others', async (operation) => {
    const all = (await ask(colleague, operation, '')).body
    const shown = await ask(stranger, operation, '')
    expect(shown.statusCode).toBe(200)
    expect(
      Object.values(shown.json<Record<string, unknown>>())
        .flat()
        .filter((value) => value !== null),
    ).toEqual([])
    expect(all).toMatch(/chg_|"shop"|ben@/)
  })

  test('no run was started, told or cancelled for it', () => {
    expect([...gateway.workflows.started.values()].map(({ run }) => run.tenant)).not.toContain('other')
    expect(gateway.workflows.decided.filter(({ delivered_by }) => delivered_by.actor !== 'ana')).toEqual([])
  })

  test('enrolls a key of the same bytes as its own: neither tenant sees or revokes the other’s', async () => {
    const again = { method: 'POST' as const, url: '/v1/approvers', payload: { person: 'eve@other.example', spki: approver.spki } }
    expect((await gateway.call(stranger, again)).statusCode).toBe(201)
    expect((await ask(stranger, 'DELETE /v1/approvers/{key_id}', approver.key_id)).json()).toMatchObject({ person: 'eve@other.example' })
    const [theirs] = await gateway.ledger.approvers.list('default')
    expect(theirs).toMatchObject({ person: 'ben@shop.example', key_id: approver.key_id })
  })

  test('freezes everything of its own, and holds up nobody else', async () => {
    const freeze = { method: 'POST' as const, url: '/v1/freeze', payload: { target: null, frozen: true, reason: 'mine' } }
    expect((await gateway.call(stranger, freeze)).statusCode).toBe(200)
    expect((await gateway.ledger.freezes.list('default')).map(({ target }) => target)).not.toContain(null)
  })
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { statementMessage } from '../../evidence/dsse.ts'
import { type Authenticator, type Lies, softAuthenticator } from '../../tests/support/authenticator.ts'
import { startTestGateway, type TestGateway } from '../control/testing/gateway.ts'
import { newLogin } from './session.ts'
import { mintToken, proofMessage } from './tokens.ts'

let gateway: TestGateway
let ben: Authenticator
const who = { actor: 'root', person: null }

beforeAll(async () => {
  gateway = await startTestGateway()
  ben = softAuthenticator(gateway.deps.door)
  await gateway.ledger.approvers.enroll(gateway.deps.tenant, 'ben@shop.example', ben.spki, who, ben.passkey)
}, 60_000)

afterAll(() => gateway?.stop())

const post = (url: string, payload: object) =>
  gateway.app.inject({ method: 'POST', url, payload, headers: { origin: gateway.deps.door.origin } })
const page = (url: string, cookie: string) => gateway.app.inject({ method: 'GET', url, headers: { cookie, accept: 'text/html' } })

interface Attempt extends Lies {
  token?: string
  /** What the passkey signs for a token, where it is not what it should. */
  messageOf?: (token: string) => Uint8Array
}
const rightMessage = (token: string): Uint8Array => proofMessage('login', token)

async function logIn(authenticator: Authenticator, { token, messageOf = rightMessage, ...lies }: Attempt = {}) {
  const text = token ?? (await newLogin(gateway.deps))
  const assertion = authenticator.assert(messageOf(text), lies)
  return post('/approve/login', { token: text, credential_id: authenticator.passkey.credential_id, assertion })
}

const cookieOf = (header: unknown): string => String(header).split(';')[0] as string

describe('a session', () => {
  test('is a cookie that only this host can set, that no script reads and no other site sends', async () => {
    const answer = await logIn(ben)
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([
      200,
      expect.stringMatching(/^__Host-clyra_door=[\w.-]+; Path=\/; Max-Age=900; HttpOnly; SameSite=Strict; Secure$/),
    ])
    const list = await page('/approve', cookieOf(answer.headers['set-cookie']))
    expect([list.statusCode, list.body]).toEqual([200, expect.stringContaining('ben@shop.example')])
  })

  test.each<[string, Lies]>([
    ['nobody was verified', { flags: 0x01 }],
    ['another site asked', { origin: 'https://evil.example' }],
    ['another relying party', { rp_id: 'evil.example' }],
    ['a page inside a page', { cross_origin: true }],
    ['another challenge', { challenge: 'AAAA' }],
  ])('is not opened where the assertion says: %s', async (_name, lies) => {
    const answer = await logIn(ben, lies)
    expect([answer.statusCode, answer.json().code, answer.headers['set-cookie']]).toEqual([401, 'CLYRA_DOOR_REFUSED', undefined])
  })

  test.each<[string, (token: string) => Uint8Array]>([
    ['the bare token', Buffer.from],
    ['an enrolment', (token) => proofMessage('invite', token)],
    ['a decision', (token) => statementMessage(Buffer.from(token))],
  ])('is not opened by a passkey that signed %s', async (_, messageOf) => {
    expect((await logIn(ben, { messageOf })).json().code).toBe('CLYRA_DOOR_REFUSED')
  })

  test('ends for this browser when its owner signs out', async () => {
    const cookie = cookieOf((await logIn(ben)).headers['set-cookie'])
    expect((await page('/approve', cookie)).body).toContain('Sign out')
    const answer = await post('/approve/logout', {})
    expect(answer.headers['set-cookie']).toBe('__Host-clyra_door=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure')
    const after = await page('/approve', cookieOf(answer.headers['set-cookie']))
    expect([after.statusCode, after.body]).toEqual([401, expect.not.stringContaining('Sign out')])
  })

  test('is ended by no other site', async () => {
    const answer = await gateway.app.inject({
      method: 'POST',
      url: '/approve/logout',
      payload: {},
      headers: { origin: 'https://evil.example' },
    })
    expect([answer.json().code, answer.headers['set-cookie']]).toEqual(['CLYRA_DOOR_ORIGIN', undefined])
  })

  test('is not opened by a passkey nobody enrolled, by a login of its own making, or by an old one', async () => {
    const { tenantKey, tenant } = gateway.deps
    const before = '2020-01-01T00:00:00.000Z'
    const tokens = {
      invented: 'e30.AAAA',
      old: mintToken(tenantKey, 'login', { tenant, person: '' }, 120, before).text,
      invitation: mintToken(tenantKey, 'invite', { tenant, person: 'ben@shop.example' }, 900, await gateway.ledger.log.now()).text,
    }
    expect((await logIn(softAuthenticator(gateway.deps.door))).json().code).toBe('CLYRA_DOOR_REFUSED')
    for (const token of Object.values(tokens)) expect((await logIn(ben, { token })).json().code).toBe('CLYRA_DOOR_REFUSED')
  })

  test('ends after its time, and no other token of the door stands for it', async () => {
    const { tenantKey, tenant, ledger } = gateway.deps
    const [key] = await ledger.approvers.list(tenant)
    const about = { tenant, person: 'ben@shop.example', key_id: key?.key_id as string }
    const now = await ledger.log.now()
    const made = (purpose: 'invite' | 'login' | 'session', time: string) =>
      page('/approve', `__Host-clyra_door=${mintToken(tenantKey, purpose, about, 900, time).text}`)
    expect((await made('session', now)).statusCode).toBe(200)
    for (const answer of [
      await made('session', '2020-01-01T00:00:00.000Z'),
      await made('invite', now),
      await made('login', now),
      await page('/approve', ''),
    ])
      expect([answer.statusCode, answer.body]).toEqual([401, expect.stringContaining('Sign in')])
  })

  test('of a passkey made for another address is worth nothing', async () => {
    const elsewhere = softAuthenticator({ origin: 'https://old.example', rp_id: 'old.example' })
    await gateway.ledger.approvers.enroll(gateway.deps.tenant, 'cara@shop.example', elsewhere.spki, who, elsewhere.passkey)
    expect((await logIn(elsewhere)).json().code).toBe('CLYRA_DOOR_REFUSED')
  })

  test('stands in no log', async () => {
    const cookie = cookieOf((await logIn(ben)).headers['set-cookie'])
    await page('/approve', cookie)
    expect(gateway.logged.some((line) => line.includes('approver:ben@shop.example'))).toBe(true)
    expect(gateway.logged.filter((line) => line.includes(cookie.split('=')[1] as string))).toEqual([])
  })
})

test('a body with anything missing or malformed is refused with code and remedy, and a browser gets it as a page', async () => {
  expect((await post('/approve/login', { token: 'x' })).json()).toMatchObject({ status: 400, code: 'CLYRA_API_INVALID' })
  const { text } = mintToken(gateway.deps.tenantKey, 'session', { tenant: gateway.deps.tenant, person: 'x' }, 1, '2020-01-01T00:00:00.000Z')
  expect((await page('/approve/nothing', `__Host-clyra_door=${text}`)).headers['content-type']).toBe('text/html; charset=utf-8')
})

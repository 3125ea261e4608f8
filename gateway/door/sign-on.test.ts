// Signing on without an attack: sessions, links, terminals, and how often a person may be asked.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { InviteView } from '../../core/generated/types.ts'
import { tenantStream } from '../../core/receipts.ts'
import { softAuthenticator } from '../../tests/support/authenticator.ts'
import { hashOf, type SignOnAsk } from './sign-on.ts'
import { claimSignOn, handOver } from './signed-on.ts'
import { cookieOf, type SigningOn, startSigningOn } from './testing/signing-on.ts'
import { proofMessage } from './tokens.ts'

let world: SigningOn
let admin: string
const change_id = `chg_${'b'.repeat(26)}`
const decision = (person: string): Partial<SignOnAsk> => ({ purpose: 'decision', person, nonce: 'x'.repeat(43), about: { change_id } })

beforeAll(async () => {
  world = await startSigningOn()
  admin = await world.gateway.token(['admin'])
  await world.link('ben', 'okta|ben')
}, 60_000)
beforeEach(() => {
  Object.assign(world.idp, { account: { sub: 'okta|ben' }, bend: null, away: false, says: {} })
})
afterAll(() => world?.stop())

const page = (url: string, cookie = '') => world.gateway.app.inject({ url, headers: { cookie, accept: 'text/html' } })
const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  world.gateway.app.inject({ method: 'POST', url, payload, headers: { origin: world.gateway.deps.door.origin, ...headers } })
const sessionIn = (headers: { 'set-cookie'?: unknown }): string => cookieOf(headers['set-cookie'])

describe('a session by sign-on', () => {
  test('is offered, and opened for the person the account belongs to', async () => {
    expect((await page('/approve/login')).body).toContain(`Sign in with ${new URL(world.idp.issuer).host}`)
    const answer = await world.browse()
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([
      200,
      expect.stringMatching(/^__Host-clyra_door=[\w.-]+; Path=\/; Max-Age=900; HttpOnly; SameSite=Strict; Secure$/),
    ])
    // A redirect from elsewhere would leave the Strict cookie behind; a page of the door does not.
    expect(answer.body).toContain('<meta http-equiv="refresh" content="0;url=/approve">')
    const list = await page('/approve', sessionIn(answer.headers))
    expect([list.statusCode, list.body]).toEqual([200, expect.stringContaining('ben')])
  })

  test('leads back to the page that wanted it, and nowhere but to pages of the door', async () => {
    expect((await world.browse(`/approve/sign-on?to=/approve/${change_id}`)).body).toContain(`0;url=/approve/${change_id}`)
    for (const to of ['https://evil.example', '//evil.example', '/approve/../v1', '/approve/x"onload'])
      expect((await world.browse(`/approve/sign-on?to=${encodeURIComponent(to)}`)).body).toContain('content="0;url=/approve"')
  })

  test('ends when the account is unlinked', async () => {
    const subject = await world.link('una', 'okta|una')
    world.idp.account = { sub: 'okta|una' }
    const cookie = sessionIn((await world.browse()).headers)
    expect((await page('/approve', cookie)).statusCode).toBe(200)
    await world.gateway.ledger.identities.unlink('default', subject, 'left', { actor: 'root', person: null })
    expect((await page('/approve', cookie)).statusCode).toBe(401)
  })

  test('ends when another provider is configured', async () => {
    const cookie = sessionIn((await world.browse()).headers)
    const { iss } = world.provider
    world.provider.iss = 'https://other.example'
    expect((await page('/approve', cookie)).statusCode).toBe(401)
    world.provider.iss = iss
  })

  test('is a page with one opaque answer where it is refused', async () => {
    world.idp.account = { sub: 'okta|nobody' }
    const { statusCode, body, headers } = await world.browse()
    expect([statusCode, headers['set-cookie']]).toEqual([401, undefined])
    expect(body).toContain('CLYRA_DOOR_REFUSED')
    expect(body).not.toContain('CLYRA_SSO')
  })

  test('is said to be unreachable when the provider is away, and nothing is blamed on the person', async () => {
    const before = await world.refusals()
    world.idp.away = true
    const { statusCode, body } = await world.browse()
    expect([statusCode, body]).toEqual([502, expect.stringContaining('CLYRA_SSO_UNREACHABLE')])
    expect(await world.refusals()).toEqual(before)
  })
})

describe('an invitation', () => {
  const invite = async (person: string): Promise<string> => {
    const answer = await world.gateway.call(admin, { method: 'POST', url: '/v1/invites', payload: { person } })
    return answer.json<InviteView>().url.split('#')[1] ?? ''
  }
  const link = async (token: string, sub: string) => {
    world.idp.account = { sub }
    const left = await post('/approve/enroll/account', { token })
    if (left.statusCode !== 200) return left
    const { pathname, search } = await world.idp.walk(left.json().url)
    return page(`${pathname}${search}`, cookieOf(left.headers['set-cookie']))
  }

  test('links the account of the person, by receipts, and opens a session', async () => {
    const before = world.gateway.trustChanges()
    const answer = await link(await invite('hal'), 'okta|hal')
    expect(answer.statusCode).toBe(200)
    expect((await page('/approve', sessionIn(answer.headers))).statusCode).toBe(200)
    const receipts = (await world.gateway.ledger.log.read(tenantStream('default'))).map(({ receipt }) => receipt)
    expect(receipts.find(({ kind, body }) => kind === 'approver_invited' && body.person === 'hal')?.actor).toEqual({
      actor: 'admin',
      person: null,
    })
    expect(receipts.at(-1)).toMatchObject({ kind: 'subject_linked', body: { person: 'hal', sub: 'okta|hal', iss: world.idp.issuer } })
    expect(world.gateway.trustChanges()).toBeGreaterThan(before)
  })

  test('is good for a passkey and an account, once each', async () => {
    const token = await invite('ida')
    const one = softAuthenticator(world.gateway.deps.door)
    const passkey = { spki: one.spki.toString('base64'), credential_id: one.passkey.credential_id }
    const enrolled = await post('/approve/enroll', { token, ...passkey, assertion: one.assert(proofMessage('invite', token)) })
    expect(enrolled.statusCode).toBe(201)
    expect((await link(token, 'okta|ida')).statusCode).toBe(200)
    expect((await link(token, 'okta|ida')).statusCode).toBe(200)
    expect((await link(token, 'okta|ida-too')).statusCode).toBe(401)
    const { subjects } = await world.gateway.ledger.identities.registry('default')
    expect(subjects.filter(({ person }) => person === 'ida').map(({ sub }) => sub)).toEqual(['okta|ida'])
  })

  test.each<[string, string, string]>([
    ['belongs to somebody else', 'okta|ben', 'CLYRA_SSO_UNLINKED'],
    ['was unlinked', 'okta|una', 'CLYRA_SSO_UNLINKED'],
  ])('links no account that %s', async (_, sub, code) => {
    expect((await link(await invite('jan'), sub)).statusCode).toBe(401)
    expect((await world.refusals()).at(-1)).toMatchObject({ code, door: 'enrolment', person: 'jan' })
    const { subjects } = await world.gateway.ledger.identities.registry('default')
    expect(subjects.filter(({ person }) => person === 'jan')).toEqual([])
  })

  test.each(['bеn', 'Ben', 'Ben ', 'zoe\u0308', 'a\u202eb', ' ben', 'b  n'])(
    'is not made for a name that may be taken for another: %j',
    async (person) => {
      const answer = await world.gateway.call(admin, { method: 'POST', url: '/v1/invites', payload: { person } })
      expect([answer.statusCode, answer.json().errors]).toEqual([400, [expect.objectContaining({ pointer: '/person' })]])
    },
  )
})

describe('a terminal', () => {
  const verifier = 'v'.repeat(64)
  const caller = { address: 'http://127.0.0.1:49152/signed-on', challenge: hashOf(verifier) }

  /** What a browser does with the page a terminal opened: it ends at the terminal's own address. */
  async function passThrough(url: string): Promise<URL> {
    const { pathname, search } = new URL(url)
    const shown = await page(`${pathname}${search}`)
    const go = /href="(\/approve\/terminal\/go[^"]+)"/.exec(shown.body)?.[1] as string
    const left = await page(go)
    const callback = await world.idp.walk(left.headers.location as string)
    const back = await page(`${callback.pathname}${callback.search}`, cookieOf(left.headers['set-cookie']))
    expect(back.statusCode).toBe(303)
    return new URL(back.headers.location as string)
  }
  const claim = (code: string, secret = verifier) => post('/approve/terminal/claim', { code, verifier: secret }, { origin: '' })

  test('signs in, and gets a token of the person for what it alone can redeem, once', async () => {
    const begun = await post('/approve/terminal/session', caller, { origin: '' })
    const arrived = await passThrough(begun.json().url)
    expect(arrived.origin + arrived.pathname).toBe(caller.address)
    const code = arrived.searchParams.get('code') ?? ''
    expect((await claim(code, 'w'.repeat(64))).json().code).toBe('CLYRA_DOOR_REFUSED')
    const claimed = (await claim(code)).json()
    expect(claimed).toMatchObject({ person: 'ben', token: expect.any(String) })
    expect(await world.gateway.ledger.tokens.principal(claimed.token)).toMatchObject({ person: 'ben', roles: ['approver'] })
    expect((await claim(code)).json().code).toBe('CLYRA_DOOR_REFUSED')
    expect((await world.refusals()).at(-1)).toMatchObject({ code: 'CLYRA_API_UNAUTHENTICATED', door: 'cli' })
  })

  test('opens its page once', async () => {
    const { url } = (await post('/approve/terminal/session', caller)).json()
    await passThrough(url)
    const { pathname, search } = new URL(url)
    expect((await page(`${pathname}/go${search}`)).statusCode).toBe(401)
  })

  test.each([
    'http://127.0.0.1:49152/other',
    'http://127.0.0.1.evil.example:80/signed-on',
    'https://127.0.0.1:49152/signed-on',
    'http://localhost:49152/signed-on',
    'http://10.0.0.1:49152/signed-on',
    'http://127.0.0.1@evil.example:80/signed-on',
    'http://127.0.0.1:49152/signed-on#x',
  ])('is nowhere but on the person’s own machine: %s', async (address) => {
    expect((await post('/approve/terminal/session', { ...caller, address })).statusCode).toBe(400)
  })
})

describe('the result of a sign-on', () => {
  test('is the person’s alone, once, and its token is kept from then on', async () => {
    const { deps, ledger } = world.gateway
    const signedOn = await world.signOn(decision('ben'))
    const code = await handOver(deps, signedOn)
    await expect(claimSignOn(deps, code, { person: 'cara' })).rejects.toMatchObject({ code: 'CLYRA_API_UNAUTHENTICATED' })
    await expect(claimSignOn(deps, code, { verifier: 'v'.repeat(64) })).rejects.toMatchObject({ code: 'CLYRA_API_UNAUTHENTICATED' })
    expect(await ledger.identities.tokensOf('default', change_id)).toEqual(new Map())
    const { signature, about, sign_on } = await claimSignOn(deps, code, { person: 'ben' })
    expect(about).toEqual({ change_id })
    expect(signature).toEqual({
      sig: expect.stringMatching(/^[A-Za-z0-9+/]{86}==$/),
      id_token: { digest: sign_on.id_token_digest, iss: world.idp.issuer, kid: 'es256-1', alg: 'ES256' },
    })
    expect(await ledger.identities.tokensOf('default', change_id)).toEqual(new Map([[sign_on.id_token_digest, signedOn.token]]))
    await expect(claimSignOn(deps, code, { person: 'ben' })).rejects.toMatchObject({ code: 'CLYRA_API_UNAUTHENTICATED' })
  })
})

describe('a person who is asked again and again', () => {
  test('is locked after three prompts without a decision, by a receipt and a log line; a decision starts afresh', async () => {
    await world.link('kim', 'okta|kim')
    world.idp.account = { sub: 'okta|kim' }
    const ask = () => world.signOn(decision('kim'))
    for (let prompt = 1; prompt <= 3; prompt += 1) await ask()
    await expect(ask()).rejects.toMatchObject({ code: 'CLYRA_DOOR_LOCKED' })
    expect((await world.refusals()).at(-1)).toEqual({ code: 'CLYRA_DOOR_LOCKED', door: 'page', change_id, person: 'kim' })
    expect(world.gateway.logged.at(-1)).toContain('CLYRA_DOOR_LOCKED')
    await world.gateway.ledger.signOns.settle('default', 'kim')
    await expect(ask()).resolves.toMatchObject({ person: 'kim' })
  })

  test('is asked no more than three times by twenty at once', async () => {
    await world.link('lea', 'okta|lea')
    world.idp.account = { sub: 'okta|lea' }
    const settled = await Promise.allSettled(Array.from({ length: 20 }, () => world.signOn(decision('lea'))))
    expect(settled.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(3)
  })
})

test('refusals of those nobody knows fill no log', async () => {
  for (let knock = 0; knock < 40; knock += 1) await page('/approve/callback?state=x')
  expect((await world.refusals()).filter(({ person }) => person === null).length).toBeLessThanOrEqual(40)
  const before = (await world.refusals()).length
  await page('/approve/callback?state=x')
  expect((await world.refusals()).length).toBe(before)
})

test('a key of the provider that stands in the log is not written again', async () => {
  const { ledger } = world.gateway
  const before = world.gateway.trustChanges()
  const known = (await ledger.identities.registry('default')).idp_keys
  await Promise.all([world.signOn(), world.signOn()])
  expect((await ledger.identities.registry('default')).idp_keys).toEqual(known)
  expect(world.gateway.trustChanges()).toBe(before)
})

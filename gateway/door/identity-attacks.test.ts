// Identity attacks on company sign-on: each is refused, leaves a receipt with its precise code, and gets one opaque answer outside.
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Provider } from '../../core/sign-on.ts'
import type { Bend } from '../../tests/support/oidc.ts'
import type { SignOnAsk } from './sign-on.ts'
import { type Callback, type SigningOn, startSigningOn } from './testing/signing-on.ts'

let world: SigningOn
let usual: Provider
const change_id = `chg_${'b'.repeat(26)}`
const decision: Partial<SignOnAsk> = { purpose: 'decision', person: 'ben', nonce: 'x'.repeat(43), about: { change_id } }

beforeAll(async () => {
  world = await startSigningOn()
  usual = { ...world.provider }
  await world.link('ben', 'okta|ben')
}, 60_000)
beforeEach(async () => {
  Object.assign(world.provider, { ...usual, tenant_claim: null })
  Object.assign(world.idp, { account: { sub: 'okta|ben' }, bend: null, says: {} })
  await world.gateway.ledger.signOns.settle('default', 'ben')
})
afterAll(() => world?.stop())

/** Refused outside by one answer, inside by this code. */
async function refused(attempt: () => Promise<unknown>, code: string, person: string | null = 'ben'): Promise<void> {
  const before = await world.refusals()
  await expect(attempt()).rejects.toMatchObject({
    code: 'CLYRA_DOOR_REFUSED',
    message: 'expected a sign-on that proves who you are, found none',
  })
  const receipts = (await world.refusals()).slice(before.length)
  expect(receipts).toEqual([expect.objectContaining({ code, person })])
}

// Receipts of one person are bounded by the hour, so each attack is another person's.
const attackOf = async (change?: (callback: Callback) => void): Promise<[() => Promise<unknown>, string]> => {
  const [person, sub] = [`p-${randomUUID()}`, `sub-${randomUUID()}`]
  await world.link(person, sub)
  world.idp.account = { ...world.idp.account, sub }
  return [() => world.signOn({ ...decision, person }, change), person]
}
async function attack(code: string, change?: (callback: Callback) => void): Promise<void> {
  const [attempt, person] = await attackOf(change)
  await refused(attempt, code, person)
}

test('without an attack the same sign-on is taken, and its token is about the decision', async () => {
  const { person, verified } = await world.signOn(decision)
  expect([person, verified.alg]).toEqual(['ben', 'ES256'])
  const { idp_keys } = await world.gateway.ledger.identities.registry('default')
  expect(idp_keys).toEqual([expect.objectContaining({ iss: world.idp.issuer, kid: 'es256-1', alg: 'ES256' })])
})

describe('what the token says', () => {
  const now = () => Math.floor(Date.now() / 1000)
  test.each<[string, (bend: Bend) => Record<string, unknown>, string]>([
    ['wrong iss', () => ({ iss: 'https://evil.example' }), 'CLYRA_SSO_ISSUER'],
    ['iss with a trailing slash', ({ payload }) => ({ iss: `${payload.iss}/` }), 'CLYRA_SSO_ISSUER'],
    ['aud of another client', () => ({ aud: 'another-client' }), 'CLYRA_SSO_AUDIENCE'],
    ['aud of ours beside another', () => ({ aud: ['clyra', 'another-client'], azp: 'clyra' }), 'CLYRA_SSO_AUDIENCE'],
    ['azp of another client', () => ({ azp: 'another-client' }), 'CLYRA_SSO_AUDIENCE'],
    ['nonce of another decision', () => ({ nonce: 'y'.repeat(43) }), 'CLYRA_SSO_NONCE'],
    ['no nonce', () => ({ nonce: undefined }), 'CLYRA_SSO_CLAIM'],
    ['stale auth_time', () => ({ auth_time: now() - 3600 }), 'CLYRA_SSO_STALE'],
    ['auth_time of the future', () => ({ auth_time: now() + 3600 }), 'CLYRA_SSO_STALE'],
    ['auth_time missing', () => ({ auth_time: undefined }), 'CLYRA_SSO_CLAIM'],
    ['an auth_time that is a text', () => ({ auth_time: String(now()) }), 'CLYRA_SSO_CLAIM'],
    ['a time that is over', () => ({ exp: now() - 3600 }), 'CLYRA_SSO_STALE'],
    ['amr that is no list', () => ({ amr: 'mfa' }), 'CLYRA_SSO_CLAIM'],
    ['an empty sub', () => ({ sub: '' }), 'CLYRA_SSO_CLAIM'],
  ])('%s', async (_, claims, code) => {
    world.idp.bend = (bend) => bend.sign({ ...bend.payload, ...claims(bend) })
    await attack(code)
  })

  test('a silent session of before (prompt=none), although it is within max_age', async () => {
    world.idp.bend = ({ sign, payload }) => sign({ ...payload, auth_time: now() - 120 })
    await attack('CLYRA_SSO_STALE')
  })

  test.each<[string, 'tid' | 'hd' | 'org_id', Record<string, unknown>]>([
    ['the right domain but the wrong tid', 'tid', { tid: 'tenant-of-evil', hd: 'shop.example' }],
    ['tid missing', 'tid', {}],
    ['hd missing, as of a consumer account', 'hd', {}],
    ['hd of another domain', 'hd', { hd: 'shop.example.evil.example' }],
    ['hd in a list', 'hd', { hd: ['shop.example'] }],
    ['org_id missing', 'org_id', {}],
  ])('%s', async (_, name, claims) => {
    world.provider.tenant_claim = { name, value: name === 'hd' ? 'shop.example' : 'tenant-of-shop' }
    world.idp.bend = ({ sign, payload }) => sign({ ...payload, ...claims })
    await attack('CLYRA_SSO_TENANT')
  })
})

describe('how the token is signed', () => {
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  test.each<[string, (bend: Bend) => string | Promise<string>, string]>([
    [
      'HS256 with the public key as its secret (RS256→HS256)',
      ({ payload, header }) => {
        const said = `${encoded({ ...header, alg: 'HS256' })}.${encoded(payload)}`
        return `${said}.${createHmac('sha256', own.publicKey.export({ format: 'pem', type: 'spki' }))
          .update(said)
          .digest('base64url')}`
      },
      'CLYRA_SSO_SIGNATURE',
    ],
    ['alg none', ({ payload, header }) => `${encoded({ ...header, alg: 'none' })}.${encoded(payload)}.`, 'CLYRA_SSO_SIGNATURE'],
    ['alg None', ({ payload, header }) => `${encoded({ ...header, alg: 'None' })}.${encoded(payload)}.`, 'CLYRA_SSO_SIGNATURE'],
    ['a payload that was changed', ({ token, payload }) => changed(token, { ...payload, sub: 'okta|ben' }), 'CLYRA_SSO_SIGNATURE'],
    [
      'a jwk header with the attacker’s own key',
      (bend) => forged(bend, { jwk: own.publicKey.export({ format: 'jwk' }) }),
      'CLYRA_SSO_SIGNATURE',
    ],
    ['a jku header', (bend) => forged(bend, { jku: 'https://evil.example/jwks' }), 'CLYRA_SSO_SIGNATURE'],
    ['a kid that is a path', ({ sign, payload }) => sign(payload, { kid: '../../../../dev/null' }), 'CLYRA_SSO_KEY'],
    ['a kid of nobody', ({ sign, payload }) => sign(payload, { kid: 'es256-2' }), 'CLYRA_SSO_KEY'],
    ['no kid', ({ sign, payload }) => sign(payload, { kid: undefined }), 'CLYRA_SSO_KEY'],
    ['no token at all', () => 'e30.e30', 'CLYRA_SSO_CLAIM'],
  ])('%s', async (_, bend, code) => {
    world.idp.bend = bend
    await attack(code)
  })

  const changed = (token: string, payload: object): string => token.replace(/\.[^.]+\./, `.${encoded(payload)}.`)

  // The key's name is the provider's, the signature the attacker's.
  async function forged({ payload, header }: Bend, more: object): Promise<string> {
    const { sign } = await import('node:crypto')
    const said = `${encoded({ ...header, ...more })}.${encoded(payload)}`
    return `${said}.${sign('sha256', Buffer.from(said), { key: own.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
})

describe('how the browser comes back', () => {
  test('in another browser, where somebody planted the callback', async () => {
    await refused(() => world.signOn(decision, (callback) => Object.assign(callback, { cookies: '' })), 'CLYRA_SSO_STATE', null)
  })

  test('in a browser that began another sign-on', async () => {
    let kept = ''
    await world.signOn(decision, ({ cookies }) => {
      kept = cookies
    })
    const other = (callback: Callback) => Object.assign(callback, { cookies: `${callback.cookies.split('=')[0]}=${kept.split('=')[1]}` })
    await refused(() => world.signOn(decision, other), 'CLYRA_SSO_STATE', null)
  })

  test('with the same state twice', async () => {
    let first: Callback = { query: new URLSearchParams(), cookies: '' }
    await world.signOn(decision, (callback) => {
      first = { ...callback }
    })
    await refused(() => world.signOn(decision, (callback) => Object.assign(callback, first)), 'CLYRA_SSO_STATE', null)
  })

  test.each(['', 'e30.AAAA', 'not a state'])('with a state of its own making: %j', async (state) => {
    await refused(() => world.signOn(decision, ({ query }) => query.set('state', state)), 'CLYRA_SSO_STATE', null)
  })

  test('with the answer of another provider (mix-up), by its iss parameter', async () => {
    await attack('CLYRA_SSO_ISSUER', ({ query }) => query.set('iss', 'https://evil.example'))
  })

  test('without the iss parameter the provider promised', async () => {
    await attack('CLYRA_SSO_ISSUER', ({ query }) => query.delete('iss'))
  })

  test('with a code of somebody else, who signed on for something else', async () => {
    let stolen = ''
    await world.signOn({}, ({ query }) => {
      stolen = query.get('code') ?? ''
    })
    await attack('CLYRA_SSO_REFUSED', ({ query }) => query.set('code', stolen))
  })

  test('because the person declined', async () => {
    const [attempt, person] = await attackOf()
    world.idp.account = null
    await refused(attempt, 'CLYRA_SSO_REFUSED', person)
  })
})

describe('whose account it is', () => {
  test('one of another person', async () => {
    await world.link('cara', 'okta|cara')
    world.idp.account = { sub: 'okta|cara' }
    await refused(() => world.signOn(decision), 'CLYRA_SSO_UNLINKED')
  })

  test('one nobody linked, although its e-mail address is the person’s', async () => {
    world.idp.account = { sub: 'okta|eve', claims: { email: 'ben', email_verified: true, preferred_username: 'ben' } }
    world.idp.bend = ({ sign, payload }) => sign({ ...payload, email: 'ben', email_verified: true })
    await refused(() => world.signOn(decision), 'CLYRA_SSO_UNLINKED')
    await refused(() => world.signOn(), 'CLYRA_SSO_UNLINKED', null)
  })

  test('one that was unlinked since', async () => {
    const subject = await world.link('dora', 'okta|dora')
    world.idp.account = { sub: 'okta|dora' }
    await expect(world.signOn({ ...decision, person: 'dora' })).resolves.toMatchObject({ person: 'dora' })
    await world.gateway.ledger.identities.unlink('default', subject, 'left', { actor: 'root', person: null })
    await refused(() => world.signOn({ ...decision, person: 'dora' }), 'CLYRA_SSO_UNLINKED', 'dora')
  })

  test('the twin of a sub under NFC and NFD', async () => {
    const [nfc, nfd] = ['okta|zoë'.normalize('NFC'), 'okta|zoë'.normalize('NFD')]
    await world.link('zoe', nfc)
    world.idp.account = { sub: nfd }
    await refused(() => world.signOn({ ...decision, person: 'zoe' }), 'CLYRA_SSO_UNLINKED', 'zoe')
    world.idp.account = { sub: nfc }
    await expect(world.signOn({ ...decision, person: 'zoe' })).resolves.toMatchObject({ person: 'zoe' })
  })

  test('the same sub of another issuer', async () => {
    const { identities } = world.gateway.ledger
    const subject = { person: 'gus', subject_id: 'a'.repeat(64), iss: 'https://evil.example', sub: 'okta|gus' }
    await identities.link('default', subject, { actor: 'root', person: null })
    world.idp.account = { sub: 'okta|gus' }
    await refused(() => world.signOn({ ...decision, person: 'gus' }), 'CLYRA_SSO_UNLINKED', 'gus')
  })
})

test('no refusal told anybody outside which check it was, and no log holds a token', async () => {
  expect(world.gateway.logged.some((line) => line.includes('CLYRA_SSO_TENANT'))).toBe(true)
  expect(world.gateway.logged.filter((line) => line.includes('eyJ'))).toEqual([])
})

import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { IdpKey, Provider } from '../core/sign-on.ts'
import { subjectId, verifyIdToken } from './id-token.ts'

const at = '2026-01-05T09:00:00.000Z'
const now = Date.parse(at) / 1000
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const spkiOf = (key: typeof ec.publicKey) => key.export({ format: 'der', type: 'spki' }).toString('base64')
const iss = 'https://login.example/tenant'
const keys: IdpKey[] = [
  { iss, kid: 'e', alg: 'ES256', spki: spkiOf(ec.publicKey), seen_at: at },
  { iss, kid: 'r', alg: 'RS256', spki: spkiOf(rsa.publicKey), seen_at: at },
]
const provider: Provider = { iss, client_id: 'clyra', tenant_claim: null, acr_values: [], max_age_seconds: 300 }
const nonce = 'n'.repeat(43)
const claims = { iss, aud: 'clyra', sub: 'ben', nonce, iat: now - 5, exp: now + 300, auth_time: now - 10 }

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
function tokenOf(said: object = {}, header: object = {}): string {
  const whole = { alg: 'ES256', kid: 'e', ...header }
  const text = `${part(whole)}.${part({ ...claims, ...said })}`
  const bytes = Buffer.from(text)
  const made =
    whole.alg === 'ES256' ? sign('sha256', bytes, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }) : sign('sha256', bytes, rsa.privateKey)
  return `${text}.${made.toString('base64url')}`
}
const verify = (token: string, about: Partial<Parameters<typeof verifyIdToken>[1]> = {}) =>
  verifyIdToken(token, { provider, keys, nonce, at, ...about })
const codeFor = async (...[token, about]: Parameters<typeof verify>) => {
  const verified = await verify(token, about)
  return 'code' in verified ? verified.code : 'verified'
}

describe('an ID token', () => {
  test('that is right says who signed on, when and how', async () => {
    const token = tokenOf({ acr: 'urn:mfa', amr: ['pwd', 'otp'] })
    expect(await verify(token)).toEqual({
      subject_id: subjectId(iss, 'ben'),
      sub: 'ben',
      sign_on: {
        id_token_digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        auth_time: '2026-01-05T08:59:50.000Z',
        acr: 'urn:mfa',
        amr: ['pwd', 'otp'],
      },
      kid: 'e',
      alg: 'ES256',
      sig: Buffer.from(token.split('.')[2] ?? '', 'base64url').toString('base64'),
    })
  })

  test('may be signed with RS256, and may leave out acr and amr', async () => {
    expect(await verify(tokenOf({}, { alg: 'RS256', kid: 'r' }))).toMatchObject({ alg: 'RS256', sign_on: { acr: null, amr: [] } })
  })

  test.each<[string, object, string]>([
    ['iss of another', { iss: 'https://evil.example' }, 'CLYRA_SSO_ISSUER'],
    ['iss with a slash', { iss: `${iss}/` }, 'CLYRA_SSO_ISSUER'],
    ['iss in capitals', { iss: iss.toUpperCase() }, 'CLYRA_SSO_ISSUER'],
    ['aud of another', { aud: 'other' }, 'CLYRA_SSO_AUDIENCE'],
    ['aud of two', { aud: ['clyra', 'other'] }, 'CLYRA_SSO_AUDIENCE'],
    ['azp of another', { azp: 'other' }, 'CLYRA_SSO_AUDIENCE'],
    ['another nonce', { nonce: 'm'.repeat(43) }, 'CLYRA_SSO_NONCE'],
    ['no nonce', { nonce: undefined }, 'CLYRA_SSO_NONCE'],
    ['over', { exp: now - 61 }, 'CLYRA_SSO_STALE'],
    ['not yet', { nbf: now + 61 }, 'CLYRA_SSO_STALE'],
    ['auth_time too old', { auth_time: now - 361 }, 'CLYRA_SSO_STALE'],
    ['auth_time to come', { auth_time: now + 61 }, 'CLYRA_SSO_STALE'],
    ['no auth_time', { auth_time: undefined }, 'CLYRA_SSO_CLAIM'],
    ['auth_time in words', { auth_time: `${now}` }, 'CLYRA_SSO_CLAIM'],
    ['auth_time with a fraction', { auth_time: now - 0.5 }, 'CLYRA_SSO_CLAIM'],
    ['no sub', { sub: undefined }, 'CLYRA_SSO_CLAIM'],
    ['a sub that is empty', { sub: '' }, 'CLYRA_SSO_CLAIM'],
    ['a sub that is a number', { sub: 7 }, 'CLYRA_SSO_CLAIM'],
    ['a sub beyond 255', { sub: 'x'.repeat(256) }, 'CLYRA_SSO_CLAIM'],
    ['acr in a list', { acr: ['urn:mfa'] }, 'CLYRA_SSO_CLAIM'],
    ['amr in a text', { amr: 'mfa' }, 'CLYRA_SSO_CLAIM'],
    ['amr of numbers', { amr: [1] }, 'CLYRA_SSO_CLAIM'],
  ])('is refused: %s', async (_, said, code) => {
    expect(await codeFor(tokenOf(said))).toBe(code)
  })

  test.each([
    [{ auth_time: now - 360 }, 'verified'],
    [{ auth_time: now + 60 }, 'verified'],
    [{ azp: 'clyra' }, 'verified'],
    [{ aud: ['clyra'] }, 'verified'],
    [{ sub: 'x'.repeat(255) }, 'verified'],
  ])('is taken at the edge: %j', async (said, code) => {
    expect(await codeFor(tokenOf(said))).toBe(code)
  })

  test.each<[string, 'tid' | 'hd' | 'org_id', object, string]>([
    ['the right one', 'tid', { tid: 'shop' }, 'verified'],
    ['another', 'tid', { tid: 'shop2' }, 'CLYRA_SSO_TENANT'],
    ['none', 'hd', { tid: 'shop' }, 'CLYRA_SSO_TENANT'],
    ['a list', 'org_id', { org_id: ['shop'] }, 'CLYRA_SSO_TENANT'],
  ])('of a company: %s', async (_, name, said, code) => {
    expect(await codeFor(tokenOf(said), { provider: { ...provider, tenant_claim: { name, value: 'shop' } } })).toBe(code)
  })
})

describe('its signature', () => {
  const [head, body, made] = tokenOf().split('.') as [string, string, string]
  const hmac = (text: string) =>
    createHmac('sha256', rsa.publicKey.export({ format: 'pem', type: 'spki' }))
      .update(text)
      .digest('base64url')
  const confused = `${part({ alg: 'HS256', kid: 'r' })}.${body}`

  test.each([
    ['alg none', `${part({ alg: 'none', kid: 'e' })}.${body}.`, 'CLYRA_SSO_KEY'],
    ['RS256→HS256', `${confused}.${hmac(confused)}`, 'CLYRA_SSO_KEY'],
    ['a key of another algorithm', tokenOf({}, { alg: 'RS256', kid: 'e' }), 'CLYRA_SSO_KEY'],
    ['a key nobody saw', tokenOf({}, { kid: 'x' }), 'CLYRA_SSO_KEY'],
    ['no kid', tokenOf({}, { kid: undefined }), 'CLYRA_SSO_KEY'],
    ['a kid that is a path', tokenOf({}, { kid: '../e' }), 'CLYRA_SSO_KEY'],
    ['a payload that was changed', `${head}.${part({ ...claims, sub: 'eve' })}.${made}`, 'CLYRA_SSO_SIGNATURE'],
    ['a signature that was changed', `${head}.${body}.${'A'.repeat(86)}`, 'CLYRA_SSO_SIGNATURE'],
    ['no signature', `${head}.${body}.`, 'CLYRA_SSO_SIGNATURE'],
    ['a critical header nobody knows', tokenOf({}, { crit: ['x'], x: 1 }), 'CLYRA_SSO_SIGNATURE'],
    ['nothing', '', 'CLYRA_SSO_KEY'],
    ['five parts', `${head}.${body}.${made}.a.b`, 'CLYRA_SSO_SIGNATURE'],
  ])('is refused: %s', async (_, token, code) => {
    expect(await codeFor(token)).toBe(code)
  })

  test.each(['jwk', 'jku', 'x5u', 'x5c'])('is never checked with what the header brings along: %s', async (name) => {
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const brought = name === 'jwk' ? own.publicKey.export({ format: 'jwk' }) : name === 'x5c' ? ['AAAA'] : 'https://evil.example/k'
    const text = `${part({ alg: 'ES256', kid: 'e', [name]: brought })}.${body}`
    const forged = `${text}.${sign('sha256', Buffer.from(text), { key: own.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
    expect(await codeFor(forged)).toBe('CLYRA_SSO_SIGNATURE')
  })

  test('of a key seen at another provider does not count', async () => {
    expect(await codeFor(tokenOf(), { keys: keys.map((key) => ({ ...key, iss: `${iss}/` })) })).toBe('CLYRA_SSO_KEY')
  })
})

test('accounts are told apart byte by byte', () => {
  const ids = [
    [iss, 'zoë'.normalize('NFC')],
    [iss, 'zoë'.normalize('NFD')],
    [`${iss}/`, 'zoë'],
    [iss, 'Zoë'],
    [`${iss}","zoë`, ''],
  ].map(([issuer = '', sub = '']) => subjectId(issuer, sub))
  expect(new Set(ids).size).toBe(ids.length)
})

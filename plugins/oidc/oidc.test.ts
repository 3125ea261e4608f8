import { createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { IdentityProvider } from '../../core/ports.ts'
import { startIdp, type TestIdp } from '../../tests/support/oidc.ts'
import { oidcProvider } from './index.ts'

const redirect_uri = 'https://door.example/approve/callback'
const asked = { redirect_uri, state: 'st.ate', nonce: 'n0nce', acr_values: ['urn:clyra:mfa'], max_age_seconds: 300 }

describe.each(['ES256', 'RS256'] as const)('a provider that signs with %s', (alg) => {
  let idp: TestIdp
  let port: IdentityProvider

  beforeAll(async () => {
    idp = await startIdp(redirect_uri, alg)
  })
  beforeEach(() => {
    Object.assign(idp, { bend: null, says: {}, account: { sub: 'okta|ben', acr: 'urn:clyra:mfa', amr: ['pwd', 'otp'] } })
    port = oidcProvider(idp.client)
  })
  afterAll(() => idp.stop())

  const back = async () => {
    const { url, verifier } = await port.begin(asked)
    const { search } = await idp.walk(url)
    return { query: search.slice(1), verifier, redirect_uri, state: asked.state, nonce: asked.nonce }
  }

  test('is asked for a new sign-on, by a code that only this door can trade', async () => {
    await back()
    const query = Object.fromEntries(idp.asked.at(-1) ?? [])
    expect(query).toMatchObject({ prompt: 'login', max_age: '300', acr_values: 'urn:clyra:mfa', code_challenge_method: 'S256' })
    expect(query).toMatchObject({ response_type: 'code', scope: 'openid', nonce: 'n0nce', state: 'st.ate' })
  })

  test('gives a token with all that was asked, and the key it is signed with', async () => {
    const { id_token, key } = await port.finish(await back())
    const [, payload = ''] = id_token.split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      iss: idp.issuer,
      aud: 'clyra',
      sub: 'okta|ben',
      nonce: 'n0nce',
      acr: 'urn:clyra:mfa',
      amr: ['pwd', 'otp'],
      auth_time: expect.any(Number),
    })
    expect(key).toMatchObject({ iss: idp.issuer, alg, kid: `${alg.toLowerCase()}-1` })
    const spki = createPublicKey({ key: Buffer.from(key.spki, 'base64'), format: 'der', type: 'spki' })
    expect(spki.asymmetricKeyType).toBe(alg === 'ES256' ? 'ec' : 'rsa')
  })

  test('trades no code twice, none with another verifier, and none for a person who declined', async () => {
    const callback = await back()
    await expect(port.finish({ ...callback, verifier: 'x'.repeat(43) })).rejects.toMatchObject({ code: 'CLYRA_SSO_REFUSED' })
    const again = await back()
    await port.finish(again)
    await expect(port.finish(again)).rejects.toMatchObject({ code: 'CLYRA_SSO_REFUSED' })
    idp.account = null
    await expect(port.finish(await back())).rejects.toMatchObject({ code: 'CLYRA_SSO_REFUSED' })
  })

  test.each([
    ['of another provider', (query: URLSearchParams) => query.set('iss', 'https://evil.example')],
    ['of nobody', (query: URLSearchParams) => query.delete('iss')],
    ['of two', (query: URLSearchParams) => query.append('iss', 'https://evil.example')],
  ])('is not mixed up with the answer %s', async (_, change) => {
    const callback = await back()
    const query = new URLSearchParams(callback.query)
    change(query)
    await expect(port.finish({ ...callback, query: query.toString() })).rejects.toMatchObject({ code: 'CLYRA_SSO_ISSUER' })
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['calls itself otherwise', { issuer: 'https://evil.example' }, 'CLYRA_SSO_ISSUER'],
    ['puts a slash behind its name', { issuer: 'SLASH' }, 'CLYRA_SSO_ISSUER'],
    ['has its keys where others may read along', { jwks_uri: 'http://keys.example/jwks' }, 'CLYRA_SSO_PROVIDER'],
    ['has no place to trade codes', { token_endpoint: null }, 'CLYRA_SSO_PROVIDER'],
  ])('is not believed when it %s', async (_, says, code) => {
    idp.says = says.issuer === 'SLASH' ? { issuer: `${idp.issuer}/` } : says
    await expect(port.begin(asked)).rejects.toMatchObject({ code })
    idp.says = {}
    await expect(port.begin(asked)).resolves.toMatchObject({ url: expect.stringContaining(idp.issuer) })
  })

  test('says what it can', async () => {
    expect(await port.check()).toMatchObject({ acr_values: ['urn:clyra:pwd', 'urn:clyra:mfa'], pkce: true, iss_parameter: true })
    expect((await port.check()).claims).toEqual(expect.arrayContaining(['acr', 'amr', 'auth_time']))
  })

  test('leaves nothing of its tokens, codes or secrets in an error', async () => {
    idp.bend = ({ sign, payload }) => sign({ ...payload, nonce: 'canary-nonce' })
    const callback = await back()
    const error = await port.finish(callback).catch((thrown: unknown) => thrown as Error)
    expect(error).toMatchObject({ code: 'CLYRA_SSO_NONCE' })
    expect((error as Error).cause).toBeUndefined()
    for (const secret of ['canary', callback.verifier, 'okta|ben', new URLSearchParams(callback.query).get('code') ?? ''])
      expect(`${(error as Error).message}\n${JSON.stringify(error)}`).not.toContain(secret)
  })
})

test('a provider that is not there is unreachable, and is asked again', async () => {
  const idp = await startIdp(redirect_uri)
  await idp.stop()
  const port = oidcProvider(idp.client)
  await expect(port.begin(asked)).rejects.toMatchObject({ code: 'CLYRA_SSO_UNREACHABLE' })
  await expect(port.check()).rejects.toMatchObject({ code: 'CLYRA_SSO_UNREACHABLE' })
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Provider } from '../../core/sign-on.ts'
import { oidcProvider } from '../../plugins/oidc/index.ts'
import { startIdp, type TestIdp } from '../../tests/support/oidc.ts'
import { type EmulatedIdp, startEmulatedIdp } from '../../tests/support/oidc-emulated.ts'
import { advertisedChecks, sentChecks } from './checks.ts'
import { providerChecks, signOnCheck } from './doctor.ts'

const redirect = 'https://door.example/approve/callback'
const provider: Provider = { iss: 'https://login.example', client_id: 'clyra', tenant_claim: null, acr_values: [], max_age_seconds: 300 }
const statusOf = (checks: { check: string; status: string }[]) => Object.fromEntries(checks.map(({ check, status }) => [check, status]))
const configured = (issuer: string) => ({ root: '/', sso: { issuer, client_id: 'clyra' } }) as Parameters<typeof signOnCheck>[0]

describe('what a provider advertises', () => {
  let idp: TestIdp
  let okta: EmulatedIdp
  let entra: EmulatedIdp
  beforeAll(async () => {
    idp = await startIdp(redirect)
    okta = await startEmulatedIdp('okta', redirect)
    entra = await startEmulatedIdp('microsoft', redirect)
  }, 30_000)
  afterAll(async () => {
    await Promise.all([idp, okta, entra].map((one) => one?.stop()))
  })
  const checks = async (one: { client: TestIdp['client'] }, acr_values: string[] = []) =>
    advertisedChecks(await oidcProvider(one.client).check(), { ...provider, acr_values })

  test('all of it: every check is right', async () => {
    const found = await checks(idp, ['urn:clyra:mfa'])
    expect(found.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(found.at(-1)?.found).toBe('standard, and enhanced with a passkey, as far as the provider advertises')
  })

  test('no acr, as Okta: where one is demanded grade enhanced is not reached, and why is said', async () => {
    const found = await checks(okta, ['urn:clyra:mfa'])
    expect(statusOf(found)).toMatchObject({ auth_time: 'ok', acr: 'warn', amr: 'warn', grade: 'warn' })
    expect(found.at(-1)?.found).toBe('standard; enhanced is not reached: the claim acr is not advertised')
    expect(statusOf(await checks(okta))).toMatchObject({ acr: 'ok', grade: 'ok' })
  })

  test('no auth_time, as Entra: said, since no sign-on would count', async () => {
    const found = (await checks(entra)).find(({ check }) => check === 'auth_time')
    expect(found).toMatchObject({ status: 'warn', found: 'not advertised', remedy: expect.stringContaining('no sign-on counts') })
  })

  test('other values of acr than the demanded', async () => {
    expect((await checks(idp, ['urn:other'])).at(-1)?.found).toBe('standard; enhanced is not reached: no demanded acr value is advertised')
  })

  test('an algorithm nobody here takes fails', () => {
    const said = { algorithms: ['HS256', 'PS256'], acr_values: null, claims: null, pkce: true, iss_parameter: true }
    expect(statusOf(advertisedChecks(said, provider))).toMatchObject({ algorithm: 'fail' })
  })

  test('is one line of `clyra doctor`; a provider that is away or calls itself otherwise fails it', async () => {
    expect(await signOnCheck(configured(idp.issuer))).toMatchObject({ status: 'ok' })
    expect(await signOnCheck(configured(`${idp.issuer}/`))).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('CLYRA_SSO_ISSUER'),
    })
    expect(await signOnCheck(configured('http://127.0.0.1:9'))).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('CLYRA_SSO_UNREACHABLE'),
    })
    expect(await signOnCheck({ root: '/' } as never)).toMatchObject({ status: 'ok', found: 'none is configured' })
    expect(await providerChecks({ root: '/' } as never)).toEqual([
      expect.objectContaining({ found: expect.stringContaining('CLYRA_SSO_OFF') }),
    ])
  })
})

describe('what a sign-on brought', () => {
  const sent = (acr: string | null, amr: string[], acr_values: string[] = []) =>
    sentChecks({ id_token_digest: 'sha256:0', auth_time: '2026-01-05T09:00:00.000Z', acr, amr }, { ...provider, acr_values })
  const gradeIn = (checks: ReturnType<typeof sent>) => checks.find(({ check }) => check === 'grade enhanced')

  test('nothing is demanded: enhanced with a passkey', () => {
    expect(gradeIn(sent(null, []))).toMatchObject({ status: 'ok', found: 'reached with a passkey over the same decision' })
  })

  test('a demanded acr that is absent, or another: not reached, in words', () => {
    expect(gradeIn(sent(null, ['pwd'], ['urn:mfa']))).toMatchObject({
      status: 'warn',
      found: 'not reached: acr must be one of urn:mfa, and the token has none',
    })
    expect(gradeIn(sent('urn:pwd', ['pwd'], ['urn:mfa']))?.found).toContain('has another')
    expect(gradeIn(sent('urn:mfa', ['pwd'], ['urn:mfa']))?.status).toBe('ok')
  })

  test.each([
    [['pwd'], 'warn'],
    [[], 'warn'],
    [['pwd', 'otp'], 'ok'],
    [['mfa'], 'ok'],
  ])('amr %j tells how many factors', (amr, status) => {
    expect(statusOf(sent(null, amr)).factors).toBe(status)
  })
})

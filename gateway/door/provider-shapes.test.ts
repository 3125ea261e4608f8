// Providers that send less than ours in the other tests: what is absent is not made up.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { gradeOf } from '../../core/grade.ts'
import { tenantStream } from '../../core/receipts.ts'
import type { Provider } from '../../core/sign-on.ts'
import { oidcProvider } from '../../plugins/oidc/index.ts'
import { type EmulatedIdp, startEmulatedIdp } from '../../tests/support/oidc-emulated.ts'
import { startTestGateway, type TestGateway } from '../control/testing/gateway.ts'
import { beginSignOn, finishSignOn, redirectUri } from './sign-on.ts'
import { cookieOf } from './testing/signing-on.ts'

let gateway: TestGateway
let idp: EmulatedIdp

beforeAll(async () => {
  gateway = await startTestGateway()
}, 60_000)
afterAll(() => gateway?.stop())
afterEach(async () => {
  await idp.stop()
  await gateway.ledger.signOns.settle('default', 'ben')
})

async function start(service: 'okta' | 'microsoft', part: Partial<Provider> = {}) {
  idp = await startEmulatedIdp(service, redirectUri(gateway.deps.door))
  const { issuer: iss, client_id } = idp.client
  const provider: Provider = { iss, client_id, tenant_claim: null, acr_values: [], max_age_seconds: 300, ...part }
  Object.assign(gateway.deps, { provider, signOn: oidcProvider(idp.client) })
}

const signOn = async () => {
  const ask = { tenant: 'default', purpose: 'link', person: 'ben', nonce: null, about: {}, return_to: '/approve' } as const
  const { url, cookie } = await beginSignOn(gateway.deps, ask)
  return finishSignOn(gateway.deps, { query: (await idp.walk(url)).search.slice(1), cookies: cookieOf(cookie) })
}
const lastRefusal = async () => {
  const receipts = await gateway.ledger.log.read(tenantStream('default'))
  return receipts.filter(({ receipt }) => receipt.kind === 'door_refusal').at(-1)?.receipt.body.code
}

describe('a provider', () => {
  test('like Okta, without acr and amr: the sign-on counts, and says of neither', async () => {
    await start('okta')
    const { verified } = await signOn()
    expect(verified).toMatchObject({ alg: 'RS256', sign_on: { acr: null, amr: [] } })
    expect(gradeOf({ passkey: false, signOn: true })).toBe('standard')
  })

  test('like Okta, for a company that is named by a claim it does not send', async () => {
    await start('okta', { tenant_claim: { name: 'org_id', value: 'shop' } })
    await expect(signOn()).rejects.toMatchObject({ code: 'CLYRA_DOOR_REFUSED' })
    expect(await lastRefusal()).toBe('CLYRA_SSO_TENANT')
  })

  test('like Entra, whose tokens have no auth_time: nobody could tell how old the sign-on is', async () => {
    await start('microsoft')
    await expect(signOn()).rejects.toMatchObject({ code: 'CLYRA_DOOR_REFUSED' })
    expect(await lastRefusal()).toBe('CLYRA_SSO_CLAIM')
  })

  test.each<[string, Provider['tenant_claim']]>([
    ['another tid', { name: 'tid', value: 'tenant-of-shop' }],
    ['a Google domain it knows nothing of (hd missing)', { name: 'hd', value: 'shop.example' }],
  ])('like Entra, for a company with %s: the right e-mail address does not help', async (_, tenant_claim) => {
    await start('microsoft', { tenant_claim })
    await expect(signOn()).rejects.toMatchObject({ code: 'CLYRA_DOOR_REFUSED' })
    expect(await lastRefusal()).toBe('CLYRA_SSO_TENANT')
  })
})

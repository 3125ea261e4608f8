// A gateway with a real provider behind it, and browsers that go from one to the other and back.
import type { LightMyRequestResponse } from 'fastify'
import { tenantStream } from '../../../core/receipts.ts'
import type { Provider } from '../../../core/sign-on.ts'
import { subjectId } from '../../../evidence/id-token.ts'
import { oidcProvider } from '../../../plugins/oidc/index.ts'
import { startIdp, type TestIdp } from '../../../tests/support/oidc.ts'
import { startTestGateway, type TestGateway } from '../../control/testing/gateway.ts'
import { beginSignOn, finishSignOn, redirectUri, type SignedOn, type SignOnAsk } from '../sign-on.ts'

export interface SigningOn {
  gateway: TestGateway
  idp: TestIdp
  provider: Provider
  /** Makes an account a person's, as an administrator's invitation would. */
  link(person: string, sub: string): Promise<string>
  /** Leaves for the provider and comes back; `callback` may be bent before it arrives. */
  signOn(ask?: Partial<SignOnAsk>, change?: (callback: Callback) => void): Promise<SignedOn>
  /** The same as a browser does it. */
  browse(path?: string): Promise<LightMyRequestResponse>
  /** Codes of the refusals in the tenant's log, the latest last. */
  refusals(): Promise<{ code: string; door: string; person: string | null; change_id: string | null }[]>
  stop(): Promise<void>
}

/** What a browser brings back. */
export interface Callback {
  query: URLSearchParams
  cookies: string
}

export const cookieOf = (header: unknown): string => String(header).split(';')[0] as string

export async function startSigningOn(): Promise<SigningOn> {
  const gateway = await startTestGateway()
  const { deps, ledger, app } = gateway
  const idp = await startIdp(redirectUri(deps.door))
  const provider: Provider = { iss: idp.issuer, client_id: 'clyra', tenant_claim: null, acr_values: [], max_age_seconds: 300 }
  Object.assign(deps, { provider, signOn: oidcProvider(idp.client) })
  return {
    gateway,
    idp,
    provider,
    async link(person, sub) {
      const subject_id = subjectId(provider.iss, sub)
      await ledger.identities.link('default', { person, subject_id, iss: provider.iss, sub }, { actor: 'root', person: null })
      return subject_id
    },
    async signOn(ask = {}, change = () => undefined) {
      const usual = { tenant: 'default', purpose: 'session', person: null, nonce: null, about: {}, return_to: '/approve' } as const
      const { url, cookie } = await beginSignOn(deps, { ...usual, ...ask })
      const callback = { query: (await idp.walk(url)).searchParams, cookies: cookieOf(cookie) }
      change(callback)
      return finishSignOn(deps, { query: callback.query.toString(), cookies: callback.cookies })
    },
    async browse(path = '/approve/sign-on') {
      const left = await app.inject({ url: path, headers: { accept: 'text/html' } })
      if (left.headers.location === undefined) return left
      const { pathname, search } = await idp.walk(left.headers.location)
      const cookie = cookieOf(left.headers['set-cookie'])
      return app.inject({ url: `${pathname}${search}`, headers: { cookie, accept: 'text/html' } })
    },
    async refusals() {
      const receipts = await ledger.log.read(tenantStream('default'))
      return receipts.filter(({ receipt }) => receipt.kind === 'door_refusal').map(({ receipt }) => receipt.body as never)
    },
    async stop() {
      await gateway.stop()
      await idp.stop()
    },
  }
}

// A real OpenID provider (oidc-provider) on loopback, whose people sign on without a page. Its answers can be bent on their way out, so
// that what a broken or hostile provider would say can be said with its own keys.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair, type JWTPayload } from 'jose'
import Provider, { type Configuration, type Context } from 'oidc-provider'
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js'
import type { OidcOptions } from '../../plugins/oidc/discovery.ts'
import { freePort } from '../../runtime/parts/port.ts'

/** How the next person signs on. */
export interface Account {
  sub: string
  acr?: string
  amr?: string[]
  /** Seconds since the epoch; now unless given. */
  auth_time?: number
  /** More claims of his ID tokens. */
  claims?: Record<string, unknown>
}

/** An ID token on its way out, and the provider's hand to sign another one with. */
export interface Bend {
  token: string
  header: Record<string, unknown>
  payload: JWTPayload
  sign(payload: JWTPayload, header?: Record<string, unknown>): Promise<string>
}

export interface TestIdp {
  issuer: string
  client: OidcOptions
  account: Account | null
  /** Null: tokens go out as they are. */
  bend: ((bend: Bend) => string | Promise<string>) | null
  /** True: it hangs up on whoever trades a code. */
  away: boolean
  /** Laid over the discovery document. */
  says: Record<string, unknown>
  /** Queries of the authorization requests that arrived. */
  asked: URLSearchParams[]
  /** Signs on as `account` would in a browser of his own; answers the address the provider sends the browser to. */
  walk(url: string): Promise<URL>
  stop(): Promise<void>
}

/** `account` null: whoever comes is refused by the provider. */
export async function startIdp(redirectUri: string, alg: 'ES256' | 'RS256' = 'ES256'): Promise<TestIdp> {
  const issuer = `http://localhost:${await freePort()}`
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const kid = `${alg.toLowerCase()}-1`
  const client_secret = 'canary-secret-of-the-client-77'
  const idp: TestIdp = {
    issuer,
    client: { issuer, client_id: 'clyra', client_secret },
    account: { sub: 'okta|ben' },
    bend: null,
    away: false,
    says: {},
    asked: [],
    walk: (url) => walk(url, issuer),
    stop: async () => undefined,
  }
  const configuration: Configuration = {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid, alg, use: 'sig' }] },
    clients: [
      { client_id: 'clyra', client_secret, redirect_uris: [redirectUri], id_token_signed_response_alg: alg, require_auth_time: true },
    ],
    claims: { openid: ['sub', 'tid', 'hd'], acr: null, amr: null, auth_time: null },
    acrValues: ['urn:clyra:pwd', 'urn:clyra:mfa'],
    conformIdTokenClaims: false,
    cookies: { keys: ['test'] },
    // The very class would be warned of: nothing here outlives a test.
    adapter: class extends MemoryAdapter {},
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    features: { claimsParameter: { enabled: true }, devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub, ...idp.account?.claims }) }),
    async loadExistingGrant(ctx) {
      const { provider, session } = ctx.oidc as NonNullable<Context['oidc']>
      const grant = new provider.Grant({ clientId: 'clyra', accountId: session?.accountId ?? '' })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
  }
  const provider = new Provider(issuer, configuration)
  provider.use(async (ctx, next) => {
    if (ctx.path === '/auth') idp.asked.push(new URLSearchParams(ctx.querystring))
    await next()
    const body = ctx.body as Record<string, unknown> | undefined
    if (ctx.oidc?.route === 'discovery') ctx.body = { ...body, ...idp.says }
    if (idp.bend !== null && typeof body?.id_token === 'string') body.id_token = await idp.bend(bendOf(body.id_token, kid, alg, privateKey))
  })
  const answer = provider.callback()
  const server = createServer((request, response) => {
    if (idp.away && request.url === '/token') request.socket.destroy()
    else if (request.url?.startsWith('/interaction/')) void finishInteraction(provider, idp.account, request, response)
    else answer(request, response)
  })
  server.listen(Number(new URL(issuer).port), '127.0.0.1')
  await once(server, 'listening')
  idp.stop = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return idp
}

async function finishInteraction(provider: Provider, account: Account | null, request: IncomingMessage, response: ServerResponse) {
  const result =
    account === null
      ? { error: 'access_denied', error_description: 'the person declined' }
      : {
          login: {
            accountId: account.sub,
            ...(account.acr === undefined ? {} : { acr: account.acr }),
            ...(account.amr === undefined ? {} : { amr: account.amr }),
            ...(account.auth_time === undefined ? {} : { ts: account.auth_time }),
          },
        }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

function bendOf(token: string, kid: string, alg: string, key: CryptoKey): Bend {
  const [header, payload] = token
    .split('.')
    .map((part, index) => (index < 2 ? JSON.parse(Buffer.from(part, 'base64url').toString()) : null))
  const sign: Bend['sign'] = (claims, more = {}) =>
    new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg, kid, ...more }).sign(key)
  return { token, header, payload, sign }
}

// A browser, as far as it matters: it keeps cookies and goes where it is sent, until that is somebody else's.
async function walk(url: string, issuer: string): Promise<URL> {
  const cookies = new Map<string, string>()
  for (let next = new URL(url); ; ) {
    if (next.origin !== issuer) return next
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(next, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`expected to be sent on, found ${response.status} at ${next.pathname}`)
    next = new URL(location, next)
  }
}

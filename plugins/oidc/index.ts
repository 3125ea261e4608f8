// The company's sign-on by OpenID Connect: code flow with PKCE. It carries tokens and judges none.
import { createPublicKey } from 'node:crypto'
import { decodeProtectedHeader, exportSPKI } from 'jose'
import { authorizationCodeGrant, buildAuthorizationUrl, calculatePKCECodeChallenge, randomPKCECodeVerifier } from 'openid-client'
import { ClyraError } from '../../core/errors.ts'
import type { IdentityProvider, SignOnCallback } from '../../core/ports.ts'
import type { IdpKey } from '../../core/sign-on.ts'
import { type Discovered, discoverer, type OidcOptions } from './discovery.ts'
import { faultOf } from './faults.ts'

/** The provider of clyra.yaml. Asks it when first needed; nothing of a token stands in an error. CLYRA_SSO_*. */
export function oidcProvider(options: OidcOptions): IdentityProvider {
  const { known, anew } = discoverer(options)
  return {
    async begin({ acr_values, max_age_seconds, ...asked }) {
      const { client } = await known()
      const verifier = randomPKCECodeVerifier()
      const { href } = buildAuthorizationUrl(client, {
        ...asked,
        scope: 'openid',
        response_type: 'code',
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        prompt: 'login',
        max_age: String(max_age_seconds),
        ...(client.serverMetadata().claims_parameter_supported === true ? { claims: wanted } : {}),
        ...(acr_values.length === 0 ? {} : { acr_values: acr_values.join(' ') }),
      })
      return { url: href, verifier }
    },
    async finish(callback) {
      const provider = await known()
      const id_token = await tokenFor(provider, options.issuer, callback)
      return { id_token, key: await keyOf(provider, options.issuer, id_token) }
    },
    async check() {
      const said = (await anew()).client.serverMetadata()
      return {
        algorithms: said.id_token_signing_alg_values_supported ?? null,
        acr_values: said.acr_values_supported ?? null,
        claims: said.claims_supported ?? null,
        pkce: said.supportsPKCE('S256'),
        iss_parameter: said.authorization_response_iss_parameter_supported === true,
      }
    },
  }
}

// OpenID Connect Core 1.0 §5.5: some providers say these only when they are asked.
const wanted = JSON.stringify({ id_token: { auth_time: { essential: true }, acr: null, amr: null } })

async function tokenFor({ client }: Discovered, issuer: string, callback: SignOnCallback): Promise<string> {
  const { redirect_uri, query, state, nonce, verifier } = callback
  const url = new URL(redirect_uri)
  url.search = query
  demandIssuer(url.searchParams, issuer, client.serverMetadata().authorization_response_iss_parameter_supported === true)
  try {
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
    const { id_token } = await authorizationCodeGrant(client, url, checks)
    if (id_token !== undefined) return id_token
  } catch (error) {
    throw faultOf(error, 'an ID token for the code of the callback')
  }
  throw new ClyraError('CLYRA_SSO_CLAIM', 'expected an ID token for the code of the callback, found none')
}

// RFC 9207: an answer of another provider is one that somebody mixed up.
function demandIssuer(parameters: URLSearchParams, issuer: string, promised: boolean): void {
  const said = parameters.getAll('iss')
  if (said.some((iss) => iss !== issuer) || (promised && said.length !== 1))
    throw new ClyraError('CLYRA_SSO_ISSUER', 'expected the answer of the configured provider, found one that is not its')
}

async function keyOf({ keys }: Discovered, issuer: string, token: string): Promise<Omit<IdpKey, 'seen_at'>> {
  const { kid, alg } = headerOf(token)
  if (alg !== 'RS256' && alg !== 'ES256')
    throw new ClyraError('CLYRA_SSO_SIGNATURE', 'expected a token signed with RS256 or ES256, found another algorithm')
  if (kid === undefined || !/^[!-~]{1,200}$/.test(kid))
    throw new ClyraError('CLYRA_SSO_KEY', 'expected a token that names its key in at most 200 printable characters, found otherwise')
  try {
    const pem = await exportSPKI(await keys({ alg, kid }, { payload: '', signature: '' }))
    const spki = createPublicKey(pem).export({ format: 'der', type: 'spki' }).toString('base64')
    return { iss: issuer, kid, alg, spki }
  } catch (error) {
    throw faultOf(error, "the key the token names in the provider's JWKS")
  }
}

function headerOf(token: string): { kid?: string | undefined; alg?: string | undefined } {
  try {
    return decodeProtectedHeader(token)
  } catch {
    throw new ClyraError('CLYRA_SSO_SIGNATURE', 'expected a compact JWS, found otherwise')
  }
}

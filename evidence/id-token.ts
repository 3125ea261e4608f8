// ID tokens (OpenID Connect Core 1.0) as the signature of a message: the nonce is the message's hash, so the provider signed it too.
import { canonical } from '../core/canonical.ts'
import type { ErrorCode } from '../core/errors.ts'
import { clockSkewSeconds, type IdpKey, type Provider, type SignOn } from '../core/sign-on.ts'
import { digest, sha256Hex } from '../runtime/digest.ts'
import { verifyJwsSignature } from '../runtime/keys.ts'

/** A token that is the provider's, meant for us, fresh, and about this message. */
export interface VerifiedToken {
  subject_id: string
  /** As the provider wrote it. */
  sub: string
  sign_on: SignOn
  kid: string
  alg: IdpKey['alg']
  /** The token's own signature in base64. */
  sig: string
}

// What verifiers take a disclosed token up to (spec/verifier-cli.md).
const maxToken = 16_384

// OpenID Connect Core 1.0 §2.
const longestSub = 255

/** One person, one account: hex SHA-256 of the canonical [iss, sub]. Both byte by byte; no e-mail address is ever looked at. */
export const subjectId = (iss: string, sub: string): string => sha256Hex(canonical([iss, sub]))

/**
 * Verifies a compact JWS. `nonce` is `assertionChallenge` of the message (evidence/assertion.ts); `at` is when it is judged, RFC 3339.
 * The key comes from what was seen of the provider, its algorithm from there too. CLYRA_SSO_KEY, CLYRA_SSO_SIGNATURE,
 * CLYRA_SSO_ISSUER, CLYRA_SSO_AUDIENCE, CLYRA_SSO_NONCE, CLYRA_SSO_TENANT, CLYRA_SSO_STALE, CLYRA_SSO_CLAIM.
 */
export function verifyIdToken(
  token: string,
  { provider, keys, nonce, at }: { provider: Provider; keys: readonly IdpKey[]; nonce: string; at: string },
): VerifiedToken | { code: ErrorCode } {
  if (token.length > maxToken) return { code: 'CLYRA_SSO_SIGNATURE' }
  const [header = '', payload = '', third = '', ...more] = token.split('.')
  const said = objectOf<Header>(header)
  const key = keys.find(({ iss, kid, alg }) => iss === provider.iss && kid === said?.kid && alg === said.alg)
  if (key === undefined) return { code: 'CLYRA_SSO_KEY' }
  const signature = Buffer.from(third, 'base64url')
  // No extension of JWS is understood here (RFC 7515, §4.1.11), least of all one that says otherwise what is signed (RFC 7797).
  const isSigned =
    said?.crit === undefined &&
    said?.b64 === undefined &&
    more.length === 0 &&
    signature.toString('base64url') === third &&
    verifyJwsSignature(key.alg, Buffer.from(key.spki, 'base64'), Buffer.from(`${header}.${payload}`), signature)
  const claims = isSigned ? objectOf<Said>(payload) : null
  if (claims === null) return { code: 'CLYRA_SSO_SIGNATURE' }
  const code = refusalOf(claims, provider, nonce, Date.parse(at) / 1000)
  if (code !== null) return { code }
  const { sub = '', auth_time, acr, amr } = claims
  return {
    subject_id: subjectId(provider.iss, sub),
    sub,
    sign_on: {
      id_token_digest: digest(token),
      auth_time: new Date(Number(auth_time) * 1000).toISOString(),
      acr: acr ?? null,
      amr: amr ?? [],
    },
    kid: key.kid,
    alg: key.alg,
    sig: signature.toString('base64'),
  }
}

interface Header {
  kid?: unknown
  alg?: unknown
  crit?: unknown
  b64?: unknown
}

/** Claims as far as they are read; of any type until `refusalOf` has looked at them. */
interface Said {
  iss?: unknown
  aud?: unknown
  azp?: unknown
  nonce?: unknown
  tid?: unknown
  hd?: unknown
  org_id?: unknown
  exp?: unknown
  iat?: unknown
  nbf?: unknown
  sub?: string
  auth_time?: number
  acr?: string | null
  amr?: string[] | null
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function objectOf<T extends object>(part: string): T | null {
  try {
    const value: unknown = JSON.parse(strictUtf8.decode(Buffer.from(part, 'base64url')))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as T) : null
  } catch {
    return null
  }
}

function refusalOf(claims: Said, provider: Provider, nonce: string, now: number): ErrorCode | null {
  const { iss, aud, azp, sub, exp, iat, nbf = 0, auth_time, acr, amr } = claims
  if (iss !== provider.iss) return 'CLYRA_SSO_ISSUER'
  // A list of audiences is allowed by the standard; here nobody else may be meant.
  const audiences = [aud].flat()
  if (audiences.length !== 1 || audiences[0] !== provider.client_id) return 'CLYRA_SSO_AUDIENCE'
  if ((azp ?? provider.client_id) !== provider.client_id) return 'CLYRA_SSO_AUDIENCE'
  if (typeof sub !== 'string' || sub.length === 0 || sub.length > longestSub || ![exp, iat, nbf].every(Number.isFinite))
    return 'CLYRA_SSO_CLAIM'
  if (!Number.isSafeInteger(exp)) return 'CLYRA_SSO_CLAIM'
  if (Number(exp) < now - clockSkewSeconds || Number(nbf) > now + clockSkewSeconds) return 'CLYRA_SSO_STALE'
  if (claims.nonce !== nonce) return 'CLYRA_SSO_NONCE'
  const tenant = provider.tenant_claim
  if (tenant !== null && claims[tenant.name] !== tenant.value) return 'CLYRA_SSO_TENANT'
  if (!Number.isSafeInteger(auth_time)) return 'CLYRA_SSO_CLAIM'
  if (typeof (acr ?? '') !== 'string') return 'CLYRA_SSO_CLAIM'
  const methods = amr ?? []
  if (!(Array.isArray(methods) && methods.length <= 20 && methods.every((method) => typeof method === 'string'))) return 'CLYRA_SSO_CLAIM'
  const age = now - Number(auth_time)
  return age > provider.max_age_seconds + clockSkewSeconds || age < -clockSkewSeconds ? 'CLYRA_SSO_STALE' : null
}

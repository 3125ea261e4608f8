// ID tokens (OpenID Connect Core 1.0) as the signature of a message: the nonce is the message's hash, so the provider signed it too.
import { createPublicKey } from 'node:crypto'
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { canonical } from '../core/canonical.ts'
import type { ErrorCode } from '../core/errors.ts'
import { clockSkewSeconds, type IdpKey, type Provider, type SignOn } from '../core/sign-on.ts'
import { digest, sha256Hex } from '../runtime/digest.ts'

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

// OpenID Connect Core 1.0 §2.
const longestSub = 255

/** One person, one account: hex SHA-256 of the canonical [iss, sub]. Both byte by byte; no e-mail address is ever looked at. */
export const subjectId = (iss: string, sub: string): string => sha256Hex(canonical([iss, sub]))

/**
 * Verifies a compact JWS. `nonce` is `assertionChallenge` of the message (evidence/assertion.ts); `at` is when it is judged, RFC 3339.
 * The key comes from what was seen of the provider, its algorithm from there too. CLYRA_SSO_KEY, CLYRA_SSO_SIGNATURE,
 * CLYRA_SSO_ISSUER, CLYRA_SSO_AUDIENCE, CLYRA_SSO_NONCE, CLYRA_SSO_TENANT, CLYRA_SSO_STALE, CLYRA_SSO_CLAIM.
 */
export async function verifyIdToken(
  token: string,
  { provider, keys, nonce, at }: { provider: Provider; keys: readonly IdpKey[]; nonce: string; at: string },
): Promise<VerifiedToken | { code: ErrorCode }> {
  const key = keyOf(token, provider, keys)
  if (key === null) return { code: 'CLYRA_SSO_KEY' }
  try {
    const spki = createPublicKey({ key: Buffer.from(key.spki, 'base64'), format: 'der', type: 'spki' })
    const { payload } = await jwtVerify(token, spki, {
      algorithms: [key.alg],
      issuer: provider.iss,
      audience: provider.client_id,
      currentDate: new Date(at),
      clockTolerance: clockSkewSeconds,
      requiredClaims: ['sub', 'exp', 'iat'],
    })
    const code = refusalOf(payload, provider, nonce, at)
    if (code !== null) return { code }
    const { sub = '', auth_time, acr, amr } = payload as Said
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
      sig: Buffer.from(token.split('.')[2] ?? '', 'base64url').toString('base64'),
    }
  } catch (error) {
    return { code: codeOfJose(error) }
  }
}

type Said = JWTPayload & { auth_time?: number; acr?: string; amr?: string[]; azp?: string }

function keyOf(token: string, { iss }: Provider, keys: readonly IdpKey[]): IdpKey | null {
  try {
    const { kid, alg } = decodeProtectedHeader(token)
    return keys.find((key) => key.iss === iss && key.kid === kid && key.alg === alg) ?? null
  } catch {
    return null
  }
}

// jose takes an audience that is one of several: here nobody else may be meant.
function refusalOf(payload: JWTPayload, provider: Provider, nonce: string, at: string): ErrorCode | null {
  const { aud, azp, sub, auth_time, acr, amr } = payload as Said
  if ([aud].flat().length !== 1 || (azp !== undefined && azp !== provider.client_id)) return 'CLYRA_SSO_AUDIENCE'
  if (payload.nonce !== nonce) return 'CLYRA_SSO_NONCE'
  const tenant = provider.tenant_claim
  if (tenant !== null && payload[tenant.name] !== tenant.value) return 'CLYRA_SSO_TENANT'
  if (typeof sub !== 'string' || sub.length === 0 || sub.length > longestSub) return 'CLYRA_SSO_CLAIM'
  if (!Number.isSafeInteger(auth_time)) return 'CLYRA_SSO_CLAIM'
  if (acr !== undefined && typeof acr !== 'string') return 'CLYRA_SSO_CLAIM'
  if (amr !== undefined && !(Array.isArray(amr) && amr.length <= 20 && amr.every((method) => typeof method === 'string')))
    return 'CLYRA_SSO_CLAIM'
  const age = Date.parse(at) / 1000 - Number(auth_time)
  return age > provider.max_age_seconds + clockSkewSeconds || age < -clockSkewSeconds ? 'CLYRA_SSO_STALE' : null
}

function codeOfJose(error: unknown): ErrorCode {
  if (error instanceof errors.JWTExpired) return 'CLYRA_SSO_STALE'
  if (error instanceof errors.JWTClaimValidationFailed) return claimCodes[error.claim] ?? 'CLYRA_SSO_CLAIM'
  return 'CLYRA_SSO_SIGNATURE'
}

const claimCodes: Readonly<Record<string, ErrorCode>> = {
  iss: 'CLYRA_SSO_ISSUER',
  aud: 'CLYRA_SSO_AUDIENCE',
  nbf: 'CLYRA_SSO_STALE',
  iat: 'CLYRA_SSO_STALE',
}

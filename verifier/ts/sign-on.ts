// Claim `sign_on`: each disclosed ID token (OpenID Connect Core 1.0, a compact JWS of RFC 7515) is its provider's, was made for
// this one decision, and says what the receipt says (walk rule 3).
import { createHash } from 'node:crypto'
import { type Counted, moment, readSigned, type Signed } from './approvals.ts'
import type { Bundle } from './bundle.ts'
import { utf8 } from './canonical.ts'
import type { Decision } from './generated/types.ts'
import { verifyJws } from './keys.ts'
import type { Walk } from './lifecycle.ts'
import { demand } from './report.ts'
import { type ProviderKey, subjectId, type Tokens } from './trust.ts'

type SignOn = NonNullable<Decision['sign_on']>

const slack = 60_000

/** Open where there is no ID token or one is not disclosed; SIGN_ON_PROVIDER, SIGN_ON_SIGNATURE, SIGN_ON_CLAIMS. True when all is proved. */
export function checkSignOn(bundle: Bundle, walk: Walk, providers: readonly ProviderKey[], tokens: Tokens): true {
  const resting = walk.decisions.filter(({ body }) => body.status === 'counted' && body.sign_on !== null)
  demand(resting.length > 0, null, 'none present')
  let isWhole = true
  for (const decision of resting) {
    const place = `seq ${decision.seq}`
    const sign_on = decision.body.sign_on as SignOn
    const token = tokens.get(sign_on.id_token_digest)
    isWhole &&= token !== undefined
    if (token === undefined) continue
    const signed = readSigned(bundle, decision.body)
    const { id_token, sig = '' } = signed?.token ?? {}
    const provider = providers.find(({ iss, kid, alg }) => iss === id_token?.iss && kid === id_token.kid && alg === id_token.alg)
    demand(signed !== null && provider !== undefined, 'SIGN_ON_PROVIDER', place)
    const payload = openToken(token, sig, provider)
    demand(payload !== null, 'SIGN_ON_SIGNATURE', place)
    const claims = readMembers(payload)
    demand(claims !== null && fitsClaims(claims, sign_on, decision, signed, provider), 'SIGN_ON_CLAIMS', place)
  }
  demand(isWhole, null, 'not disclosed')
  return true
}

// The payload of a token whose signature is the one of the envelope and right; header and key name the same algorithm.
function openToken(token: string, sig: string, { alg, kid, key }: ProviderKey): Buffer | null {
  const parts = token.split('.')
  const [header, payload, signature] = parts.map(strictBase64url)
  if (!header || !payload || !signature || parts.length !== 3 || signature.toString('base64') !== sig) return null
  const members = readMembers(header)
  const isMeant = members?.get('alg') === alg && members.get('kid') === kid && !members.has('crit') && !members.has('b64')
  return isMeant && verifyJws(key, Buffer.from(token.slice(0, token.lastIndexOf('.'))), signature) ? payload : null
}

function fitsClaims(
  claims: Map<string, unknown>,
  { auth_time, acr, amr }: SignOn,
  { at, body }: Counted,
  { message }: Signed,
  { iss, client_id, tenant_claim, acr_values, max_age_seconds }: ProviderKey,
): boolean {
  const said = (name: string): unknown => claims.get(name) ?? null
  const time = (name: string): number => (Number.isSafeInteger(said(name)) ? (said(name) as number) * 1000 : Number.NaN)
  const sub = said('sub')
  return (
    said('iss') === iss &&
    (said('aud') === client_id || isList(said('aud'), [client_id])) &&
    (said('azp') === null || said('azp') === client_id) &&
    said('nonce') === createHash('sha256').update(message).digest('base64url') &&
    typeof sub === 'string' &&
    subjectId(iss, sub) === body.subject_id &&
    (tenant_claim === null || said(tenant_claim.name) === tenant_claim.value) &&
    said('acr') === acr &&
    isList(said('amr') ?? [], amr) &&
    time('auth_time') === moment(auth_time) &&
    time('auth_time') <= moment(at) + slack &&
    time('auth_time') >= moment(at) - max_age_seconds * 1000 - slack &&
    time('exp') >= moment(at) - slack &&
    (body.grade !== 'enhanced' || acr_values.length === 0 || acr_values.includes(acr ?? ''))
  )
}

// The members of a JSON object; the last of a name counts. A lone surrogate is read as U+FFFD, as other languages read it.
function readMembers(bytes: Uint8Array): Map<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(utf8(bytes) ?? '')
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return new Map(Object.entries(value).map(([name, member]) => [name, wellFormed(member)]))
  } catch {
    return null // not JSON
  }
}

const wellFormed = (member: unknown): unknown => (typeof member === 'string' ? member.toWellFormed() : member)

const isList = (member: unknown, items: readonly string[]): boolean =>
  Array.isArray(member) && member.length === items.length && items.every((item, index) => wellFormed(member[index]) === item)

function strictBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}

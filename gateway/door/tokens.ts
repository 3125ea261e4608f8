// What lets a person through the approver's door without a password: signed texts, kept nowhere. One key per purpose, so that an
// invitation is never taken for a session.
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { ClyraError } from '../../core/errors.ts'

export type DoorPurpose = 'invite' | 'login' | 'session' | 'sign_on' | 'signed_on' | 'terminal' | 'slack'

/** Whom a token lets in. `id` is random; what may be used once is consumed by it. */
export interface DoorClaims {
  tenant: string
  /** Empty before a login: nobody is known yet. */
  person: string
  /** The passkey a session was opened with. */
  key_id?: string
  /** The account a session was opened with. */
  subject_id?: string
  /** Hash of a secret that whoever brings the token must have, too. */
  bound?: string
  /** The Slack user an address was sent to, and how often he had been linked and unlinked then. */
  slack?: { team_id: string; user_id: string; generation: number }
  id: string
  /** RFC 3339, by the store's clock. */
  exp: string
}

/**
 * A token that is valid for `seconds` from `now` (the store's clock): base64url of the claims' JSON, a dot, base64url of its
 * HMAC-SHA-256 under a key that HKDF (RFC 5869) derives from the tenant key.
 */
export function mintToken(
  tenantKey: Uint8Array,
  purpose: DoorPurpose,
  about: Omit<DoorClaims, 'id' | 'exp'>,
  seconds: number,
  now: string,
): { text: string; id: string; expires_at: string } {
  const exp = new Date(Date.parse(now) + seconds * 1000).toISOString()
  const claims: DoorClaims = { ...about, id: randomBytes(16).toString('base64url'), exp }
  const said = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return { text: `${said}.${macOf(tenantKey, purpose, said)}`, id: claims.id, expires_at: exp }
}

/** What the token says. CLYRA_API_UNAUTHENTICATED when it was not minted here for this purpose, or its time is over. */
export function readToken(tenantKey: Uint8Array, purpose: DoorPurpose, text: string, now: string): DoorClaims {
  const [said = '', mac = '', ...more] = text.split('.')
  const [right, given] = [Buffer.from(macOf(tenantKey, purpose, said)), Buffer.from(mac)]
  if (more.length > 0 || right.length !== given.length || !timingSafeEqual(right, given)) throw refusal()
  const claims = JSON.parse(Buffer.from(said, 'base64url').toString()) as DoorClaims
  if (Date.parse(claims.exp) <= Date.parse(now)) throw refusal()
  return claims
}

/**
 * What a passkey signs to prove itself for a token. It says what the signature is for, so that one is never taken for another, nor for
 * a decision, whose message begins with `DSSEv1 `.
 */
export const proofMessage = (purpose: 'invite' | 'login', token: string): Uint8Array => Buffer.from(`clyra.door.${purpose}/0\n${token}`)

const macOf = (tenantKey: Uint8Array, purpose: DoorPurpose, said: string): string => {
  const key = Buffer.from(hkdfSync('sha256', tenantKey, '', `clyra.door.${purpose}/0`, 32))
  return createHmac('sha256', key).update(said).digest('base64url')
}

// One answer for all: whoever tries learns nothing.
const refusal = (): ClyraError => new ClyraError('CLYRA_API_UNAUTHENTICATED', 'expected a valid token of the door, found none')

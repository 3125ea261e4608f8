// A provider of sign-on: ID tokens made for one decision as they should be, unless they are bent.
import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import type { DsseEnvelope, TrustIdp } from '../../core/generated/types.ts'
import { pae } from '../../evidence/dsse.ts'
import { subjectId } from '../../evidence/id-token.ts'
import { digest } from '../../runtime/digest.ts'
import { es256, rsa, signEs256 } from './keys.ts'

type Signature = DsseEnvelope['signatures'][number]
type Body = Record<string, unknown>

const enrolledAt = '2026-01-01T00:00:00.000Z'
const iss = 'https://idp.example/acme'
const clientId = 'clyra'
const tenant = 'acme-tenant'
const key: KeyObject = rsa('provider')

/** Whose ID tokens count in the vectors. */
export const provider: TrustIdp['providers'][number] = {
  iss,
  client_id: clientId,
  tenant_claim: { name: 'tid', value: tenant },
  acr_values: ['phr', 'phrh'],
  max_age_seconds: 300,
  keys: [
    { kid: 'rsa', alg: 'RS256', spki: spki(createPublicKey(key).export({ format: 'der', type: 'spki' })), seen_at: enrolledAt },
    { kid: 'ec', alg: 'ES256', spki: spki(es256('provider').spki), seen_at: enrolledAt },
  ],
}

function spki(der: Uint8Array): string {
  return Buffer.from(der).toString('base64')
}

const subOf = (person: string): string => `${person}-1`

/** The account of a person as trust lists it. */
export const linked = (person: string) => ({
  person,
  subject_id: subjectId(iss, subOf(person)),
  iss,
  sub: subOf(person),
  linked_at: enrolledAt,
  unlinked_at: null,
})

/** 2026-01-15T09:05:00Z, when the vectors' approvers signed on. */
export const signedOnAt = 1768467900

/** How a token, and what stands around it, is bent. */
export interface TokenBend {
  alg?: 'RS256' | 'ES256'
  header?: Body
  claims?: Body
  /** Bends the text of the claims. */
  payload?: (text: string) => string | Buffer
  /** Signs with the P-256 key of this name. */
  signer?: string
  /** Bends the compact JWS after it was signed. */
  token?: (token: string) => string
  /** Bends what the envelope says of the token. */
  named?: Partial<NonNullable<Signature['id_token']>>
  /** Leaves the own signature away. */
  alone?: boolean
  /** Bends the signatures of the envelope. */
  signatures?: (signatures: Signature[]) => Signature[]
  /** Bends what the receipt says. */
  sign_on?: Body
  subject?: string
}

interface Own {
  key_id: string
  envelope: string
}

/** What an own signature becomes with the token of a sign-on: the parts of a decision it changes. */
export function signedOn({ key_id, envelope }: Own, person: string, bend: TokenBend) {
  const { payload, payloadType, signatures } = JSON.parse(envelope) as DsseEnvelope
  const { alg = 'RS256', alone = false } = bend
  const token = tokenOf(pae(payloadType, Buffer.from(payload, 'base64')), subOf(person), alg, bend)
  const id_token = { digest: digest(token), iss, kid: alg === 'RS256' ? 'rsa' : 'ec', alg, ...bend.named }
  const sig = Buffer.from(token.split('.').at(-1) ?? '', 'base64url').toString('base64')
  const both = [...(alone ? [] : signatures), { sig, id_token }]
  const isEnhanced = !alone && signatures[0]?.webauthn !== undefined
  return {
    key_id: alone ? null : key_id,
    subject_id: subjectId(iss, subOf(bend.subject ?? person)),
    grade: isEnhanced ? ('enhanced' as const) : ('standard' as const),
    sign_on: { id_token_digest: digest(token), auth_time: time(signedOnAt), acr: 'phr', amr: ['pwd', 'hwk'], ...bend.sign_on },
    envelope: canonical({ payload, payloadType, signatures: bend.signatures?.(both) ?? both }),
    token,
  }
}

/** Seconds since 1970 as a receipt writes them. */
export const time = (seconds: number): string => new Date(seconds * 1000).toISOString()

function tokenOf(message: Buffer, sub: string, alg: 'RS256' | 'ES256', bend: TokenBend): string {
  const claims = {
    iss,
    aud: clientId,
    sub,
    tid: tenant,
    nonce: createHash('sha256').update(message).digest('base64url'),
    auth_time: signedOnAt,
    iat: signedOnAt,
    exp: signedOnAt + 300,
    acr: 'phr',
    amr: ['pwd', 'hwk'],
    ...bend.claims,
  }
  const text = bend.payload?.(JSON.stringify(claims)) ?? JSON.stringify(claims)
  const header = { alg, kid: alg === 'RS256' ? 'rsa' : 'ec', typ: 'JWT', ...bend.header }
  const signing = `${base64url(JSON.stringify(header))}.${base64url(text)}`
  const isRsa = alg === 'RS256' && bend.signer === undefined
  const signature = isRsa ? sign('sha256', Buffer.from(signing), key) : raw(signEs256(bend.signer ?? 'provider', Buffer.from(signing)))
  const token = `${signing}.${signature.toString('base64url')}`
  return bend.token?.(token) ?? token
}

const base64url = (text: string | Buffer): string => (typeof text === 'string' ? Buffer.from(text) : text).toString('base64url')

/** r ‖ s of 64 bytes (RFC 7518, §3.4) from DER. */
function raw(der: Buffer): Buffer {
  const size = der[3] ?? 0
  const integers = [der.subarray(4, 4 + size), der.subarray(6 + size)]
  return Buffer.concat(integers.map((bytes) => Buffer.concat([Buffer.alloc(32), bytes]).subarray(-32)))
}

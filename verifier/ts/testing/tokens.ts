// A provider of sign-on: ID tokens made for one decision, bent before they are signed.
import { sign } from 'node:crypto'
import { type Body, canonical, digest, sha256 } from './bundle.ts'
import { matchCode } from './certificates.ts'
import { decisionText, type Said } from './drafts.ts'
import { keys, type Pair, provider, subjectId } from './keys.ts'
import { asserted } from './passkeys.ts'

/** How a token, and what the envelope says of it, differ from what they should be. */
export interface TokenBend {
  alg?: 'RS256' | 'ES256'
  header?: Body
  claims?: Body
  /** Changes the text of the claims. */
  payload?: (text: string) => string
  key?: Pair
  /** Changes the compact JWS after it was signed. */
  token?: (token: string) => string
  /** Changes the signatures of the envelope. */
  signatures?: (signatures: Body[]) => Body[]
  /** Changes what the receipts say. */
  said?: Partial<Said>
}

export const signedOnAt = '2026-03-01T10:02:00.000Z'

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const seconds = (time: string): number => Date.parse(time) / 1000

/** The compact JWS of a sign-on whose nonce is the SHA-256 of the message. */
export function tokenOf(message: Uint8Array, sub: string, { alg = 'RS256', header, claims, payload, key, token }: TokenBend): string {
  const members = {
    iss: provider.iss,
    aud: provider.client_id,
    sub,
    tid: provider.tenant_claim.value,
    nonce: sha256(message).toString('base64url'),
    auth_time: seconds(signedOnAt),
    iat: seconds(signedOnAt),
    exp: seconds(signedOnAt) + 300,
    acr: 'phr',
    amr: ['pwd', 'hwk'],
    ...claims,
  }
  const text = payload?.(JSON.stringify(members)) ?? JSON.stringify(members)
  const head = encoded({ alg, kid: alg === 'RS256' ? 'rsa-1' : 'ec-1', typ: 'JWT', ...header })
  const signing = `${head}.${Buffer.from(text).toString('base64url')}`
  const { privateKey } = key ?? (alg === 'RS256' ? keys.idpRsa : keys.idpEc)
  const signature = sign('sha256', Buffer.from(signing), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const whole = `${signing}.${signature.toString('base64url')}`
  return token?.(whole) ?? whole
}

function messageOf(text: string): Buffer {
  const { payload, payloadType } = JSON.parse(text) as { payload: string; payloadType: string }
  const body = Buffer.from(payload, 'base64')
  return Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `), body])
}

// The envelope with the token's signature after its own ones, where those are kept.
function joined(text: string, token: string, bend: TokenBend, keepsOwn: boolean): string {
  const { signatures, ...envelope } = JSON.parse(text) as { signatures: Body[] }
  const alg = bend.alg ?? 'RS256'
  const id_token = { digest: digest(token), iss: provider.iss, kid: alg === 'RS256' ? 'rsa-1' : 'ec-1', alg }
  const sig = Buffer.from(token.split('.').at(-1) ?? '', 'base64url').toString('base64')
  const both = [...(keepsOwn ? signatures : []), { sig, id_token }]
  return canonical({ ...envelope, signatures: bend.signatures?.(both) ?? both })
}

const sign_on = (token: string): Body => ({
  id_token_digest: digest(token),
  auth_time: signedOnAt,
  acr: 'phr',
  amr: ['pwd', 'hwk'],
})

/** An approval by sign-on alone. */
export function signedOn(person: string, sub: string, bend: TokenBend): { said: Said; token: string } {
  const plain = decisionText(person, keys.stranger, 'approve', 1)
  const token = tokenOf(messageOf(plain), sub, bend)
  const text = joined(plain, token, bend, false)
  const subject_id = subjectId(sub)
  return { said: { text, person, key_id: null, subject_id, grade: 'standard', sign_on: sign_on(token), ...bend.said }, token }
}

/** An approval by passkey and sign-on, with the requester's number. */
export function enhancedBy(
  person: string,
  sub: string,
  key: Pair,
  bend: TokenBend,
  lie: (predicate: Body) => void = () => {},
): { said: Said; token: string } {
  const plain = decisionText(person, key, 'approve', 1, (predicate) => {
    predicate.match_code = matchCode()
    lie(predicate)
  })
  const token = tokenOf(messageOf(plain), sub, bend)
  const text = joined(asserted(plain, key), token, bend, true)
  const subject_id = subjectId(sub)
  return { said: { text, person, key_id: key.id, subject_id, grade: 'enhanced', sign_on: sign_on(token), ...bend.said }, token }
}

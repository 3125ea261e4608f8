// A WebAuthn assertion (Level 3, §7.2) as the signature of a message: the authenticator signs the message's hash as its challenge.
import { createHash } from 'node:crypto'
import type { ApproverEnrolled, DsseEnvelope } from '../core/generated/types.ts'
import { verifySignature } from '../runtime/keys.ts'
import { strictBase64 } from './base64.ts'

/** What makes a key a passkey: it signs for one relying party, at one origin. */
export type Passkey = NonNullable<ApproverEnrolled['webauthn']>

/** The signature of an envelope as a passkey makes it; all base64. */
export type Assertion = Required<Pick<DsseEnvelope['signatures'][number], 'sig' | 'webauthn'>>

const limits = { client_data: 2048, authenticator_data: [37, 2048] } as const
const userPresentAndVerified = 0x01 | 0x04

/** The challenge that stands for a message: base64url of its SHA-256. */
export const assertionChallenge = (message: Uint8Array): string => sha256(message).toString('base64url')

/**
 * True when the passkey's owner, present and verified, signed this message at the passkey's origin. Client data is compared as bytes,
 * never parsed (limited verification, §5.8.1.2), as spec/evidence-zip.md has it.
 */
export function verifyAssertion(key: { spki: Uint8Array; webauthn: Passkey }, message: Uint8Array, { sig, webauthn }: Assertion): boolean {
  const [signature, clientData, authenticatorData] = [sig, webauthn.client_data, webauthn.authenticator_data].map(strictBase64)
  if (!signature || !clientData || !authenticatorData) return false
  return (
    saysSo(clientData, key.webauthn.origin, message) &&
    standsFor(authenticatorData, key.webauthn.rp_id) &&
    verifySignature('ES256', key.spki, Buffer.concat([authenticatorData, sha256(clientData)]), signature)
  )
}

function saysSo(clientData: Buffer, origin: string, message: Uint8Array): boolean {
  const begin = Buffer.from(`{"type":"webauthn.get","challenge":"${assertionChallenge(message)}","origin":"${origin}","crossOrigin":false`)
  if (clientData.length > limits.client_data || !clientData.subarray(0, begin.length).equals(begin)) return false
  const rest = clientData.subarray(begin.length).toString('latin1')
  return rest === '}' || (rest.startsWith(',') && rest.endsWith('}'))
}

function standsFor(authenticatorData: Buffer, rpId: string): boolean {
  const [least, most] = limits.authenticator_data
  if (authenticatorData.length < least || authenticatorData.length > most) return false
  const flags = authenticatorData.readUInt8(32)
  return authenticatorData.subarray(0, 32).equals(sha256(rpId)) && (flags & userPresentAndVerified) === userPresentAndVerified
}

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()

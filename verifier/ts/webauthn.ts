// Passkeys: an assertion (WebAuthn Level 3, §7.2) as the signature of an envelope. Client data is verified by the bytes it
// begins with (§5.8.1.2), so that no two readers of JSON can differ about it.
import { createHash } from 'node:crypto'
import { strictBase64 } from './dsse.ts'
import type { DsseEnvelope, TrustApproversApprover } from './generated/types.ts'

type Passkey = TrustApproversApprover['webauthn']
type Assertion = DsseEnvelope['signatures'][number]['webauthn']

const maxSize = 2048
const presentAndVerified = 0x01 | 0x04

/**
 * The bytes a signature must be over for an approver to have signed a message: the message itself under a plain key, what
 * the authenticator signed under a passkey. Null when there is an assertion without a passkey or a passkey without one, and
 * when the assertion is not of this message, this origin and this relying party, by a user present and verified.
 */
export function signedBytes(message: Uint8Array, passkey: Passkey, assertion: Assertion): Uint8Array | null {
  if (passkey === undefined || assertion === undefined) return passkey === assertion ? message : null
  const authenticatorData = strictBase64(assertion.authenticator_data)
  const clientData = strictBase64(assertion.client_data)
  if (authenticatorData === null || clientData === null) return null
  const isMeant = isByVerifiedUser(authenticatorData, passkey.rp_id) && isAbout(clientData, message, passkey.origin)
  return isMeant ? Buffer.concat([authenticatorData, sha256(clientData)]) : null
}

function isByVerifiedUser(data: Buffer, rpId: string): boolean {
  const flags = data[32] ?? 0
  const isSized = data.length >= 37 && data.length <= maxSize
  return isSized && data.subarray(0, 32).equals(sha256(rpId)) && (flags & presentAndVerified) === presentAndVerified
}

function isAbout(data: Buffer, message: Uint8Array, origin: string): boolean {
  const challenge = sha256(message).toString('base64url')
  const start = Buffer.from(`{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}","crossOrigin":false`)
  const rest = data.subarray(start.length).toString('latin1')
  const isClosed = rest === '}' || (rest.startsWith(',') && rest.endsWith('}'))
  return data.length <= maxSize && data.subarray(0, start.length).equals(start) && isClosed
}

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()

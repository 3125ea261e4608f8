// DSSE: the bytes that were signed, and nothing else, are handed on.
import { type PublicKey, verifySignature } from './keys.ts'

/** As much of an envelope as is verified; schemas hold it to one signature without keyid. */
export interface Envelope {
  payload: string
  payloadType: string
  signatures: { sig: string }[]
}

/** Payload type of an in-toto statement, the only one there is. */
export const statementType = 'application/vnd.in-toto+json'

const maxPae = 4096

/** Standard base64 with padding that re-encodes to itself; null for anything else. */
export function strictBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

/** Pre-authentication encoding: `DSSEv1 SP len(type) SP type SP len(body) SP body`. */
export const pae = (type: string, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `), body])

/**
 * The payload of an envelope whose signature is right under the key; null otherwise. The signature is over the PAE, or over
 * what `signed` makes of it: null is nothing anyone can sign.
 */
export function openEnvelope(
  { payload, payloadType, signatures }: Envelope,
  key: PublicKey,
  signed = (message: Uint8Array): Uint8Array | null => message,
): Buffer | null {
  const body = strictBase64(payload)
  const signature = strictBase64(signatures[0]?.sig ?? '')
  if (payloadType !== statementType || body === null || signature === null) return null
  const message = pae(payloadType, body)
  const bytes = message.length <= maxPae ? signed(message) : null
  return bytes !== null && verifySignature(key, bytes, signature) ? body : null
}

// DSSE: the bytes that were signed, and nothing else, are handed on.
import { type PublicKey, verifySignature } from './keys.ts'

/** As much of a Sigstore bundle's envelope as is verified; its schema holds it to one signature without keyid. */
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

/** What the signatures of an envelope stand under: its payload, and the PAE. Null where it has another type, no strict base64, or is too large. */
export function contentOf({ payload, payloadType }: Omit<Envelope, 'signatures'>): { body: Buffer; message: Buffer } | null {
  const body = strictBase64(payload)
  if (payloadType !== statementType || body === null) return null
  const message = pae(payloadType, body)
  return message.length <= maxPae ? { body, message } : null
}

/** True when a signature in base64 is right under the key over these bytes; null is nothing anyone can sign. */
export function isRight(sig: string, key: PublicKey, bytes: Uint8Array | null): boolean {
  const signature = strictBase64(sig)
  return bytes !== null && signature !== null && verifySignature(key, bytes, signature)
}

/** The payload of an envelope whose signature is right under the key; null otherwise. */
export function openEnvelope(envelope: Envelope, key: PublicKey): Buffer | null {
  const content = contentOf(envelope)
  return content !== null && isRight(envelope.signatures[0]?.sig ?? '', key, content.message) ? content.body : null
}

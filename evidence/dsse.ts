// DSSE 1.0.2 (secure-systems-lab/dsse): the payload's raw bytes are signed. No keyid: cosign refuses any text in it.
import { canonical } from '../core/canonical.ts'
import { ClyraError } from '../core/errors.ts'
import type { DsseEnvelope } from '../core/generated/types.ts'
import type { Signer } from '../core/ports.ts'
import { verifySignature } from '../runtime/keys.ts'

/** Payload type of an in-toto statement. */
export const statementType = 'application/vnd.in-toto+json'

/** Some key services sign at most this many bytes. */
const maxPae = 4096

/** Pre-authentication encoding: `DSSEv1 SP len(type) SP type SP len(body) SP body`. */
export const pae = (type: string, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `), body])

/** Signs a statement as canonical JSON. CLYRA_EVIDENCE_INVALID above 4,096 bytes of PAE, CLYRA_EVIDENCE_SIGNER. */
export async function signStatement(statement: unknown, signer: Signer): Promise<DsseEnvelope & { payloadType: typeof statementType }> {
  const body = Buffer.from(canonical(statement))
  const message = pae(statementType, body)
  if (message.length > maxPae) {
    throw new ClyraError('CLYRA_EVIDENCE_INVALID', `expected a statement of at most ${maxPae} signed bytes, got ${message.length}`)
  }
  const signature = await signer.sign(message)
  return { payload: body.toString('base64'), payloadType: statementType, signatures: [{ sig: base64(signature) }] }
}

/** True when the envelope's one signature is right over the decoded payload bytes. The algorithm is the key's, never the file's. */
export function verifyEnvelope(envelope: DsseEnvelope, key: { alg: Signer['alg']; spki: Uint8Array }): boolean {
  const body = strictBase64(envelope.payload)
  const [only, ...more] = envelope.signatures
  const signature = only === undefined ? null : strictBase64(only.sig)
  if (body === null || signature === null || more.length > 0) return false
  return verifySignature(key.alg, key.spki, pae(envelope.payloadType, body), signature)
}

/** Standard base64 with padding that re-encodes to itself; null for anything else. */
export function strictBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

// DSSE 1.0.2 (secure-systems-lab/dsse): the payload's raw bytes are signed. No keyid: cosign refuses any text in it.
import { canonical } from '../core/canonical.ts'
import { ClyraError } from '../core/errors.ts'
import type { DsseEnvelope } from '../core/generated/types.ts'
import type { Signer } from '../core/ports.ts'
import { verifySignature } from '../runtime/keys.ts'
import { type Passkey, verifyAssertion } from './assertion.ts'
import { strictBase64 } from './base64.ts'

/** Payload type of an in-toto statement. */
export const statementType = 'application/vnd.in-toto+json'

/** Some key services sign at most this many bytes. */
const maxPae = 4096

/** Pre-authentication encoding: `DSSEv1 SP len(type) SP type SP len(body) SP body`. */
export const pae = (type: string, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `), body])

/** A statement as the bytes that an envelope carries: canonical JSON. CLYRA_EVIDENCE_INVALID above 4,096 bytes of PAE. */
export function statementBytes(statement: unknown): Buffer {
  const body = Buffer.from(canonical(statement))
  const { length } = pae(statementType, body)
  if (length > maxPae)
    throw new ClyraError('CLYRA_EVIDENCE_INVALID', `expected a statement of at most ${maxPae} signed bytes, got ${length}`)
  return body
}

/** What is signed where a statement is: the PAE of its bytes. */
export const statementMessage = (body: Uint8Array): Buffer => pae(statementType, body)

/** The envelope of a statement's bytes and the signatures over them. */
export const envelopeOf = (
  body: Uint8Array,
  ...signatures: DsseEnvelope['signatures']
): DsseEnvelope & { payloadType: typeof statementType } => ({
  payload: base64(body),
  payloadType: statementType,
  signatures,
})

/** Signs a statement as canonical JSON. CLYRA_EVIDENCE_INVALID above 4,096 bytes of PAE, CLYRA_EVIDENCE_SIGNER. */
export async function signStatement(statement: unknown, signer: Signer): Promise<ReturnType<typeof envelopeOf>> {
  const body = statementBytes(statement)
  return envelopeOf(body, { sig: base64(await signer.sign(statementMessage(body))) })
}

/** The key an envelope is verified under. */
export interface EnvelopeKey {
  alg: Signer['alg']
  spki: Uint8Array
  /** Set where the key is a passkey: then the signature must be an assertion, and nowhere else may it be one. */
  webauthn?: Passkey
}

/** True when the envelope's one signature is right over the decoded payload bytes. The algorithm is the key's, never the file's. */
export function verifyEnvelope(envelope: DsseEnvelope, key: EnvelopeKey): boolean {
  const [only, ...more] = envelope.signatures
  return only !== undefined && more.length === 0 && verifyOwn(envelope, only, key)
}

/** The same for one signature of several, which is no ID token's. */
export function verifyOwn(
  { payload, payloadType }: DsseEnvelope,
  { sig, webauthn: assertion, id_token }: DsseEnvelope['signatures'][number],
  { alg, spki, webauthn }: EnvelopeKey,
): boolean {
  const body = strictBase64(payload)
  if (body === null || id_token !== undefined) return false
  const message = pae(payloadType, body)
  if (webauthn !== undefined) return assertion !== undefined && verifyAssertion({ spki, webauthn }, message, { sig, webauthn: assertion })
  const signature = assertion === undefined ? strictBase64(sig) : null
  return signature !== null && verifySignature(alg, spki, message, signature)
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

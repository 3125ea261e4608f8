// The approval certificate: who agreed to exactly this, once, until when; signed with the certificate key (docs/decisions/0008).
import { canonical } from '../core/canonical.ts'
import type { ApprovalCertificate, CertificateStatement, DsseEnvelope } from '../core/generated/types.ts'
import type { Signer } from '../core/ports.ts'
import { digest } from '../runtime/digest.ts'
import { envelopeOf, signStatement, statementBytes, statementMessage, verifyOwn } from './dsse.ts'
import { parse } from './read.ts'
import { demand, fits } from './schemas.ts'

/** A certificate before it is signed: its receipt's body without the envelope's digest. */
export type UnsignedCertificate = Omit<ApprovalCertificate, 'envelope_digest'>

/** The statement the certificate key signs. Its subject commits to every field of the certificate. */
export function certificateStatement(certificate: UnsignedCertificate): CertificateStatement {
  const { cert_id, aud, payload_digest, grade, expires_at } = certificate
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: cert_id, digest: { sha256: digest(canonical(certificate)).replace('sha256:', '') } }],
    predicateType: 'https://clyra.dev/spec/approval_certificate/v0',
    predicate: { aud, payload_digest, grade, expires_at },
  }
}

/** The signed certificate: its receipt's body, and the canonical text of its envelope. CLYRA_EVIDENCE_INVALID, CLYRA_EVIDENCE_SIGNER. */
export async function signCertificate(
  certificate: UnsignedCertificate,
  signer: Signer,
): Promise<{ body: ApprovalCertificate; envelope: string }> {
  const statement = certificateStatement(certificate)
  demand('certificate_statement', statement)
  const envelope = canonical(await signStatement(statement, signer))
  const body = { ...certificate, envelope_digest: digest(envelope) }
  demand('approval_certificate', body)
  return { body, envelope }
}

/** What the certificate key signed (the PAE), and its signature, where the text is the certificate's own envelope; null for any other. */
export function readCertificate(
  { envelope_digest, ...certificate }: ApprovalCertificate,
  envelope: string,
): { message: Buffer; signature: { sig: string } } | null {
  if (digest(envelope) !== envelope_digest) return null
  const parsed: unknown = parse(envelope, 'an envelope')
  if (!fits('dsse_envelope', parsed)) return null
  const [signature, ...more] = (parsed as DsseEnvelope).signatures.map(({ sig }) => ({ sig }))
  if (signature === undefined || more.length > 0) return null
  const body = statementBytes(certificateStatement(certificate))
  // There is one text that holds this statement and this signature.
  return canonical(envelopeOf(body, signature)) === envelope ? { message: statementMessage(body), signature } : null
}

/** True when the envelope is the certificate's own, signed by this key, and says what the body says. */
export function certificateHolds(certificate: ApprovalCertificate, envelope: string, spki: Uint8Array): boolean {
  const read = readCertificate(certificate, envelope)
  return read !== null && verifyOwn(read.message, read.signature, { alg: 'ES256', spki })
}

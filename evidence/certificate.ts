// The approval certificate: who agreed to exactly this, once, until when; signed with the certificate key (docs/decisions/0008).
import { canonical } from '../core/canonical.ts'
import type { ApprovalCertificate, CertificateStatement, DsseEnvelope } from '../core/generated/types.ts'
import type { Signer } from '../core/ports.ts'
import { digest } from '../runtime/digest.ts'
import { strictBase64 } from './base64.ts'
import { signStatement, verifyEnvelope } from './dsse.ts'
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

/** True when the envelope is the certificate's own, signed by this key, and says what the body says. */
export function certificateHolds({ envelope_digest, ...certificate }: ApprovalCertificate, envelope: string, spki: Uint8Array): boolean {
  if (digest(envelope) !== envelope_digest) return false
  const parsed: unknown = parse(envelope, 'an envelope')
  if (canonical(parsed) !== envelope || !fits('dsse_envelope', parsed)) return false
  const { payload } = parsed as DsseEnvelope
  const said = strictBase64(payload)?.toString('utf8')
  return said === canonical(certificateStatement(certificate)) && verifyEnvelope(parsed as DsseEnvelope, { alg: 'ES256', spki })
}

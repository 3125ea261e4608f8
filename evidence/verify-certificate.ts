// A certificate before anything is done on it: every signature in it is verified again, over what was read from the ledger.
import { bindsTo } from '../core/approval.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { ApprovalCertificate, Decision, Verdict } from '../core/generated/types.ts'
import { suffices } from '../core/grade.ts'
import { certificateHolds } from './certificate.ts'
import { type DoorTrust, type Registry, verifyDecision } from './decision.ts'
import { matchCode } from './match-code.ts'

/** What a certificate is verified against; all of it is read before, in one round trip. */
export interface CertificateCase {
  certificate: ApprovalCertificate
  verdict: Verdict
  /** The counted decisions of the gate, each with its receipt's time. */
  decisions: readonly { at: string; body: Decision }[]
  /** Envelopes of certificate and decisions, by digest. */
  blobs: ReadonlyMap<string, string>
  registry: Registry
  door: DoorTrust
}

/**
 * Why nothing may be done on the certificate, or null. CLYRA_APPROVAL_CERTIFICATE when it is not what the certificate key signed or
 * does not fit its decisions, CLYRA_APPROVAL_BAD_SIGNATURE, CLYRA_APPROVAL_UNKNOWN_KEY and CLYRA_SSO_* when a decision in it is not
 * its person's any more. Whether it fits verdict, run and time is core/approval.ts's (`enforcementRefusal`).
 */
export async function certificateRefusal({
  certificate,
  verdict,
  decisions,
  blobs,
  registry,
  door,
}: CertificateCase): Promise<ErrorCode | null> {
  const signed = blobs.get(certificate.envelope_digest)
  if (signed === undefined || !certificateHolds(certificate, signed, door.certificateKey.spki)) return 'CLYRA_APPROVAL_CERTIFICATE'
  for (const named of certificate.decisions) {
    const counted = decisions.find(({ body }) => body.envelope_digest === named.envelope_digest)
    const envelope = blobs.get(named.envelope_digest)
    if (counted === undefined || envelope === undefined) return 'CLYRA_APPROVAL_CERTIFICATE'
    const checked = await verifyDecision(envelope, registry, door, counted.at)
    if ('code' in checked) return checked.code
    const { predicate } = checked.statement
    const isNamed = (['person', 'key_id', 'subject_id', 'grade'] as const).every((field) => checked[field] === named[field])
    if (!isNamed || predicate.decision !== 'approve' || !bindsTo(predicate, verdict)) return 'CLYRA_APPROVAL_BAD_SIGNATURE'
    if (!suffices(checked.grade, verdict.grade) || (predicate.match_code ?? null) !== matchCode(verdict)) return 'CLYRA_APPROVAL_GRADE'
  }
  return null
}

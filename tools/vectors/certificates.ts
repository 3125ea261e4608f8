// The certificate of a change, and the envelope that is sealed over it.
import { canonical } from '../../core/canonical.ts'
import type { CertificateStatement } from '../../core/generated/types.ts'
import { certificateStatement, type UnsignedCertificate } from '../../evidence/certificate.ts'
import { envelopeOf, statementBytes, statementMessage } from '../../evidence/dsse.ts'
import { digest } from '../../runtime/digest.ts'
import { signEs256 } from './keys.ts'
import { type Body, displayHash, nonce, type Said, type Scene, type Step, step } from './steps.ts'
import { payloadDigest, policyText, tenant, uuid, worker } from './world.ts'

/** The certificate of what these persons said, approved at this time. */
export const certificate = (
  { change_id, attempt }: Scene,
  time: string,
  said: readonly Said[],
  requesters: readonly string[],
  grade = 'standard',
): Step => ({
  ...step('certificate', 'approval_certificate', time, worker, ({ leaf }) => ({
    cert_id: uuid(`certificate ${change_id} ${attempt}`),
    aud: `clyra/${tenant}/${change_id}`,
    change_id,
    attempt,
    target: 'shop',
    grade,
    max_uses: 1,
    run_id: `run-${attempt}`,
    predecessor: leaf('verdict'),
    payload_digest: payloadDigest,
    policy_digest: digest(policyText),
    display_hash: displayHash,
    nonce: nonce(attempt),
    quorum: said.length,
    requesters,
    decisions: said.map(({ person, key_id, subject_id, grade, envelope }) => ({
      person,
      key_id,
      subject_id,
      grade,
      envelope_digest: digest(envelope),
    })),
    approved_at: time,
    expires_at: time.replace(/T09:(\d\d)/, (_, minute: string) => `T09:${String(Number(minute) + 10).padStart(2, '0')}`),
  })),
  seal: (body) => sealCertificate(body),
})

/** The signed envelope of a certificate, by the key of a name; `lie` changes what it says. */
export function sealCertificate(
  body: Body,
  name = 'approval',
  lie: (statement: CertificateStatement) => object = (statement) => statement,
): string {
  const { envelope_digest: _, ...certificate } = body
  const bytes = statementBytes(lie(certificateStatement(certificate as unknown as UnsignedCertificate)))
  return canonical(envelopeOf(bytes, { sig: signEs256(name, statementMessage(bytes)).toString('base64') }))
}

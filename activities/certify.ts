// The certificate of a gate whose quorum is complete.
import { v7 as uuidv7 } from 'uuid'
import type { Gate } from '../core/approval.ts'
import type { Decision } from '../core/generated/types.ts'
import { workflowId } from '../core/messages.ts'
import type { RunRef } from '../core/stages.ts'
import { signCertificate } from '../evidence/certificate.ts'
import { type Deps, later, required, runId } from './deps.ts'

/** A gate, the decisions counted at it before, and the one that completes its quorum. */
export interface Completed {
  gate: Gate
  target: string
  decisions: readonly Decision[]
  predecessor: string
  last: Decision
  /** The store's clock. */
  at: string
}

/** The signed certificate over every approval of the gate; nothing is stored. CLYRA_EVIDENCE_INVALID, CLYRA_EVIDENCE_SIGNER. */
export async function certified(
  { certificateSigner }: Pick<Deps, 'certificateSigner'>,
  run: RunRef,
  { gate, target, decisions, predecessor, last, at }: Completed,
): ReturnType<typeof signCertificate> {
  const verdict = required(gate.verdict, 'a verdict')
  const { payload_digest, policy_digest, display_hash, quorum, grade } = verdict
  const certificate = {
    cert_id: uuidv7(),
    aud: workflowId(run.tenant, run.change_id),
    change_id: run.change_id,
    attempt: run.attempt,
    run_id: runId(),
    predecessor,
    target,
    ...{ payload_digest, policy_digest, display_hash, quorum, grade },
    nonce: required(verdict.nonce, 'a nonce'),
    max_uses: 1 as const,
    requesters: [...gate.requesters],
    decisions: [...decisions, last].filter(({ decision }) => decision === 'approve').map(namedOf),
    approved_at: at,
    expires_at: later(at, verdict.certificate_ttl_seconds),
  }
  return signCertificate(certificate, certificateSigner)
}

const namedOf = ({ person, key_id, subject_id, grade, envelope_digest }: Decision) => ({
  person: required(person, 'the person of a counted decision'),
  key_id,
  subject_id,
  grade: required(grade, 'the grade of a counted decision'),
  envelope_digest,
})

// Bodies of verdicts, counted decisions and certificates, as a worker writes them, for tests that need some in the log.
import { randomUUID } from 'node:crypto'
import type { ApprovalCertificate, Decision, Verdict } from '../../core/generated/types.ts'

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`
const keyId = 'f'.repeat(64)

/** A verdict that asks one person for an approval, but for what `part` says. */
export const verdictBody = (part: Pick<Verdict, 'change_id' | 'predecessor'> & Partial<Verdict>): Verdict & Record<string, unknown> => {
  const attempt = part.attempt ?? 1
  return {
    attempt,
    run_id: `run-${attempt}`,
    outcome: 'needs_approval',
    mode: 'gate',
    policy_id: 'sox-controls',
    policy_digest: digestOf('a'),
    payload_digest: digestOf('b'),
    display_hash: digestOf('d'),
    facts: {
      parsed: 'parsed',
      role: 'dml',
      statements: [],
      estimated_rows: 42,
      refusals: [],
      platform: 'postgres',
      server_version: '18.0',
      simulated: false,
      history: { changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: false },
    },
    reasons: [{ rule: 'rows', outcome: 'needs_approval', why: 'more rows than the limit', refs: [] }],
    row_limit: 1000,
    quorum: 1,
    grade: 'standard',
    authenticator_age_seconds: 0,
    eligible_approvers: [],
    nonce: '5'.repeat(64),
    deadline: '2099-01-01T00:00:00.000Z',
    certificate_ttl_seconds: 900,
    ...part,
  }
}

/** A counted approval by a key, but for what `part` says. */
export const decisionBody = (
  part: Pick<Decision, 'change_id' | 'predecessor'> & Partial<Decision>,
): Decision & Record<string, unknown> => ({
  attempt: 1,
  decision_id: randomUUID(),
  decision: 'approve',
  status: 'counted',
  code: null,
  person: 'ben',
  key_id: keyId,
  subject_id: null,
  grade: 'standard',
  sign_on: null,
  envelope_digest: digestOf('e'),
  delivered_by: { actor: 'approver:ben', person: 'ben' },
  ...part,
})

/** A certificate over one approval by ben, but for what `part` says. */
export const certificateBody = (
  part: Pick<ApprovalCertificate, 'change_id' | 'predecessor'> & Partial<ApprovalCertificate>,
): ApprovalCertificate & Record<string, unknown> => ({
  cert_id: '019aa7c2-0000-7000-8000-000000000000',
  aud: `clyra/default/${part.change_id}`,
  attempt: 1,
  run_id: 'run-1',
  target: 'shop',
  payload_digest: digestOf('b'),
  policy_digest: digestOf('a'),
  display_hash: digestOf('d'),
  nonce: '5'.repeat(64),
  quorum: 1,
  grade: 'standard',
  max_uses: 1,
  requesters: ['ana'],
  decisions: [{ person: 'ben', key_id: keyId, subject_id: null, grade: 'standard', envelope_digest: digestOf('e') }],
  approved_at: '2026-01-01T00:00:00.000Z',
  expires_at: '2099-01-01T00:00:00.000Z',
  envelope_digest: digestOf('c'),
  ...part,
})

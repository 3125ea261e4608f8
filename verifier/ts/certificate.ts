// Claim `approvals`, the certificate: it wraps enough counted approvals, and a trusted approval key signed it (walk rule 4).
import { bound, type Counted, fold, moment, requestersBefore } from './approvals.ts'
import type { Bundle } from './bundle.ts'
import { readCanonical, sameJson } from './canonical.ts'
import { contentOf, isRight } from './dsse.ts'
import type { ApprovalCertificate, CertificateStatement, DsseEnvelope } from './generated/types.ts'
import type { Walk } from './lifecycle.ts'
import { demand } from './report.ts'
import { fits } from './schema.ts'
import { sha256Hex } from './sums.ts'
import type { SigningKey } from './trust.ts'

const named = ['person', 'key_id', 'subject_id', 'grade', 'envelope_digest'] as const
const maxEnhancedSeconds = 600

/** APPROVAL_CERTIFICATE, APPROVAL_CERTIFICATE_SIGNATURE, APPROVAL_SELF, APPROVAL_DUPLICATE, APPROVAL_QUORUM, APPROVAL_LATE. */
export function checkCertificate(bundle: Bundle, walk: Walk, counted: Counted[], keys: readonly SigningKey[]): void {
  const { certificate, verdict, change } = walk
  if (certificate === undefined || verdict === undefined) return
  const { body, seq } = certificate
  const place = `seq ${seq}`
  const requesters = body.requesters.map(fold)
  const persons = body.decisions.map(({ person }) => fold(person))
  const approvals = counted.filter((decision) => decision.seq < seq && decision.body.decision === 'approve')
  const { certificate_ttl_seconds: seconds } = verdict.body
  const envelope = readEnvelope(bundle, body.envelope_digest)
  const content = envelope === null ? null : contentOf(envelope)
  const agrees =
    ([...bound, 'run_id', 'quorum', 'grade'] as const).every((field) => body[field] === verdict.body[field]) &&
    body.target === change.body.target &&
    body.aud === `clyra/${change.body.tenant}/${change.body.change_id}` &&
    moment(body.expires_at) - moment(body.approved_at) === seconds * 1000 &&
    (body.grade === 'standard' || seconds <= maxEnhancedSeconds) &&
    requestersBefore(walk, seq).every((name) => requesters.includes(name)) &&
    body.decisions.every((one) => approvals.some((decision) => named.every((field) => one[field] === decision.body[field])))
  demand(agrees && content !== null && states(content.body, body), 'APPROVAL_CERTIFICATE', place)
  const [signature, ...more] = envelope?.signatures ?? []
  const isPlain = signature?.webauthn === undefined && signature?.id_token === undefined && more.length === 0
  const valid = keys.filter((key) => key.purposes.includes('approval') && isValid(key, body.approved_at))
  const isSigned = isPlain && valid.some(({ key }) => isRight(signature?.sig ?? '', key, content.message))
  demand(isSigned, 'APPROVAL_CERTIFICATE_SIGNATURE', place)
  demand(!persons.some((person) => requesters.includes(person)), 'APPROVAL_SELF', place)
  demand(new Set(persons).size === persons.length, 'APPROVAL_DUPLICATE', place)
  demand(persons.length >= verdict.body.quorum, 'APPROVAL_QUORUM', place)
  demand(verdict.body.deadline !== null && body.approved_at <= verdict.body.deadline, 'APPROVAL_LATE', place)
}

// The statement is about this receipt. Members of a receipt are sorted, so that leaving one out leaves it canonical.
function states(payload: Uint8Array, { envelope_digest: _, ...said }: ApprovalCertificate): boolean {
  const statement = readCanonical(payload)
  if (statement === undefined || !fits('certificate_statement', statement)) return false
  const { subject, predicate } = statement as unknown as CertificateStatement
  const { aud, expires_at, grade, payload_digest, cert_id } = said
  const expected = [{ digest: { sha256: sha256Hex(JSON.stringify(said)) }, name: cert_id }]
  return sameJson([subject, predicate], [expected, { aud, expires_at, grade, payload_digest }])
}

function readEnvelope({ blobs }: Bundle, digest: string): DsseEnvelope | null {
  const value = readCanonical(blobs.get(digest) ?? new Uint8Array())
  return value !== undefined && fits('dsse_envelope', value) ? (value as unknown as DsseEnvelope) : null
}

const isValid = ({ not_before, not_after, revoked_at }: SigningKey, at: string): boolean =>
  not_before <= at && [not_after, revoked_at].every((end) => end === null || at < end)

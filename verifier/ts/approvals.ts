// Claim `approvals`: each counted decision is its person's own, and the certificate wraps enough of them (walk rules 3 and 4).
import type { Bundle, Receipt } from './bundle.ts'
import { readCanonical } from './canonical.ts'
import { openEnvelope } from './dsse.ts'
import type { Decision, DecisionStatement, DsseEnvelope } from './generated/types.ts'
import type { Walk } from './lifecycle.ts'
import { demand } from './report.ts'
import { fits } from './schema.ts'
import type { ApproverKey } from './trust.ts'
import { signedBytes } from './webauthn.ts'

type Counted = Receipt<Decision>

const bound = ['payload_digest', 'policy_digest', 'display_hash', 'nonce'] as const

/** Persons are compared without the case of ASCII letters and without blanks around: a second spelling is no second person. */
export const fold = (person: string | null): string =>
  (person ?? '').replace(/^[\t-\r ]+|[\t-\r ]+$/g, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** Decisions in order, then the certificate; the first fault counts. */
export function checkApprovals(bundle: Bundle, walk: Walk, approvers: readonly ApproverKey[]): void {
  const counted = walk.decisions.filter(({ body }) => body.status === 'counted')
  for (const [index, decision] of counted.entries()) {
    const { at, seq, body } = decision
    const place = `seq ${seq}`
    const keys = approvers.filter((key) => key.key_id === body.key_id && key.person === body.person && key.enrolled_at <= at)
    const key = keys.find(({ revoked_at }) => revoked_at === null || revoked_at > at)
    demand(keys.length > 0, 'APPROVAL_KEY_UNKNOWN', place)
    demand(key !== undefined, 'APPROVAL_KEY_REVOKED', place)
    const envelope = readCanonical(bundle.blobs.get(body.envelope_digest) ?? new Uint8Array())
    const isEnvelope = envelope !== undefined && fits('dsse_envelope', envelope)
    const payload = isEnvelope ? openDecision(envelope as unknown as DsseEnvelope, key) : null
    demand(payload !== null, 'APPROVAL_SIGNATURE', place)
    demand(binds(payload, decision, walk), 'APPROVAL_BINDING', place)
    demand(!requestersBefore(walk, seq).includes(fold(body.person)), 'APPROVAL_SELF', place)
    const isTwice = ({ body: other }: Counted) => fold(other.person) === fold(body.person) || other.decision_id === body.decision_id
    demand(!counted.slice(0, index).some(isTwice), 'APPROVAL_DUPLICATE', place)
  }
  checkCertificate(walk, counted)
}

const openDecision = (envelope: DsseEnvelope, { key, webauthn }: ApproverKey): Buffer | null =>
  openEnvelope(envelope, key, (message) => signedBytes(message, webauthn, envelope.signatures[0]?.webauthn))

function binds(payload: Uint8Array, { seq, body }: Counted, { verdict }: Walk): boolean {
  const statement = readCanonical(payload)
  if (statement === undefined || !fits('decision_statement', statement)) return false
  if (verdict === undefined || verdict.seq > seq || verdict.body.nonce === null) return false
  const { subject, predicate } = statement as unknown as DecisionStatement
  const { eligible_approvers: eligible, payload_digest } = verdict.body
  return (
    subject[0]?.name === body.change_id &&
    `sha256:${subject[0].digest.sha256}` === payload_digest &&
    bound.every((field) => predicate[field] === verdict.body[field]) &&
    (['change_id', 'decision_id', 'decision', 'person'] as const).every((field) => predicate[field] === body[field]) &&
    (eligible.length === 0 || eligible.map(fold).includes(fold(body.person)))
  )
}

// Everyone who had asked by then: persons, actors where no person is known, and claimed persons.
function requestersBefore({ change, requesters }: Walk, seq: number): string[] {
  const asked = [change, ...requesters].filter((receipt) => receipt.seq < seq)
  const names = asked.flatMap(({ body }) => [body.requester.person ?? body.requester.actor, body.claimed_person])
  return names.filter((name) => name !== null).map(fold)
}

function checkCertificate(walk: Walk, counted: Counted[]): void {
  const { certificate, verdict } = walk
  if (certificate === undefined || verdict === undefined) return
  const { body, seq } = certificate
  const requesters = body.requesters.map(fold)
  const persons = body.decisions.map(({ person }) => fold(person))
  const agrees =
    ([...bound, 'run_id', 'quorum'] as const).every((field) => body[field] === verdict.body[field]) &&
    body.expires_at === later(body.approved_at, verdict.body.certificate_ttl_seconds) &&
    requestersBefore(walk, seq).every((name) => requesters.includes(name)) &&
    body.decisions.every(({ receipt, person, key_id, envelope_digest }) => {
      const named = counted.find(({ leaf }) => leaf === receipt)
      const isApproval = named !== undefined && named.seq < seq && named.body.decision === 'approve'
      return isApproval && named.body.person === person && named.body.key_id === key_id && named.body.envelope_digest === envelope_digest
    })
  demand(agrees, 'APPROVAL_CERTIFICATE', `seq ${seq}`)
  demand(!persons.some((person) => requesters.includes(person)), 'APPROVAL_SELF', `seq ${seq}`)
  demand(new Set(persons).size === persons.length, 'APPROVAL_DUPLICATE', `seq ${seq}`)
  demand(persons.length >= verdict.body.quorum, 'APPROVAL_QUORUM', `seq ${seq}`)
  demand(verdict.body.deadline !== null && body.approved_at <= verdict.body.deadline, 'APPROVAL_LATE', `seq ${seq}`)
}

// So many seconds later; null for a time that is in no calendar.
function later(time: string, seconds: number): string | null {
  const moment = Date.parse(time)
  const isReal = !Number.isNaN(moment) && new Date(moment).toISOString() === time
  return isReal ? new Date(moment + seconds * 1000).toISOString() : null
}

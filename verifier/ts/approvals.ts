// Claim `approvals`, the decisions: each counted one is its person's own, over what the verdict says (walk rule 3).
import { createHmac } from 'node:crypto'
import type { Bundle, Receipt } from './bundle.ts'
import { readCanonical } from './canonical.ts'
import { contentOf, isRight, strictBase64 } from './dsse.ts'
import type { Decision, DecisionStatement, DsseEnvelope, TrustApproversSubject, Verdict } from './generated/types.ts'
import type { PublicKey } from './keys.ts'
import type { Walk } from './lifecycle.ts'
import { demand } from './report.ts'
import { fits } from './schema.ts'
import type { ApproverKey, Trust } from './trust.ts'
import { signedBytes } from './webauthn.ts'

export type Counted = Receipt<Decision>
type Signature = DsseEnvelope['signatures'][number]

/** What a decision was signed with: a key of the person, or the door's for a rejection. */
interface Signer {
  key: PublicKey
  webauthn?: ApproverKey['webauthn']
  since: string
  ends: (string | null)[]
}

/** The envelope of a decision, with the signatures its receipt names. */
export interface Signed {
  body: Buffer
  message: Buffer
  own: Signature | undefined
  token: Signature | undefined
}

/** What decisions and certificates repeat of the verdict. */
export const bound = ['payload_digest', 'policy_digest', 'display_hash', 'nonce'] as const

/** True for a counted approval without a key of the person's own. */
export const restsOnSignOn = ({ body }: Counted): boolean => body.decision === 'approve' && body.key_id === null

/** Milliseconds since 1970; NaN, which nothing compares with, for a time that is in no calendar. */
export function moment(time: string): number {
  const milliseconds = Date.parse(time)
  return Number.isNaN(milliseconds) || new Date(milliseconds).toISOString() !== time ? Number.NaN : milliseconds
}

/** Persons are compared without the case of ASCII letters and without blanks around: a second spelling is no second person. */
export const fold = (person: string | null): string =>
  (person ?? '').replace(/^[\t-\r ]+|[\t-\r ]+$/g, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** The counted decisions in order, each through all codes; the first fault counts. */
export function checkDecisions(bundle: Bundle, walk: Walk, trust: Trust): Counted[] {
  const counted = walk.decisions.filter(({ body }) => body.status === 'counted')
  for (const [index, decision] of counted.entries()) {
    const { seq, body } = decision
    const place = `seq ${seq}`
    const signers = body.key_id === null ? [] : signersOf(decision, trust)
    const signer = signers.find(({ ends }) => ends.every((end) => end === null || end > decision.at))
    demand(body.key_id === null || signers.length > 0, 'APPROVAL_KEY_UNKNOWN', place)
    demand(body.key_id === null || signer !== undefined, 'APPROVAL_KEY_REVOKED', place)
    const subject = trust.subjects.find((one) => isLinked(one, decision))
    const isNamed = (body.subject_id === null) === (body.sign_on === null) && (body.subject_id === null) === (subject === undefined)
    demand(isNamed && (signer ?? subject) !== undefined, 'APPROVAL_SUBJECT', place)
    const signed = readSigned(bundle, body)
    demand(signed !== null && isSigned(signed, signer, subject), 'APPROVAL_SIGNATURE', place)
    demand(binds(signed.body, decision, walk), 'APPROVAL_BINDING', place)
    demand(isGraded(decision, (walk.verdict as Receipt<Verdict>).body, signer, subject), 'APPROVAL_GRADE', place)
    demand(!requestersBefore(walk, seq).includes(fold(body.person)), 'APPROVAL_SELF', place)
    const isTwice = ({ body: other }: Counted) => fold(other.person) === fold(body.person) || other.decision_id === body.decision_id
    demand(!counted.slice(0, index).some(isTwice), 'APPROVAL_DUPLICATE', place)
  }
  return counted
}

// Keys that had signed by then, whether or not they had ended: of approvers.json, then of keys.json.
function signersOf({ at, body }: Counted, { approvers, keys }: Trust): Signer[] {
  const own = approvers
    .filter(({ key_id, person }) => key_id === body.key_id && person === body.person)
    .map(({ key, webauthn, enrolled_at, revoked_at }) => ({ key, webauthn, since: enrolled_at, ends: [revoked_at] }))
  const doors = keys
    .filter(({ key_id, purposes }) => key_id === body.key_id && purposes.includes('approval') && body.decision === 'reject')
    .map(({ key, not_before, not_after, revoked_at }) => ({ key, since: not_before, ends: [not_after, revoked_at] }))
  return [...own, ...doors].filter(({ since }) => since <= at)
}

const isLinked = ({ subject_id, person, linked_at, unlinked_at }: TrustApproversSubject, { at, body }: Counted): boolean =>
  subject_id === body.subject_id && person === body.person && linked_at <= at && (unlinked_at === null || unlinked_at > at)

/** The envelope a receipt names, with just the signatures the receipt says it has, in their order; null for any other. */
export function readSigned({ blobs }: Bundle, { envelope_digest, key_id, sign_on }: Decision): Signed | null {
  const value = readCanonical(blobs.get(envelope_digest) ?? new Uint8Array())
  if (value === undefined || !fits('dsse_envelope', value)) return null
  const { signatures, ...envelope } = value as unknown as DsseEnvelope
  const content = contentOf(envelope)
  const [own, token] = key_id === null ? [undefined, signatures[0]] : signatures
  const isAsNamed =
    signatures.length === [key_id, sign_on].filter((part) => part !== null).length &&
    own?.id_token === undefined &&
    token?.id_token?.digest === sign_on?.id_token_digest &&
    token?.webauthn === undefined
  return content !== null && isAsNamed ? { ...content, own, token } : null
}

// The person's own signature is right; that of the ID token is of a linked account, and whether it is right is claim sign_on's.
function isSigned({ message, own, token }: Signed, signer: Signer | undefined, subject: TrustApproversSubject | undefined): boolean {
  const isOwn = signer === undefined || isRight(own?.sig ?? '', signer.key, signedBytes(message, signer.webauthn, own?.webauthn))
  return isOwn && (subject === undefined || (token?.id_token?.iss === subject.iss && strictBase64(token.sig) !== null))
}

function binds(payload: Uint8Array, { seq, body }: Counted, { verdict }: Walk): boolean {
  const statement = readCanonical(payload)
  if (statement === undefined || !fits('decision_statement', statement)) return false
  if (verdict === undefined || verdict.seq > seq || verdict.body.nonce === null) return false
  const { subject, predicate } = statement as unknown as DecisionStatement
  const { eligible_approvers: eligible, payload_digest, grade } = verdict.body
  const code = grade === 'enhanced' && body.decision === 'approve' ? matchCode(verdict.body.nonce, verdict.body.display_hash) : undefined
  return (
    subject[0]?.name === body.change_id &&
    `sha256:${subject[0].digest.sha256}` === payload_digest &&
    bound.every((field) => predicate[field] === verdict.body[field]) &&
    (['change_id', 'decision_id', 'decision', 'person'] as const).every((field) => predicate[field] === body[field]) &&
    predicate.match_code === code &&
    (eligible.length === 0 || eligible.map(fold).includes(fold(body.person)))
  )
}

/** The number the requester was shown: HKDF-Expand (RFC 5869, §2.3) of one block. */
export function matchCode(nonce: string, displayHash: string): string {
  const block = createHmac('sha256', Buffer.from(nonce, 'hex')).update(`clyra.match_code/0 ${displayHash}\u0001`).digest()
  return String(block.readBigUInt64BE() % 1_000_000n).padStart(6, '0')
}

// The grade its signatures give; of an approval it is enough, and what signed is old enough.
function isGraded(
  { at, body }: Counted,
  verdict: Verdict,
  signer: Signer | undefined,
  subject: TrustApproversSubject | undefined,
): boolean {
  const grade = signer?.webauthn !== undefined && subject !== undefined ? 'enhanced' : 'standard'
  const age = moment(at) - moment(signer?.since ?? subject?.linked_at ?? '')
  const isEnough = grade === 'enhanced' || verdict.grade === 'standard'
  return body.grade === grade && (body.decision === 'reject' || (isEnough && age >= verdict.authenticator_age_seconds * 1000))
}

/** Everyone who had asked by then: persons, actors where no person is known, and claimed persons. */
export function requestersBefore({ change, requesters }: Walk, seq: number): string[] {
  const asked = [change, ...requesters].filter((receipt) => receipt.seq < seq)
  const names = asked.flatMap(({ body }) => [body.requester.person ?? body.requester.actor, body.claimed_person])
  return names.filter((name) => name !== null).map(fold)
}

// An approver's decision: an in-toto statement signed by the approver's own key, and its check before it counts.
import { canonical } from '../core/canonical.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { ApprovalView, DecisionStatement, DsseEnvelope } from '../core/generated/types.ts'
import { type Grade, gradeOf } from '../core/grade.ts'
import type { Signer } from '../core/ports.ts'
import type { IdpKey, Provider, SignOn, Subject } from '../core/sign-on.ts'
import { assertionChallenge, type Passkey } from './assertion.ts'
import { strictBase64 } from './base64.ts'
import { envelopeOf, statementBytes, statementMessage, statementType, verifyOwn } from './dsse.ts'
import { verifyIdToken } from './id-token.ts'
import { demand, fits } from './schemas.ts'

/** What an approver decides on, and what he says. `binding` comes from the approval view, checked against what was shown. */
export interface DecisionInput {
  change_id: string
  binding: ApprovalView['binding']
  decision: 'approve' | 'reject'
  person: string
  reason: string
  /** A UUID. */
  decision_id: string
  /** By the approver's clock. */
  signed_at: string
  /** The requester's number; given exactly where an approval is to be of grade enhanced. */
  match_code?: string
}

/** An enrolled key, as of the instant of the check: `revoked_at` not null means revoked. */
export interface EnrolledKey {
  person: string
  key_id: string
  alg: 'ES256'
  /** SPKI DER in base64. */
  spki: string
  enrolled_at: string
  revoked_at: string | null
  webauthn?: Passkey
}

/** Everything a decision is verified against, read once from the ledger (one round trip) and the configuration. */
export interface Registry {
  approvers: readonly EnrolledKey[]
  subjects: readonly Subject[]
  idp_keys: readonly IdpKey[]
  /** Compact ID tokens by digest, as far as they were asked for and are kept. */
  id_tokens: ReadonlyMap<string, string>
}

/** What the installation itself brings: the provider it believes, and the key its door denies with (SPKI DER). */
export interface DoorTrust {
  provider: Provider | null
  certificateKey: Pick<Signer, 'keyId' | 'spki'>
}

export interface VerifiedDecision {
  statement: DecisionStatement
  person: string
  /** The key that signed; null where an ID token alone did. */
  key_id: string | null
  subject_id: string | null
  sign_on: SignOn | null
  grade: Grade
  /** Since when the key, or where there is none the subject, has been enrolled; null for the door's own key. */
  enrolled_at: string | null
}

/**
 * The decision as the bytes of its statement. Where a passkey signs elsewhere: its challenge is that of `statementMessage`, and
 * `envelopeOf` puts both together (evidence/dsse.ts). CLYRA_EVIDENCE_INVALID.
 */
export function decisionStatementBytes({ binding, ...said }: DecisionInput): Buffer {
  const statement: DecisionStatement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: said.change_id, digest: { sha256: binding.payload_digest.replace('sha256:', '') } }],
    predicateType: 'https://clyra.dev/spec/decision/v0',
    predicate: { ...said, ...binding },
  }
  demand('decision_statement', statement)
  return statementBytes(statement)
}

/** The signed decision as the canonical text of its DSSE envelope. CLYRA_EVIDENCE_INVALID, CLYRA_EVIDENCE_SIGNER. */
export async function signDecision(input: DecisionInput, signer: Signer): Promise<string> {
  const bytes = decisionStatementBytes(input)
  const signature = await signer.sign(statementMessage(bytes))
  return canonical(envelopeOf(bytes, { sig: Buffer.from(signature).toString('base64') }))
}

/** Digests of the ID tokens an envelope names, so that they can be fetched before it is verified. Empty for what is no envelope. */
export const idTokensOf = (envelopeText: string): string[] =>
  parsedEnvelope(envelopeText)?.signatures.flatMap(({ id_token }) => (id_token === undefined ? [] : [id_token.digest])) ?? []

/**
 * Who decided what, or why the envelope proves nothing: CLYRA_APPROVAL_MALFORMED, CLYRA_APPROVAL_UNKNOWN_KEY (nobody
 * enrolled under that name, or the key is revoked), CLYRA_APPROVAL_BAD_SIGNATURE, CLYRA_SSO_*. `at` is when it is judged.
 * Whether the decision counts is core/approval.ts's.
 */
export function verifyDecision(
  envelopeText: string,
  registry: Registry,
  door: DoorTrust,
  at: string,
): VerifiedDecision | { code: ErrorCode } {
  const read = readDecision(envelopeText)
  if (read === undefined) return malformed
  const { statement, message, own, token } = read
  // The name only picks the keys to try; nothing of the statement counts before a signature of one of them does.
  const { person } = statement.predicate
  const key = own === undefined ? null : ownKey(message, own, statement.predicate, registry, door)
  if (key !== null && 'code' in key) return key
  const account = token === undefined ? null : signedOn(message, token, person, registry, door.provider, at)
  if (account !== null && 'code' in account) return account
  const grade = gradeOf({ passkey: key?.passkey ?? false, signOn: account !== null })
  const { acr_values = [] } = door.provider ?? {}
  if (grade === 'enhanced' && acr_values.length > 0 && !acr_values.includes(account?.sign_on.acr ?? '')) return { code: 'CLYRA_SSO_ACR' }
  return {
    statement,
    person,
    key_id: key?.key_id ?? null,
    subject_id: account?.subject_id ?? null,
    sign_on: account?.sign_on ?? null,
    grade,
    enrolled_at: key === null ? (account?.linked_at ?? null) : key.enrolled_at,
  }
}

type Signature = DsseEnvelope['signatures'][number]

/** A decision as it is written; nothing in it is verified yet. */
export interface ReadDecision {
  statement: DecisionStatement
  /** What its signatures are over: the PAE. */
  message: Buffer
  own: Signature | undefined
  token: Signature | undefined
}

/** The decision an envelope holds; undefined unless it has one statement, and one own signature, one ID token, or both in this order. */
export function readDecision(envelopeText: string): ReadDecision | undefined {
  const envelope = parsedEnvelope(envelopeText)
  const bytes = envelope?.payloadType === statementType ? strictBase64(envelope.payload) : null
  const statement = bytes === null ? undefined : statementOf(bytes)
  if (envelope === undefined || bytes === null || statement === undefined) return undefined
  const [first, second] = envelope.signatures
  const own = first?.id_token === undefined ? first : undefined
  const token = own === undefined ? first : second
  return envelope.signatures.length > (own && token ? 2 : 1) ? undefined : { statement, message: statementMessage(bytes), own, token }
}

/** Whose key made the signature. `passkey`: by a user present and verified. CLYRA_APPROVAL_UNKNOWN_KEY, CLYRA_APPROVAL_BAD_SIGNATURE. */
export function ownKey(
  message: Buffer,
  own: Signature,
  { person, decision }: DecisionStatement['predicate'],
  { approvers }: Registry,
  { certificateKey }: DoorTrust,
): { key_id: string; enrolled_at: string | null; passkey: boolean } | { code: ErrorCode } {
  const keys = approvers.filter((approver) => approver.person === person)
  const key = keys.find(({ alg, spki, webauthn }) =>
    verifyOwn(message, own, { alg, spki: Buffer.from(spki, 'base64'), ...(webauthn === undefined ? {} : { webauthn }) }),
  )
  if (key === undefined) {
    // A denial may come from a channel such as Slack, where the door alone can sign; an approval never.
    if (decision === 'reject' && verifyOwn(message, own, { alg: 'ES256', spki: certificateKey.spki }))
      return { key_id: certificateKey.keyId, enrolled_at: null, passkey: false }
    return { code: keys.length === 0 ? 'CLYRA_APPROVAL_UNKNOWN_KEY' : 'CLYRA_APPROVAL_BAD_SIGNATURE' }
  }
  if (key.revoked_at !== null) return { code: 'CLYRA_APPROVAL_UNKNOWN_KEY' }
  return { key_id: key.key_id, enrolled_at: key.enrolled_at, passkey: key.webauthn !== undefined }
}

/** Whose account the ID token is of. CLYRA_APPROVAL_MALFORMED, CLYRA_SSO_*. */
export function signedOn(
  message: Buffer,
  { sig, webauthn, id_token }: Signature,
  person: string,
  { subjects, idp_keys, id_tokens }: Registry,
  provider: Provider | null,
  at: string,
): (Subject & { sign_on: SignOn }) | { code: ErrorCode } {
  if (id_token === undefined || webauthn !== undefined) return malformed
  if (provider === null) return { code: 'CLYRA_SSO_OFF' }
  const token = id_tokens.get(id_token.digest)
  if (token === undefined) return { code: 'CLYRA_SSO_SIGNATURE' }
  const verified = verifyIdToken(token, { provider, keys: idp_keys, nonce: assertionChallenge(message), at })
  if ('code' in verified) return verified
  const { kid, alg, sign_on, subject_id } = verified
  const said = { digest: sign_on.id_token_digest, iss: provider.iss, kid, alg }
  const isNamed = (['digest', 'iss', 'kid', 'alg'] as const).every((field) => said[field] === id_token[field])
  if (verified.sig !== sig || !isNamed) return malformed
  const subject = subjects.find((one) => one.subject_id === subject_id && one.person === person && one.unlinked_at === null)
  return subject === undefined ? { code: 'CLYRA_SSO_UNLINKED' } : { ...subject, sign_on }
}

/** True when the text may stand in a bundle as a decision's blob: canonical JSON that fits dsse_envelope, whatever it holds. */
export const isEnvelope = (text: string): boolean => parsedEnvelope(text) !== undefined

function parsedEnvelope(text: string): DsseEnvelope | undefined {
  const value = canonicalJson(text)
  return fits('dsse_envelope', value) ? (value as DsseEnvelope) : undefined
}

const malformed = { code: 'CLYRA_APPROVAL_MALFORMED' } as const

function statementOf(bytes: Uint8Array): DecisionStatement | undefined {
  const text = utf8(bytes)
  const statement = text === null ? undefined : (canonicalJson(text) as DecisionStatement | undefined)
  if (statement === undefined || !fits('decision_statement', statement)) return undefined
  const [subject] = statement.subject
  const { change_id, payload_digest } = statement.predicate
  return subject?.name === change_id && payload_digest === `sha256:${subject.digest.sha256}` ? statement : undefined
}

/** The value of a canonical text. A text that does not write back to itself (double keys, floats, blanks) is undefined. */
function canonicalJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return canonical(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function utf8(bytes: Uint8Array): string | null {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return null
  }
}

// An approver's decision: an in-toto statement signed by the approver's own key, and its check before it counts.
import { canonical } from '../core/canonical.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { ApprovalView, DecisionStatement, DsseEnvelope } from '../core/generated/types.ts'
import type { Signer } from '../core/ports.ts'
import type { Passkey } from './assertion.ts'
import { strictBase64 } from './base64.ts'
import { envelopeOf, statementBytes, statementMessage, statementType, verifyEnvelope } from './dsse.ts'
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
}

/** An enrolled key, as of the instant of the check: `revoked_at` not null means revoked. */
export interface EnrolledKey {
  person: string
  key_id: string
  alg: 'ES256'
  /** SPKI DER in base64. */
  spki: string
  revoked_at: string | null
  webauthn?: Passkey
}

export interface VerifiedDecision {
  statement: DecisionStatement
  key_id: string
  person: string
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

/**
 * Who decided what, or why the envelope proves nothing: CLYRA_APPROVAL_MALFORMED, CLYRA_APPROVAL_UNKNOWN_KEY (nobody
 * enrolled under that name, or the key is revoked), CLYRA_APPROVAL_BAD_SIGNATURE. Whether the decision counts is core/approval.ts's.
 */
export function verifyDecision(envelopeText: string, approvers: readonly EnrolledKey[]): VerifiedDecision | { code: ErrorCode } {
  const envelope = parsedEnvelope(envelopeText)
  if (envelope?.payloadType !== statementType) return malformed
  const statement = statementOf(envelope)
  if (statement === undefined) return malformed
  // The name only picks the keys to try; nothing of the statement counts before a signature of one of them does.
  const { person } = statement.predicate
  const keys = approvers.filter((approver) => approver.person === person)
  if (keys.length === 0) return { code: 'CLYRA_APPROVAL_UNKNOWN_KEY' }
  const key = keys.find(({ spki, ...key }) => verifyEnvelope(envelope, { ...key, spki: Buffer.from(spki, 'base64') }))
  if (key === undefined) return { code: 'CLYRA_APPROVAL_BAD_SIGNATURE' }
  return key.revoked_at === null ? { statement, key_id: key.key_id, person } : { code: 'CLYRA_APPROVAL_UNKNOWN_KEY' }
}

/** True when the text may stand in a bundle as a decision's blob: canonical JSON that fits dsse_envelope, whatever it holds. */
export const isEnvelope = (text: string): boolean => parsedEnvelope(text) !== undefined

function parsedEnvelope(text: string): DsseEnvelope | undefined {
  const value = canonicalJson(text)
  return fits('dsse_envelope', value) ? (value as DsseEnvelope) : undefined
}

const malformed = { code: 'CLYRA_APPROVAL_MALFORMED' } as const

function statementOf(envelope: DsseEnvelope): DecisionStatement | undefined {
  const bytes = strictBase64(envelope.payload)
  const text = bytes === null ? null : utf8(bytes)
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

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

// A certificate out of an evidence file, and what an auditor trusts, each as of the moment it was used.
import { requestersOf } from '../core/approval.ts'
import { ClyraError } from '../core/errors.ts'
import type { TrustApprovers, TrustIdp, TrustIdpKey, TrustKeys } from '../core/generated/types.ts'
import { allOf, lastOf, type Of, ofAttempt, standing } from '../core/receipts.ts'
import type { Provider } from '../core/sign-on.ts'
import { ownKey, type ReadDecision, type Registry, readDecision, signedOn } from './decision.ts'
import type { Evidence } from './read.ts'
import { bodySchema, fits } from './schemas.ts'

/** Keys, persons and providers to believe: the contents of a trust directory. */
export interface CertificateTrust {
  keys: TrustKeys['keys']
  approvers: TrustApprovers['approvers']
  subjects: TrustApprovers['subjects']
  /** One for each key of a provider. */
  providers: readonly (Omit<TrustIdp['providers'][number], 'keys'> & TrustIdpKey)[]
}

/** A decision the certificate names; what was not found is null. */
export interface FiledDecision {
  named: Of<'approval_certificate'>['body']['decisions'][number]
  counted: Of<'decision'> | null
  text: string | null
  read: ReadDecision | null
}

/** A certificate and all in its file that it must agree with. */
export interface FiledCertificate {
  change: Of<'change'>
  verdict: Of<'verdict'>
  certificate: Of<'approval_certificate'>
  /** Everybody who had asked when it was made. */
  requesters: string[]
  attempts: Of<'attempt'>[]
  outcome: Of<'outcome'> | null
  text: string | null
  decisions: FiledDecision[]
}

/** The certificate an evidence file rests on, or null where it has none. CLYRA_EVIDENCE_INVALID when a body is not what its kind says. */
export function filedCertificate({ receipts, manifest, files }: Evidence): FiledCertificate | null {
  const current = standing(ofAttempt(receipts, manifest.attempt))
  const wrong = current.find(({ receipt }) => kinds.includes(receipt.kind) && !fits(bodySchema(receipt.kind), receipt.body))
  if (wrong !== undefined) throw new ClyraError('CLYRA_EVIDENCE_INVALID', `expected a body of its kind in receipt ${wrong.receipt.seq}`)
  const [change, verdict, certificate] = [lastOf(current, 'change'), lastOf(current, 'verdict'), lastOf(current, 'approval_certificate')]
  if (change === null || verdict === null || certificate === null) return null
  const textOf = (digest: string): string | null => {
    const bytes = files.get(`blobs/sha256/${digest.replace('sha256:', '')}`)
    return bytes === undefined ? null : Buffer.from(bytes).toString('utf8')
  }
  const before = current.filter(({ receipt }) => receipt.seq < certificate.seq)
  const counted = allOf(before, 'decision').filter(({ body }) => body.status === 'counted')
  return {
    ...{ change, verdict, certificate },
    requesters: requestersOf([change.body, ...allOf(before, 'requester').map(({ body }) => body)]),
    attempts: allOf(current, 'attempt'),
    outcome: lastOf(current, 'outcome'),
    text: textOf(certificate.body.envelope_digest),
    decisions: certificate.body.decisions.map((named) => {
      const text = textOf(named.envelope_digest)
      const its = counted.find(({ body }) => body.envelope_digest === named.envelope_digest) ?? null
      return { named, counted: its, text, read: text === null ? null : (readDecision(text) ?? null) }
    }),
  }
}

const kinds = ['change', 'requester', 'verdict', 'decision', 'approval_certificate', 'attempt', 'outcome']

/** Keys that may sign certificates at that time; ended ones are no more among them. */
export const certificateKeysAt = ({ keys }: CertificateTrust, at: string): CertificateTrust['keys'] =>
  keys.filter(
    ({ alg, purposes, not_before, not_after, revoked_at }) =>
      alg === 'ES256' &&
      purposes.includes('approval') &&
      not_before <= at &&
      [not_after, revoked_at].every((end) => end === null || at < end),
  )

/** What was trusted at that time, as decisions are verified against it. */
export function registryAt({ approvers, subjects, providers }: CertificateTrust, at: string, tokens: Registry['id_tokens']): Registry {
  const stillGood = (end: string | null) => (end !== null && end <= at ? end : null)
  return {
    approvers: approvers
      .filter(({ enrolled_at }) => enrolled_at <= at)
      .map((approver) => ({ ...approver, revoked_at: stillGood(approver.revoked_at) })),
    subjects: subjects
      .filter(({ linked_at }) => linked_at <= at)
      .map((subject) => ({ ...subject, unlinked_at: stillGood(subject.unlinked_at) })),
    idp_keys: providers.map(({ iss, kid, alg, spki, seen_at }) => ({ iss, kid, alg, spki, seen_at })),
    id_tokens: tokens,
  }
}

/** What was found of a decision's own key and its account; null where it has none, `undisclosed` where its ID token is not at hand. */
export interface Proved {
  own: ReturnType<typeof ownKey> | null
  account: ReturnType<typeof signedOn> | 'undisclosed' | null
  provider: Provider | null
  /** Since when what it rests on has been enrolled: its key, or where it has none its account; null where there is no such thing. */
  since: string | null
  /** True where it has no ID token, or one of an account that was linked then. */
  isLinked: boolean
}

/** Verifies both signatures of a decision as of its receipt; null where there is nothing to verify. */
export function proved({ read, counted, named }: FiledDecision, trust: CertificateTrust, tokens: Registry['id_tokens']): Proved | null {
  if (read === null || counted === null) return null
  const { message, own, token, statement } = read
  const { at } = counted
  const known = registryAt(trust, at, tokens)
  const keys = known.approvers.filter(({ key_id, person }) => key_id === named.key_id && person === named.person)
  // Where one key is listed several times, the first entry that had not ended counts.
  const registry = { ...known, approvers: [keys.find(({ revoked_at }) => revoked_at === null) ?? keys.slice(0, 1)].flat() }
  const provider = trust.providers.find(({ iss }) => iss === token?.id_token?.iss) ?? null
  // Only a denial may be signed by the door, and a certificate names none.
  const nobody = { provider, certificateKey: { keyId: '', spki: new Uint8Array() } }
  const isAtHand = tokens.has(token?.id_token?.digest ?? '')
  const proof = own === undefined ? null : ownKey(message, own, { ...statement.predicate, decision: 'approve' }, registry, nobody)
  const { person } = statement.predicate
  const iss = token?.id_token?.iss
  const subject = registry.subjects.find(
    (one) => one.subject_id === named.subject_id && one.person === person && one.iss === iss && one.unlinked_at === null,
  )
  return {
    own: proof,
    account: token === undefined ? null : isAtHand ? signedOn(message, token, person, registry, provider, at) : 'undisclosed',
    provider,
    since: proof === null ? (subject?.linked_at ?? null) : 'code' in proof ? null : proof.enrolled_at,
    isLinked: token === undefined || subject !== undefined,
  }
}

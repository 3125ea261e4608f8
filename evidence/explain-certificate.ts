// The steps by which a certificate is verified before anything is done on it, told one by one to who was not there. Judged as of then.
import { bindsTo, enforcementRefusal, isEligible, samePerson } from '../core/approval.ts'
import type { ErrorCode } from '../core/errors.ts'
import { enhancedTtlSeconds, type Grade, gradeOf, isMultiFactor, suffices } from '../core/grade.ts'
import { workflowId } from '../core/messages.ts'
import { digest } from '../runtime/digest.ts'
import { readCertificate } from './certificate.ts'
import { type CertificateTrust, certificateKeysAt, type FiledCertificate, type Proved, proved } from './certificate-file.ts'
import { verifyOwn } from './dsse.ts'
import { matchCode } from './match-code.ts'

/** What a step came to. `code` says why it failed. */
export interface Step {
  step: number
  name: string
  status: 'PASS' | 'FAIL' | 'NOT_CHECKED'
  code: ErrorCode | null
  detail: string
}

/** Who agreed, and what proves it. */
export interface Agreed {
  person: string
  proofs: ('key' | 'passkey' | 'sign_on' | 'sign_on, not disclosed')[]
  grade: Grade
  /** As the signatures tell it; null where only an ID token could that is not at hand. */
  multi_factor: boolean | null
  at: string | null
}

type Finding = Omit<Step, 'step' | 'name'>
const pass = (detail: string): Finding => ({ status: 'PASS', code: null, detail })
const fail = (code: ErrorCode, detail: string): Finding => ({ status: 'FAIL', code, detail })
const open = (detail: string): Finding => ({ status: 'NOT_CHECKED', code: null, detail })

const maxEnvelope = 32_768
const noTrust = open('No trust was given: who signed cannot be told.')

/** Steps 1 to 12, and who agreed; `trust` null where there is none. The thirteenth is the log's (`clyra verify`). */
export function explainCertificate(
  filed: FiledCertificate,
  trust: CertificateTrust | null,
  tokens: ReadonlyMap<string, string>,
): { steps: Step[]; agreed: Agreed[] } {
  const proofs = filed.decisions.map((decision) => (trust === null ? null : proved(decision, trust, tokens)))
  const findings: [string, Finding][] = [
    ['form', form(filed)],
    ['key', trust === null ? noTrust : key(filed, trust)],
    ['signature', trust === null ? noTrust : signature(filed, trust)],
    ['statement', statement(filed)],
    ['time', time(filed)],
    ['payload', payload(filed)],
    ['commitment', trust === null ? noTrust : commitment(filed, proofs)],
    ['sign_on', trust === null ? noTrust : signOn(filed, proofs)],
    ['strength', trust === null ? noTrust : strength(filed, proofs)],
    ['authority', authority(filed, proofs)],
    ['revocation', open('Freezes and revocations of today are the running installation’s; enforcement looked at them then.')],
    ['use', use(filed)],
  ]
  const agreed = filed.decisions.map(({ named, counted, read }, index): Agreed => {
    const proof = proofs[index]
    const passkey = read?.own?.webauthn !== undefined
    const account = proof?.account
    const amr = account !== null && typeof account === 'object' && 'sign_on' in account ? account.sign_on.amr : null
    const signed = read?.token === undefined ? [] : [amr === null ? ('sign_on, not disclosed' as const) : ('sign_on' as const)]
    return {
      person: named.person,
      proofs: [...(read?.own === undefined ? [] : [passkey ? ('passkey' as const) : ('key' as const)]), ...signed],
      grade: gradeOf({ passkey, signOn: read?.token !== undefined }),
      multi_factor: passkey || read?.token === undefined || amr !== null ? isMultiFactor({ passkey }, amr ?? []) : null,
      at: counted?.at ?? null,
    }
  })
  return { steps: findings.map(([name, finding], index) => ({ step: index + 1, name, ...finding })), agreed }
}

function form({ certificate, text, decisions }: FiledCertificate): Finding {
  const texts = [text, ...decisions.map((decision) => decision.text)]
  const names = [certificate.body.envelope_digest, ...decisions.map(({ named }) => named.envelope_digest)]
  const isThere = texts.every((one, index) => one !== null && digest(one) === names[index] && one.length <= maxEnvelope)
  if (!isThere) return fail('CLYRA_EVIDENCE_INVALID', 'A signed envelope is missing, is not the one its digest names, or is above 32 KB.')
  if (decisions.some(({ read }) => read === null)) return fail('CLYRA_APPROVAL_MALFORMED', 'A decision is no canonical envelope of one.')
  return pass(
    `The certificate and its ${decisions.length} decisions are canonical envelopes of at most 32 KB, each the one its digest names.`,
  )
}

function key({ certificate }: FiledCertificate, trust: CertificateTrust): Finding {
  const { length } = certificateKeysAt(trust, certificate.body.approved_at)
  if (length === 0) return fail('CLYRA_APPROVAL_CERTIFICATE', 'No trusted key of purpose approval (ES256) was valid when it was signed.')
  return pass(`The trust has ${length} of purpose approval, valid at ${certificate.body.approved_at}; the algorithm is the key’s.`)
}

function signature({ certificate, text }: FiledCertificate, trust: CertificateTrust): Finding {
  const read = text === null ? null : readOrNull(certificate.body, text)
  const signer = certificateKeysAt(trust, certificate.body.approved_at).find(
    ({ spki }) => read !== null && verifyOwn(read.message, read.signature, { alg: 'ES256', spki: Buffer.from(spki, 'base64') }),
  )
  if (signer === undefined) return fail('CLYRA_APPROVAL_CERTIFICATE', 'Under none of these keys is the one signature right.')
  return pass(`The one signature is right over the payload’s raw bytes under key ${signer.key_id.slice(0, 8)}.`)
}

function statement({ certificate: { body }, change, text }: FiledCertificate): Finding {
  const isSaid = text !== null && readOrNull(body, text) !== null
  if (!isSaid) return fail('CLYRA_APPROVAL_CERTIFICATE', 'What was signed is not what the receipt says.')
  if (body.aud !== workflowId(change.body.tenant, change.body.change_id))
    return fail('CLYRA_APPROVAL_CERTIFICATE', 'It is for another tenant’s or another change’s workflow.')
  return pass(`What was signed is the receipt’s body, byte by byte, for ${body.aud} alone.`)
}

function time({ certificate: { body, at }, verdict, attempts }: FiledCertificate): Finding {
  const { deadline, certificate_ttl_seconds } = verdict.body
  const seconds = (Date.parse(body.expires_at) - Date.parse(body.approved_at)) / 1000
  if (seconds !== certificate_ttl_seconds || (body.grade === 'enhanced' && seconds > enhancedTtlSeconds))
    return fail('CLYRA_APPROVAL_CERTIFICATE', 'It lasts otherwise than policy said.')
  if (deadline === null || body.approved_at > deadline || body.approved_at < verdict.at || body.approved_at > at)
    return fail('CLYRA_APPROVAL_EXPIRED', 'It was not made between the verdict and the deadline.')
  if (attempts.some((attempt) => attempt.at >= body.expires_at))
    return fail('CLYRA_APPROVAL_EXPIRED', 'The attempt began after it had expired.')
  return pass(
    `By the store’s clock: verdict ${verdict.at}, approved ${body.approved_at}, ${attempts.length === 0 ? 'no attempt' : `attempt ${attempts[0]?.at}`}, expires ${body.expires_at}.`,
  )
}

function payload({ certificate: { body }, change, verdict, attempts, outcome }: FiledCertificate): Finding {
  const digests = [change.body, verdict.body, ...attempts.map((attempt) => attempt.body)].map(({ payload_digest }) => payload_digest)
  if ([...digests, outcome?.body.payload_digest ?? body.payload_digest].some((one) => one !== body.payload_digest))
    return fail('CLYRA_PAYLOAD_MISMATCH', 'Change, verdict, attempt, outcome and certificate do not name one payload.')
  if (body.target !== change.body.target) return fail('CLYRA_APPROVAL_CERTIFICATE', 'It names another target than the change.')
  const { run_id, payload_digest } = verdict.body
  // Whether it had expired is asked of time.
  const refusal = enforcementRefusal({ verdict: verdict.body, certificate: body, run_id, payload_digest, now: body.approved_at })
  if (refusal !== null)
    return fail(refusal, 'It does not fit its verdict: run, policy, display, nonce, quorum, grade, persons or times differ.')
  return pass('Change, verdict, certificate, attempt and outcome name one payload, display, policy and nonce; the bytes are not kept.')
}

function commitment({ decisions, verdict }: FiledCertificate, proofs: readonly (Proved | null)[]): Finding {
  for (const [index, { read, named, counted }] of decisions.entries()) {
    const own = proofs[index]?.own
    if (read === null || counted === null || !bindsTo(read.statement.predicate, verdict.body))
      return fail('CLYRA_APPROVAL_WRONG_BINDING', `What ${named.person} signed is not what the verdict asks.`)
    if (own !== null && own !== undefined && 'code' in own)
      return fail(own.code, `The own signature of ${named.person} is wrong or of no key of then.`)
  }
  const bare = decisions.filter(({ read }) => read?.own === undefined)
  if (bare.length === decisions.length)
    return open('No decision has a signature of the person’s own; the ID tokens’ nonce is checked next.')
  return pass('Each own key signed, or each passkey answered as its challenge, the SHA-256 of exactly this decision.')
}

function signOn({ decisions }: FiledCertificate, proofs: readonly (Proved | null)[]): Finding {
  const resting = decisions.map((decision, index) => ({ ...decision, account: proofs[index]?.account })).filter(({ read }) => read?.token)
  if (resting.length === 0) return open('No decision rests on company sign-on.')
  for (const { account, named, counted, read } of resting) {
    if (counted?.body.sign_on?.id_token_digest !== read?.token?.id_token?.digest)
      return fail('CLYRA_SSO_CLAIM', `${named.person} signed with another ID token than the receipt names.`)
    if (account === null || account === undefined || account === 'undisclosed') continue
    if ('code' in account) return fail(account.code, `The ID token of ${named.person} does not prove this decision.`)
    const said = counted?.body.sign_on
    if (account.subject_id !== named.subject_id || JSON.stringify(account.sign_on) !== JSON.stringify(sorted(said)))
      return fail('CLYRA_SSO_CLAIM', `The ID token of ${named.person} says otherwise than the receipt.`)
  }
  const hidden = resting.filter(({ account }) => account === 'undisclosed').map(({ named }) => named.person)
  if (hidden.length > 0) return open(`The ID tokens of ${hidden.join(', ')} were not disclosed (\`clyra evidence disclose\`).`)
  return pass(
    'Each ID token is signed by the trusted provider, for this client, with this decision’s hash as nonce, and says what the receipt says.',
  )
}

// In the order in which a verified token is told.
const sorted = (said: { id_token_digest: string; auth_time: string; acr: string | null; amr: string[] } | null | undefined) =>
  said && { id_token_digest: said.id_token_digest, auth_time: said.auth_time, acr: said.acr, amr: said.amr }

function strength({ decisions, verdict }: FiledCertificate, proofs: readonly (Proved | null)[]): Finding {
  const code = matchCode(verdict.body)
  for (const [index, { read, named, counted }] of decisions.entries()) {
    const grade = gradeOf({ passkey: read?.own?.webauthn !== undefined, signOn: read?.token !== undefined })
    if (grade !== named.grade || grade !== counted?.body.grade || !suffices(grade, verdict.body.grade))
      return fail('CLYRA_APPROVAL_GRADE', `The signatures of ${named.person} make grade ${grade}.`)
    if ((read?.statement.predicate.match_code ?? null) !== code)
      return fail('CLYRA_APPROVAL_MATCH_CODE', `${named.person} gave another number.`)
    const { acr_values = [] } = proofs[index]?.provider ?? {}
    if (grade === 'enhanced' && acr_values.length > 0 && !acr_values.includes(counted.body.sign_on?.acr ?? ''))
      return fail('CLYRA_SSO_ACR', `The sign-on of ${named.person} was not of a kind the provider is trusted for.`)
  }
  return pass(
    `Policy asked for grade ${verdict.body.grade}; passkeys and ID tokens in the envelopes make it${code === null ? '' : ', with the requester’s number'}.`,
  )
}

function authority(
  { certificate: { body }, decisions, requesters, verdict }: FiledCertificate,
  proofs: readonly (Proved | null)[],
): Finding {
  const hidden = requesters.filter((name) => !body.requesters.some((other) => samePerson(name, other)))
  if (hidden.length > 0) return fail('CLYRA_APPROVAL_CERTIFICATE', 'It leaves out somebody who had asked.')
  const persons = new Set(body.decisions.map(({ person }) => person.trim().toLowerCase()))
  if (persons.size < body.decisions.length) return fail('CLYRA_APPROVAL_DUPLICATE', 'One person stands in it twice.')
  if (persons.size < verdict.body.quorum) return fail('CLYRA_APPROVAL_CERTIFICATE', 'Fewer persons agreed than policy asked for.')
  for (const [index, { named, counted, read }] of decisions.entries()) {
    const { person } = named
    if (body.requesters.some((name) => samePerson(name, person))) return fail('CLYRA_APPROVAL_SELF', `${person} had asked.`)
    if (!isEligible(person, verdict.body)) return fail('CLYRA_APPROVAL_NOT_ELIGIBLE', `${person} may not decide.`)
    const isCounted =
      counted !== null && (['person', 'key_id', 'subject_id'] as const).every((field) => named[field] === counted.body[field])
    if (
      !isCounted ||
      counted.body.decision !== 'approve' ||
      read?.statement.predicate.decision !== 'approve' ||
      read.statement.predicate.person !== person
    )
      return fail('CLYRA_APPROVAL_CERTIFICATE', `What it says of ${person} is not what was counted.`)
    if (counted.body.predecessor !== verdict.leaf) return fail('CLYRA_APPROVAL_VOID', `${person} decided at another gate.`)
    const proof = proofs[index]
    if (proof === null || proof === undefined) continue
    if (!proof.isLinked) return fail('CLYRA_SSO_UNLINKED', `The account of ${person} was not linked then.`)
    const key_id = proof.own === null ? null : 'code' in proof.own ? undefined : proof.own.key_id
    if (key_id !== named.key_id) return fail('CLYRA_APPROVAL_UNKNOWN_KEY', `${person} signed with another key than it names.`)
    const age = (Date.parse(counted.at) - moment(proof.since)) / 1000
    // Also of a day that never was.
    if (!(age >= verdict.body.authenticator_age_seconds))
      return fail('CLYRA_APPROVAL_TOO_YOUNG', `What ${person} decided with was enrolled too recently.`)
  }
  return pass(
    `${persons.size} distinct persons of ${verdict.body.quorum} asked for, none of the ${body.requesters.length} who asked, each eligible and counted at this gate.`,
  )
}

function use({ certificate: { leaf, body, seq }, attempts, verdict }: FiledCertificate): Finding {
  if (body.predecessor !== verdict.leaf) return fail('CLYRA_APPROVAL_CERTIFICATE', 'It follows from another verdict.')
  const isOne = attempts.length <= 1 && attempts.every((attempt) => attempt.body.predecessor === leaf && attempt.seq > seq)
  if (!isOne) return fail('CLYRA_ENFORCE_CERTIFICATE_USED', 'An attempt rests on something else, or it was used more than once.')
  return pass(
    `It may be used by this change alone, and ${attempts.length === 0 ? 'no' : 'one'} attempt rests on it; the rows that take it once are in store and warehouse.`,
  )
}

// NaN, which nothing compares with, for a time that is in no calendar.
function moment(time: string | null): number {
  const milliseconds = Date.parse(time ?? '')
  return Number.isNaN(milliseconds) || new Date(milliseconds).toISOString() !== time ? Number.NaN : milliseconds
}

function readOrNull(body: FiledCertificate['certificate']['body'], text: string): ReturnType<typeof readCertificate> {
  try {
    return readCertificate(body, text)
  } catch {
    return null // no JSON at all, which the step says in its own words
  }
}

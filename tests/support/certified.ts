// A certificate with everything it is verified against, signed for true: by keys, or by passkeys and a provider of sign-ons.
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import type { ApprovalCertificate, Decision, Verdict } from '../../core/generated/types.ts'
import type { Grade } from '../../core/grade.ts'
import { assertionChallenge } from '../../evidence/assertion.ts'
import { signCertificate } from '../../evidence/certificate.ts'
import { decisionStatementBytes, type EnrolledKey } from '../../evidence/decision.ts'
import { envelopeOf, statementMessage } from '../../evidence/dsse.ts'
import { subjectId } from '../../evidence/id-token.ts'
import { matchCode } from '../../evidence/match-code.ts'
import type { CertificateCase } from '../../evidence/verify-certificate.ts'
import { digest, sha256Hex } from '../../runtime/digest.ts'
import { keyId, keySigner } from '../../runtime/keys.ts'
import { verdictBody } from './approvals.ts'
import { softAuthenticator } from './authenticator.ts'
import { changeIdOf } from './ledger-bodies.ts'
import { type SoftProvider, softProvider } from './sign-on.ts'

const door = { origin: 'https://door.example', rp_id: 'door.example' }
const enrolled_at = '2026-01-01T00:00:00.000Z'
/** When everything of a case happened. */
export const decidedAt = '2026-06-01T12:00:00.000Z'

export interface Person {
  person: string
  enrolled: EnrolledKey
  sub: string | null
  /** Signs a message as this person does. */
  sign(message: Buffer): { signatures: ReturnType<typeof envelopeOf>['signatures']; token: string | null }
}

/** Somebody with a key, or for grade enhanced with a passkey and an account. */
export function personOf(person: string, grade: Grade, idp: SoftProvider): Person {
  if (grade === 'standard') {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const spki = publicKey.export({ type: 'spki', format: 'der' })
    const signed = (message: Buffer) => [{ sig: sign('sha256', message, privateKey).toString('base64') }]
    return { person, enrolled: enrolledKey(person, spki), sub: null, sign: (message) => ({ signatures: signed(message), token: null }) }
  }
  const passkey = softAuthenticator(door)
  const sub = `sub-${person}`
  return {
    person,
    enrolled: { ...enrolledKey(person, passkey.spki), webauthn: passkey.passkey },
    sub,
    sign(message) {
      const auth_time = Date.parse(decidedAt) / 1000 - 30
      const nonce = assertionChallenge(message)
      const token = idp.token({ sub, nonce, auth_time, iat: auth_time, exp: auth_time + 600, acr: 'loa2', amr: ['pwd', 'otp'] })
      const sig = Buffer.from(token.split('.')[2] ?? '', 'base64url').toString('base64')
      const { iss, kid, alg } = idp.key
      return { signatures: [passkey.assert(message), { sig, id_token: { digest: digest(token), iss, kid, alg } }], token }
    },
  }
}

const enrolledKey = (person: string, spki: Buffer): EnrolledKey => ({
  person,
  key_id: keyId(spki),
  alg: 'ES256',
  spki: spki.toString('base64'),
  enrolled_at,
  revoked_at: null,
})

/** A case as `certificateRefusal` takes it, with what it was made of. */
export interface Certified extends CertificateCase {
  idp: SoftProvider
  signer: ReturnType<typeof keySigner>
  /** Leaf the verdict is said to have; its decisions and the certificate name it. */
  leaf: string
}

/** A gate of this grade and quorum that everybody passed. */
export async function certifiedCase({ grade = 'standard' as Grade, quorum = 1, idp = softProvider() } = {}): Promise<Certified> {
  const change_id = changeIdOf(1)
  const leaf = digest('verdict')
  const asked = { change_id, predecessor: digest('change'), grade, quorum, nonce: sha256Hex(randomUUID()), certificate_ttl_seconds: 600 }
  const verdict: Verdict = verdictBody(asked)
  const signer = keySigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)
  const people = ['ben', 'eva', 'kim', 'lou'].slice(0, quorum).map((person) => personOf(person, grade, idp))
  const signed = people.map((one) => approvalOf(verdict, one, leaf))
  const { body: certificate, envelope } = await signCertificate(certificateOf(verdict, leaf, signed), signer)
  const texts = [envelope, ...signed.map(({ envelope }) => envelope)]
  const tokens = signed.flatMap(({ token }) => (token === null ? [] : [token]))
  return {
    certificate,
    verdict,
    decisions: signed.map(({ body }) => ({ at: decidedAt, body })),
    blobs: new Map(texts.map((text) => [digest(text), text])),
    registry: {
      approvers: people.map(({ enrolled }) => enrolled),
      subjects: people.flatMap(({ person, sub }) =>
        sub === null
          ? []
          : [
              {
                person,
                sub,
                iss: idp.provider.iss,
                subject_id: subjectId(idp.provider.iss, sub),
                linked_at: enrolled_at,
                unlinked_at: null,
              },
            ],
      ),
      idp_keys: [idp.key],
      id_tokens: new Map(tokens.map((token) => [digest(token), token])),
    },
    door: { provider: idp.provider, certificateKey: signer },
    ...{ idp, signer, leaf },
  }
}

/** A person's approval of exactly what the verdict asks, and its receipt. */
export function approvalOf(verdict: Verdict, { person, enrolled, sub, sign }: Person, leaf: string) {
  const { change_id, payload_digest, policy_digest, display_hash, nonce, grade } = verdict
  const code = matchCode(verdict)
  const bytes = decisionStatementBytes({
    change_id,
    binding: { payload_digest, policy_digest, display_hash, nonce: nonce ?? '' },
    decision: 'approve',
    person,
    reason: '',
    decision_id: randomUUID(),
    signed_at: decidedAt,
    ...(code === null ? {} : { match_code: code }),
  })
  const { signatures, token } = sign(statementMessage(bytes))
  const envelope = canonical(envelopeOf(bytes, ...signatures))
  const iss = signatures.find(({ id_token }) => id_token)?.id_token?.iss ?? ''
  const body: Decision = {
    change_id,
    attempt: 1,
    predecessor: leaf,
    decision_id: randomUUID(),
    decision: 'approve',
    status: 'counted',
    code: null,
    person,
    key_id: enrolled.key_id,
    subject_id: sub === null ? null : subjectId(iss, sub),
    grade,
    sign_on:
      token === null
        ? null
        : {
            id_token_digest: digest(token),
            auth_time: new Date(Date.parse(decidedAt) - 30_000).toISOString(),
            acr: 'loa2',
            amr: ['pwd', 'otp'],
          },
    envelope_digest: digest(envelope),
    delivered_by: { actor: `approver:${person}`, person },
  }
  return { body, envelope, token }
}

/** The certificate of a gate whose quorum these make; not signed yet. */
export function certificateOf(
  verdict: Verdict,
  leaf: string,
  signed: readonly { body: Decision }[],
): Omit<ApprovalCertificate, 'envelope_digest'> {
  const { change_id, attempt, run_id, payload_digest, policy_digest, display_hash, quorum, grade } = verdict
  return {
    cert_id: '019aa7c2-0000-7000-8000-000000000000',
    aud: `clyra/acme/${change_id}`,
    ...{ change_id, attempt, run_id, payload_digest, policy_digest, display_hash, quorum, grade },
    predecessor: leaf,
    target: 'shop',
    nonce: verdict.nonce ?? '',
    max_uses: 1,
    requesters: ['ana'],
    decisions: signed.map(({ body: { person, key_id, subject_id, envelope_digest } }) => ({
      person: person ?? '',
      ...{ key_id, subject_id, grade, envelope_digest },
    })),
    approved_at: decidedAt,
    expires_at: new Date(Date.parse(decidedAt) + verdict.certificate_ttl_seconds * 1000).toISOString(),
  }
}

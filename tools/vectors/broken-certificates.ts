// Bundles that are sealed and logged as they should be, over certificates that certify nothing.
import { canonical } from '../../core/canonical.ts'
import type { DsseEnvelope } from '../../core/generated/types.ts'
import { digest } from '../../runtime/digest.ts'
import { body, broken, type Case, receipt } from './case.ts'
import { sealCertificate } from './certificates.ts'
import { es256 } from './keys.ts'
import type { Forgery, Story } from './pack.ts'
import { enrolled } from './passkeys.ts'
import { enhanced } from './sign-on.ts'
import type { Body, Step } from './steps.ts'
import { approvedBy, approvedByBob, first, say } from './stories.ts'
import { approvalKey, at, changeId, tenant } from './world.ts'

const token = { digest: digest('token'), iss: 'https://idp.example/acme', kid: 'rsa', alg: 'RS256' }

const disagrees = (name: string, forgery: Forgery, why: string, story: Case['story'] = () => approvedByBob()): Case =>
  broken(`certificate_${name}`, story, 'approvals', 'APPROVAL_CERTIFICATE', forgery, why)

const unsigned = (name: string, forgery: Forgery, why: string): Case =>
  broken(`certificate_${name}`, () => approvedByBob(), 'approvals', 'APPROVAL_CERTIFICATE_SIGNATURE', forgery, why)

/** What is said of the one decision. */
const decided = (fields: Body): Forgery =>
  receipt('certificate', (one) => ({
    ...one,
    body: { ...one.body, decisions: (one.body.decisions as Body[]).map((decision) => ({ ...decision, ...fields })) },
  }))

const decidedLater: NonNullable<Forgery['steps']> = (steps) => {
  const [later, rest] = [steps.filter(({ kind }) => kind === 'decision'), steps.filter(({ kind }) => kind !== 'decision')]
  const place = rest.findIndex(({ kind }) => kind === 'attempt')
  return rest.toSpliced(place, 0, ...later.map((step) => ({ ...step, at: at(8) })))
}

async function countedTwice(): Promise<Story> {
  const scene = first('counted-twice')
  const bob = await say(scene, 'bob')
  const told = approvedBy(scene, [bob, bob], { quorum: 2 })
  const isAgain = ({ kind }: Step, index: number) => kind === 'decision' && told.steps[index - 1]?.kind === 'decision'
  return { ...told, steps: told.steps.filter((step, index) => !isAgain(step, index)) }
}

const predicate = (fields: object): Forgery => ({
  seal: (_, said) => sealCertificate(said, 'approval', (one) => ({ ...one, predicate: { ...one.predicate, ...fields } })),
})

const enveloped = (bend: (envelope: DsseEnvelope) => object): Forgery => ({ seal: (text) => canonical(bend(JSON.parse(text))) })

/** The approval key of the trust, otherwise valid. */
const key = (fields: object): Forgery => ({
  trust: (trust) => ({ ...trust, keys: trust.keys.map((one) => (one.key_id === approvalKey.keyId ? { ...one, ...fields } : one)) }),
})

const ttl = (seconds: number): Forgery => ({
  ...enrolled,
  receipt: (one, label) => {
    const fields = { verdict: { certificate_ttl_seconds: seconds }, certificate: { expires_at: at(17, 1) } }[label]
    return fields === undefined ? one : { ...one, body: { ...one.body, ...fields } }
  },
})

export const brokenCertificates: readonly Case[] = [
  disagrees(
    'for_another_audience',
    body('certificate', { aud: `clyra/${tenant}/${changeId('another')}` }),
    'Another change may consume it.',
  ),
  disagrees('for_another_target', body('certificate', { target: 'bank' }), 'The certificate is for another target.'),
  disagrees('of_another_grade', body('certificate', { grade: 'enhanced' }), 'The certificate claims a grade nobody asked for.'),
  disagrees('with_another_key', decided({ key_id: es256('carol').keyId }), 'The certificate names a key that did not sign.'),
  disagrees('with_another_person', decided({ person: 'carol' }), 'The certificate names a person who did not decide.'),
  disagrees('with_another_subject', decided({ subject_id: '0'.repeat(64) }), 'The certificate names an account that nobody used.'),
  disagrees('with_a_better_decision', decided({ grade: 'enhanced' }), 'The certificate says more of a decision than its receipt.'),
  disagrees('with_another_decision', decided({ envelope_digest: digest('another') }), 'The certificate names a decision nobody made.'),
  disagrees('altered', { seal: (_, said) => sealCertificate({ ...said, quorum: 2 }) }, 'The certificate was altered after it was signed.'),
  disagrees('of_a_rejection', {}, 'The certificate wraps a rejection.', () => approvedByBob({ decision: 'reject' })),
  disagrees('before_its_decision', { steps: decidedLater }, 'The decision was made after the certificate.'),
  disagrees(
    'of_another_name',
    { seal: (_, said) => sealCertificate(said, 'approval', (one) => ({ ...one, subject: [{ ...one.subject[0], name: '1'.repeat(36) }] })) },
    'The statement is about another certificate.',
  ),
  disagrees(
    'of_another_change',
    { seal: (_, said) => sealCertificate({ ...said, change_id: changeId('another') }) },
    'The certificate was signed for another change.',
  ),
  disagrees('states_another_audience', predicate({ aud: 'clyra/acme/another' }), 'The statement has another audience than the receipt.'),
  disagrees('states_another_payload', predicate({ payload_digest: digest('another') }), 'The statement has another payload.'),
  disagrees('states_another_grade', predicate({ grade: 'enhanced' }), 'The statement has a better grade.'),
  disagrees('states_another_end', predicate({ expires_at: at(40) }), 'The statement lasts longer.'),
  disagrees(
    'of_another_type',
    enveloped((one) => ({ ...one, payloadType: 'text/plain' })),
    'The envelope holds another payload type.',
  ),
  disagrees(
    'states_nothing',
    enveloped((one) => ({ ...one, payload: Buffer.from('{}').toString('base64') })),
    'The envelope holds no statement.',
  ),
  disagrees('enhanced_lasts_longer', ttl(601), 'A certificate of grade enhanced lasts 601 seconds.', () => enhanced()),
  unsigned(
    'unsigned',
    enveloped((one) => ({ ...one, signatures: [{ sig: '' }] })),
    'Nobody signed the certificate.',
  ),
  unsigned('signed_by_a_bundle_key', { seal: (_, said) => sealCertificate(said, 'bundle') }, 'A bundle key signed the certificate.'),
  unsigned('signed_by_a_stranger', { seal: (_, said) => sealCertificate(said, 'stranger') }, 'A key nobody knows signed the certificate.'),
  unsigned('key_expired', key({ not_after: at(7) }), 'The key of the certificate had expired when it was signed.'),
  unsigned('key_revoked', key({ revoked_at: at(7) }), 'The key of the certificate was revoked when it was signed.'),
  unsigned('key_not_yet_valid', key({ not_before: at(7, 1) }), 'The key of the certificate was not valid yet.'),
  unsigned(
    'signed_twice',
    enveloped((one) => ({ ...one, signatures: [...one.signatures, ...one.signatures] })),
    'A second signature stands under the certificate.',
  ),
  unsigned(
    'beside_an_assertion',
    enveloped((one) => ({ ...one, signatures: [{ ...one.signatures[0], webauthn: { authenticator_data: '', client_data: '' } }] })),
    'An empty assertion stands beside the right signature of the certificate.',
  ),
  unsigned(
    'beside_a_token',
    enveloped((one) => ({ ...one, signatures: [{ ...one.signatures[0], id_token: token }] })),
    'The signature of the certificate is called that of an ID token.',
  ),
  broken(
    'certificate_of_a_requester',
    () => approvedByBob(),
    'approvals',
    'APPROVAL_SELF',
    body('certificate', { requesters: ['ada', 'bob'] }),
    'The certificate names its approver among the requesters.',
  ),
  broken(
    'certificate_counts_one_twice',
    countedTwice,
    'approvals',
    'APPROVAL_DUPLICATE',
    {},
    'The certificate counts one decision as two.',
  ),
  broken(
    'certificate_no_envelope',
    () => approvedByBob(),
    'schemas',
    'SCHEMA_MISMATCH',
    { seal: () => '{}' },
    'The signed certificate is no envelope.',
  ),
  broken(
    'certificate_blob_missing',
    () => approvedByBob(),
    'references',
    'REF_BLOB',
    { blobs: (blobs) => blobs.filter(({ role }) => role !== 'certificate') },
    'The signed certificate is not in the bundle.',
  ),
]

// Bundles that are sealed and logged as they should be, over decisions that are not graded, named or signed as they say.
import { canonical } from '../../core/canonical.ts'
import type { DsseEnvelope, TrustApprovers } from '../../core/generated/types.ts'
import { digest } from '../../runtime/digest.ts'
import { body, broken, type Case } from './case.ts'
import { linked, type TokenBend } from './id-tokens.ts'
import type { Forgery, Story } from './pack.ts'
import { enrolled } from './passkeys.ts'
import { approvedByKeyAndSignOn, approvedBySignOn, enhanced, number } from './sign-on.ts'
import { approvedBy, approvedByBob, first, rejected, say } from './stories.ts'
import { approvalKey, at } from './world.ts'

type Signature = DsseEnvelope['signatures'][number]
const scene = first('forged-signatures')

const wrong = (name: string, code: string, story: Case['story'], forgery: Forgery, why: string): Case =>
  broken(name, story, 'approvals', `APPROVAL_${code}`, forgery, why)

const ordered = (name: string, signatures: TokenBend['signatures'], why: string): Case =>
  wrong(name, 'SIGNATURE', () => enhanced(signatures === undefined ? {} : { signatures }), enrolled, why)

/** The account of Bob in the trust, otherwise linked. */
const account = (fields: Partial<TrustApprovers['subjects'][number]>): Forgery => ({
  trust: (trust) => ({ ...trust, subjects: trust.subjects.map((one) => (one.person === 'bob' ? { ...one, ...fields } : one)) }),
})
/** Bob's account is linked to nobody. */
const unlinked: Forgery = { trust: (trust) => ({ ...trust, subjects: trust.subjects.filter(({ person }) => person !== 'bob') }) }

const door = (fields: object): Forgery => ({
  trust: (trust) => ({ ...trust, keys: trust.keys.map((one) => (one.key_id === approvalKey.keyId ? { ...one, ...fields } : one)) }),
})

/** Bob approves with his key or passkey and names the number, which is not enough for grade enhanced. */
const halfEnhanced = async (more: Parameters<typeof say>[2]): Promise<Story> =>
  approvedBy(scene, [await say(scene, 'bob', { binding: { match_code: number }, ...more })], { grade: 'enhanced' })

const both = (first?: Signature, second?: Signature): Signature[] => [first, second].flatMap((one) => one ?? [])

export const brokenSignatures: readonly Case[] = [
  wrong('approved_at_the_door', 'KEY_UNKNOWN', () => approvedByBob({ key: 'approval' }), {}, "The door's key signed an approval."),
  wrong('key_of_another_person', 'KEY_UNKNOWN', () => approvedByBob({ key: 'dave' }), {}, "The key that signed is Dave's."),
  wrong('rejected_by_a_bundle_key', 'KEY_UNKNOWN', () => rejected({ key: 'bundle' }), {}, 'A bundle key signed a rejection.'),
  wrong(
    'rejected_at_a_later_door',
    'KEY_UNKNOWN',
    () => rejected({ key: 'approval' }),
    door({ not_before: at(30) }),
    'The key came later.',
  ),
  wrong(
    'rejected_at_an_expired_door',
    'KEY_REVOKED',
    () => rejected({ key: 'approval' }),
    door({ not_after: at(6) }),
    'The key had expired.',
  ),
  wrong(
    'rejected_at_a_revoked_door',
    'KEY_REVOKED',
    () => rejected({ key: 'approval' }),
    door({ revoked_at: at(6) }),
    'The key was revoked.',
  ),
  wrong(
    'rejected_at_the_door_by_assertion',
    'SIGNATURE',
    () => rejected({ key: 'approval', passkey: {} }),
    {},
    "The door's key is no passkey.",
  ),
  wrong('subject_unknown', 'SUBJECT', () => approvedBySignOn(), unlinked, 'The account is linked to nobody.'),
  wrong('subject_of_another_person', 'SUBJECT', () => approvedBySignOn(), account({ person: 'carol' }), 'The account is another person.'),
  wrong('subject_unlinked', 'SUBJECT', () => approvedBySignOn(), account({ unlinked_at: at(6) }), 'The account was unlinked before.'),
  wrong('subject_linked_later', 'SUBJECT', () => approvedBySignOn(), account({ linked_at: at(30) }), 'The account was linked afterwards.'),
  wrong('subject_unknown_beside_a_key', 'SUBJECT', () => approvedByKeyAndSignOn(), unlinked, 'A right key, and an account of nobody.'),
  wrong(
    'subject_without_a_token',
    'SUBJECT',
    () => approvedByBob(),
    body('decision bob', { subject_id: linked('bob').subject_id }),
    'The receipt names an account, and no token of it.',
  ),
  wrong(
    'token_without_a_subject',
    'SUBJECT',
    () => approvedByKeyAndSignOn(),
    body('decision bob', { subject_id: null }),
    'The receipt has a sign-on, and no account.',
  ),
  wrong(
    'decision_of_nobody',
    'SUBJECT',
    () => approvedByBob(),
    body('decision bob', { key_id: null }),
    'The receipt names neither a key nor an account.',
  ),
  ordered('signatures_in_the_wrong_order', (list) => list.toReversed(), 'The signature of the ID token stands first.'),
  ordered('signatures_without_the_token', ([own]) => both(own), 'The receipt has a sign-on, the envelope has not.'),
  ordered('signatures_without_the_own_one', ([, token]) => both(token), 'The receipt has a key, the envelope has only a token.'),
  ordered('signatures_both_own', ([own]) => both(own, own), 'The own signature stands twice, the second in place of the token.'),
  ordered(
    'token_beside_an_assertion',
    ([own, token]) => both(own, { ...token, webauthn: own?.webauthn } as Signature),
    'The signature of the ID token has an assertion.',
  ),
  ordered(
    'own_signature_called_a_token',
    ([own, token]) => both({ ...own, id_token: token?.id_token } as Signature, token),
    'The own signature is called that of an ID token.',
  ),
  ordered('token_of_another_digest', ([own, token]) => both(own, named(token, { digest: digest('another') })), 'It names another token.'),
  ordered(
    'token_of_another_provider',
    ([own, token]) => both(own, named(token, { iss: 'https://evil.example' })),
    'It names another issuer.',
  ),
  ordered('token_signature_no_base64', ([own, token]) => both(own, { ...token, sig: 'AB' } as Signature), 'It is no base64.'),
  wrong('second_own_signature', 'SIGNATURE', secondOwn, {}, 'A second own signature stands behind the right one.'),
  wrong('grade_flattered', 'GRADE', () => approvedByBob(), body('decision bob', { grade: 'enhanced' }), 'The receipt claims too much.'),
  wrong(
    'grade_belittled',
    'GRADE',
    () => enhanced(),
    { ...enrolled, ...body('decision bob', { grade: 'standard' }) },
    'It claims too little.',
  ),
  wrong('grade_of_a_rejection', 'GRADE', () => rejected(), body('decision bob', { grade: 'enhanced' }), 'A rejection claims too much.'),
  wrong('grade_of_a_key', 'GRADE', () => halfEnhanced({}), {}, 'A key alone approved what takes passkey and sign-on.'),
  wrong(
    'grade_of_a_passkey',
    'GRADE',
    () => halfEnhanced({ passkey: {} }),
    enrolled,
    'A passkey alone approved what takes sign-on as well.',
  ),
  wrong(
    'grade_of_a_sign_on',
    'GRADE',
    () => halfEnhanced({ signOn: { alone: true } }),
    {},
    'A sign-on alone approved what takes a passkey too.',
  ),
  wrong(
    'grade_of_key_and_sign_on',
    'GRADE',
    () => halfEnhanced({ signOn: {} }),
    {},
    'A plain key and a sign-on are no passkey and a sign-on.',
  ),
  wrong(
    'key_too_young',
    'GRADE',
    () => approvedByBob(),
    body('verdict', { authenticator_age_seconds: 1_242_361 }),
    'The key was enrolled one second too late to approve this.',
  ),
  wrong(
    'subject_too_young',
    'GRADE',
    () => approvedBySignOn(),
    account({ linked_at: '2026-01-14T09:06:00.001Z' }),
    'It was linked too late.',
  ),
  wrong(
    'key_of_no_day',
    'GRADE',
    () => approvedByBob(),
    { trust: (trust) => ({ ...trust, approvers: trust.approvers.map((one) => ({ ...one, enrolled_at: '2025-02-30T00:00:00.000Z' })) }) },
    'The key was enrolled on a day that never was.',
  ),
  wrong('match_code_missing', 'BINDING', noNumber, enrolled, 'The approver was never told the number.'),
  wrong('match_code_wrong', 'BINDING', () => enhanced({}, { match_code: '000000' }), enrolled, 'The approver typed another number.'),
  wrong('match_code_not_asked', 'BINDING', () => approvedByBob({ binding: { match_code: number } }), {}, 'A number where none belongs.'),
  wrong(
    'match_code_in_a_rejection',
    'BINDING',
    () => rejected({ binding: { match_code: number } }),
    body('verdict', { grade: 'enhanced' }),
    'A rejection has a number.',
  ),
]

function named(token: Signature | undefined, fields: object): Signature {
  return { ...token, id_token: { ...token?.id_token, ...fields } } as Signature
}

async function secondOwn(): Promise<Story> {
  const said = await say(scene, 'bob')
  const envelope = JSON.parse(said.envelope) as DsseEnvelope
  return approvedBy(scene, [
    { ...said, envelope: canonical({ ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] }) },
  ])
}

async function noNumber(): Promise<Story> {
  return approvedBy(scene, [await say(scene, 'bob', { passkey: {}, signOn: {} })], { grade: 'enhanced' })
}

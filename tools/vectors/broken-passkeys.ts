// Bundles that are sealed and logged as they should be, over assertions that sign no decision.
import { canonical } from '../../core/canonical.ts'
import type { DsseEnvelope } from '../../core/generated/types.ts'
import { digest, sha256Hex } from '../../runtime/digest.ts'
import type { Bend } from './authenticator.ts'
import { broken, type Case } from './case.ts'
import type { Forgery, Story } from './pack.ts'
import { approvedByPasskey, enrolled } from './passkeys.ts'
import { approvedBy, approvedByBob, first, say } from './stories.ts'

const scene = first('passkey')

/** An assertion that is no signature of the decision. */
const bent = (name: string, bend: Bend, why: string): Case => wrong(name, () => approvedByPasskey(bend), enrolled, why)

const wrong = (name: string, story: Case['story'], forgery: Forgery, why: string): Case =>
  broken(name, story, 'approvals', 'APPROVAL_SIGNATURE', forgery, why)

const replaced = (from: string | RegExp, to: string): Bend => ({ clientData: (text) => text.replace(from, to) })
const flags = (value: number): Bend => ({ authenticatorData: (bytes) => bytes.fill(value, 32, 33) })
const another = Buffer.from(sha256Hex('another statement'), 'hex').toString('base64url')
const padded = (text: string, size: number): string => text.replace(/\}$/, `,"pad":"${'x'.repeat(size - text.length - 9)}"}`)

const signatureOf = (envelope: string) => (JSON.parse(envelope) as DsseEnvelope).signatures[0]
const signedWith = (envelope: string, signature: object | undefined): string =>
  canonical({ ...(JSON.parse(envelope) as DsseEnvelope), signatures: [signature] })

/** Bob rejected with his passkey; what he signed stands under an approval. */
async function replayed(): Promise<Story> {
  const approval = await say(scene, 'bob', { passkey: {} })
  const rejection = await say(scene, 'bob', { passkey: {}, decision: 'reject' })
  return approvedBy(scene, [{ ...approval, envelope: signedWith(approval.envelope, signatureOf(rejection.envelope)) }])
}

/** Bob's right plain signature, and beside it an assertion that says nothing. */
async function besidePlain(): Promise<Story> {
  const said = await say(scene, 'bob')
  const signature = { ...signatureOf(said.envelope), webauthn: { authenticator_data: '', client_data: '' } }
  return approvedBy(scene, [{ ...said, envelope: signedWith(said.envelope, signature) }])
}

/** The same key stands in the trust once as a plain key and then as a passkey. */
const listedTwice: Forgery = {
  trust: (trust) => ({ ...trust, approvers: [...trust.approvers, ...(enrolled.trust?.(trust).approvers ?? [])] }),
}

export const brokenPasskeys: readonly Case[] = [
  bent('passkey_other_challenge', replaced(/"challenge":"[^"]+"/, `"challenge":"${another}"`), 'The challenge is of another statement.'),
  bent('passkey_other_origin', replaced('approve.', 'evil.'), 'The assertion was made at another origin.'),
  bent(
    'passkey_other_rp_id',
    { authenticatorData: (bytes) => Buffer.concat([Buffer.from(sha256Hex('evil.example'), 'hex'), bytes.subarray(32)]) },
    'The authenticator answered another relying party.',
  ),
  bent('passkey_user_not_verified', flags(0x01), 'The authenticator did not verify who touched it.'),
  bent('passkey_user_not_present', flags(0x04), 'Nobody touched the authenticator.'),
  bent('passkey_cross_origin', replaced('"crossOrigin":false', '"crossOrigin":true'), 'The page stood in a frame of another origin.'),
  bent('passkey_challenge_before', replaced('{', `{"challenge":"${another}",`), 'Another challenge stands before the type.'),
  bent(
    'passkey_challenge_twice',
    replaced(',"origin"', `,"challenge":"${another}","origin"`),
    'Another challenge stands after the right one.',
  ),
  bent('passkey_trailing_bytes', { clientData: (text) => `${text} ` }, 'The client data go on after their end.'),
  bent('passkey_members_unclosed', replaced(/\}$/, ',"more":1'), 'The client data have no end.'),
  bent('passkey_type_create', replaced('webauthn.get', 'webauthn.create'), 'A passkey was made; nothing was asserted.'),
  bent('passkey_client_data_too_long', { clientData: (text) => padded(text, 2049) }, 'The client data have 2,049 bytes.'),
  bent(
    'passkey_authenticator_data_too_short',
    { authenticatorData: (bytes) => bytes.subarray(0, 36) },
    "The authenticator's data have 36 bytes.",
  ),
  bent(
    'passkey_authenticator_data_too_long',
    { authenticatorData: (bytes) => Buffer.concat([bytes, Buffer.alloc(2049 - bytes.length)]) },
    "The authenticator's data have 2,049 bytes.",
  ),
  bent('passkey_signs_the_statement', { signs: (_, message) => message }, 'The signature is over the statement, not over the assertion.'),
  wrong('passkey_replayed', replayed, enrolled, 'The assertion is that of another decision.'),
  wrong('passkey_signs_plainly', () => approvedByBob(), enrolled, 'A passkey signed a statement without an assertion.'),
  wrong(
    'passkey_listed_as_a_key_first',
    () => approvedByPasskey(),
    listedTwice,
    'Of two entries of one key the first counts, and it is none of a passkey.',
  ),
  wrong('assertion_under_a_plain_key', () => approvedByPasskey(), {}, 'The key was not enrolled as a passkey.'),
  wrong('assertion_beside_a_plain_signature', besidePlain, {}, 'An empty assertion stands beside a right signature of a plain key.'),
  broken(
    'passkey_on_another_payload',
    () => approvedByPasskey({}, { payload_digest: digest('another') }),
    'approvals',
    'APPROVAL_BINDING',
    enrolled,
    'A right assertion is about another payload.',
  ),
]

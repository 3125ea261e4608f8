// Bundles that are sealed and logged as they should be, over approvals that were none.
import { digest, sha256Hex } from '../../runtime/digest.ts'
import { body, broken, type Case, receipt } from './case.ts'
import { es256 } from './keys.ts'
import type { Forgery, Story } from './pack.ts'
import { approvedBy, approvedByBob, enforcedByApproval, first, say } from './stories.ts'
import { at, requester } from './world.ts'

const scene = first('forged-approval')
const other = digest('another')
const approved = () => approvedByBob()

/** The same person twice, under two decision ids. */
const bobTwice = async (): Promise<Story> =>
  approvedBy(scene, [await say(scene, 'bob'), await say(scene, 'bob', { id: 'again' })], { quorum: 2 })

const bob = (fields: Record<string, string>): Forgery => ({
  trust: (trust) => ({ ...trust, approvers: trust.approvers.map((one) => (one.person === 'bob' ? { ...one, ...fields } : one)) }),
})

export const brokenApprovals: readonly Case[] = [
  broken(
    'approver_unknown',
    approved,
    'approvals',
    'APPROVAL_KEY_UNKNOWN',
    { trust: (trust) => ({ ...trust, approvers: trust.approvers.filter(({ person }) => person !== 'bob') }) },
    'Nobody vouches for the key of the approver.',
  ),
  broken(
    'approver_enrolled_later',
    approved,
    'approvals',
    'APPROVAL_KEY_UNKNOWN',
    bob({ enrolled_at: at(30) }),
    'The key was enrolled after the decision.',
  ),
  broken(
    'approver_revoked',
    approved,
    'approvals',
    'APPROVAL_KEY_REVOKED',
    bob({ revoked_at: at(2) }),
    'The key was revoked before the decision.',
  ),
  broken(
    'decision_of_another_key',
    () => approvedByBob({ key: 'dave' }),
    'approvals',
    'APPROVAL_SIGNATURE',
    { ...keyIdOf('bob') },
    "The decision in Bob's name was signed by Dave.",
  ),
  broken(
    'decision_replayed',
    () => approvedByBob({ binding: { nonce: sha256Hex('an older gate') } }),
    'approvals',
    'APPROVAL_BINDING',
    {},
    'The decision was made at another gate.',
  ),
  broken(
    'decision_on_another_payload',
    () => approvedByBob({ binding: { payload_digest: other } }),
    'approvals',
    'APPROVAL_BINDING',
    {},
    'The decision is about another payload.',
  ),
  broken(
    'decision_on_another_display',
    () => approvedByBob({ binding: { display_hash: other } }),
    'approvals',
    'APPROVAL_BINDING',
    {},
    'The approver was shown another text.',
  ),
  broken(
    'decision_reversed',
    () => approvedByBob({ decision: 'reject' }),
    'approvals',
    'APPROVAL_BINDING',
    body('decision bob', { decision: 'approve' }),
    'The approver said no, the receipt says yes.',
  ),
  broken(
    'self_approval',
    async () => approvedBy(scene, [await say(scene, 'ada')]),
    'approvals',
    'APPROVAL_SELF',
    {},
    'The requester approved his own change.',
  ),
  broken(
    'self_approval_spelled_otherwise',
    approved,
    'approvals',
    'APPROVAL_SELF',
    { ...receipt('change', (one) => ({ ...one, body: { ...one.body, requester: { ...requester, person: ' BOB' } } })) },
    'The requester approved under another spelling of his name.',
  ),
  broken('approved_twice', bobTwice, 'approvals', 'APPROVAL_DUPLICATE', {}, 'One person counts as two.'),
  broken(
    'below_quorum',
    () => enforcedByApproval(),
    'approvals',
    'APPROVAL_QUORUM',
    oneOfTwo(),
    'Two approvals were asked for, the certificate holds one.',
  ),
  broken(
    'certificate_of_another_gate',
    approved,
    'approvals',
    'APPROVAL_CERTIFICATE',
    body('certificate', { nonce: sha256Hex('an older gate') }),
    'The certificate is about another gate.',
  ),
  broken(
    'certificate_lasts_longer',
    approved,
    'approvals',
    'APPROVAL_CERTIFICATE',
    body('certificate', { expires_at: at(30) }),
    'The certificate lasts longer than the policy allows.',
  ),
  broken(
    'certificate_hides_a_requester',
    () => enforcedByApproval(),
    'approvals',
    'APPROVAL_CERTIFICATE',
    body('certificate', { requesters: ['ada'] }),
    'The certificate leaves a requester out.',
  ),
  broken(
    'approved_late',
    approved,
    'approvals',
    'APPROVAL_LATE',
    body('verdict', { deadline: at(5) }),
    'The approval came after the deadline.',
  ),
]

/** The decision receipt and the certificate claim the key of another person than signed. */
function keyIdOf(person: string): Forgery {
  return {
    receipt: (one, label) => {
      const key_id = es256(person).keyId
      if (label === 'decision bob') return { ...one, body: { ...one.body, key_id } }
      if (label !== 'certificate') return one
      const decisions = (one.body.decisions as object[]).map((decision) => ({ ...decision, key_id }))
      return { ...one, body: { ...one.body, decisions } }
    },
  }
}

function oneOfTwo(): Forgery {
  return receipt('certificate', (one) => ({ ...one, body: { ...one.body, decisions: (one.body.decisions as object[]).slice(0, 1) } }))
}

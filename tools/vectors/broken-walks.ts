// Bundles that are sealed and logged as they should be, and tell of a walk that must not have happened.
import { digest } from '../../runtime/digest.ts'
import { body, broken, type Case, receipt, without } from './case.ts'
import type { Forgery } from './pack.ts'
import { approvedByBob, denied, enforcedAfterReset, enforcedByAllow, expired, rejected } from './stories.ts'
import { at, changeId } from './world.ts'

const allow = () => enforcedByAllow()
const other = digest('another')

const withoutBlobs = (role: string): Forgery => ({ blobs: (blobs) => blobs.filter((blob) => blob.role !== role) })

/** No certificate: the attempt rests on the verdict that asked for one. */
const unapproved: Forgery = {
  steps: (steps) => steps.filter(({ kind }) => !['decision', 'approval_certificate'].includes(kind)),
  ...withoutBlobs('decision'),
}

/** It lasts three minutes, and the attempt begins after five. */
const briefCertificate: Forgery = {
  receipt: (one, label) => {
    const fields = { verdict: { certificate_ttl_seconds: 180 }, certificate: { expires_at: at(10) } }[label]
    return { ...one, body: { ...one.body, ...fields } }
  },
}

const governance = { reliability: [], transparency: [], accuracy: [], oversight: [] }

export const brokenWalks: readonly Case[] = [
  broken(
    'enforced_without_approval',
    () => approvedByBob(),
    'lifecycle',
    'LIFECYCLE_ILLEGAL',
    unapproved,
    'The change was enforced while it waited for approval.',
  ),
  broken(
    'enforced_though_denied',
    allow,
    'lifecycle',
    'LIFECYCLE_ILLEGAL',
    body('verdict', { outcome: 'deny' }),
    'The change was enforced though policy denied it.',
  ),
  broken(
    'enforced_in_review',
    allow,
    'lifecycle',
    'LIFECYCLE_ILLEGAL',
    body('verdict', { mode: 'review' }),
    'The change was enforced on a target in review.',
  ),
  broken(
    'judged_twice_in_a_run',
    enforcedAfterReset,
    'lifecycle',
    'LIFECYCLE_ILLEGAL',
    body('verdict', { run_id: 'run-2' }),
    'The gate was opened twice in one run.',
  ),
  broken(
    'void_approval_used',
    enforcedAfterReset,
    'lifecycle',
    'LIFECYCLE_ILLEGAL',
    { steps: (steps) => steps.filter(({ at: time, kind }) => time < at(9) || !['decision', 'approval_certificate'].includes(kind)) },
    'After the run was reset nobody approved again; the attempt rests on the void approval.',
  ),
  broken(
    'not_recorded',
    denied,
    'lifecycle',
    'LIFECYCLE_INCOMPLETE',
    { ...without('recorded'), manifest: (manifest) => ({ ...manifest, governance }) },
    'The range ends before the attempt was recorded.',
  ),

  broken(
    'other_change',
    allow,
    'references',
    'REF_CHANGE_ID',
    body('verdict', { change_id: changeId('other') }),
    'The verdict is about another change.',
  ),
  broken(
    'other_attempt',
    allow,
    'references',
    'REF_CHANGE_ID',
    body('attempt', { attempt: 2 }),
    'The attempt receipt is of another attempt.',
  ),
  broken(
    'other_predecessor',
    allow,
    'references',
    'REF_PREDECESSOR',
    body('attempt', { predecessor: other }),
    'The attempt rests on a receipt that is not here.',
  ),
  broken(
    'rejection_without_decision',
    rejected,
    'references',
    'REF_PREDECESSOR',
    body('decision bob', { status: 'refused', code: 'CLYRA_APPROVAL_NOT_ELIGIBLE' }),
    'The rejection rests on a decision that does not count.',
  ),
  broken(
    'payload_swapped',
    allow,
    'references',
    'REF_PAYLOAD',
    body('attempt', { payload_digest: other }),
    'Another payload was attempted than was judged.',
  ),
  broken('no_policy', allow, 'references', 'REF_POLICY', withoutBlobs('policy'), 'The policy that judged is not in the bundle.'),
  broken(
    'verdict_in_another_mode',
    allow,
    'references',
    'REF_POLICY',
    body('change', { mode: 'review' }),
    'The change was asked for in review, and judged as if its target were gated.',
  ),
  broken('no_snapshot', allow, 'references', 'REF_BLOB', withoutBlobs('snapshot'), 'The snapshots are not in the bundle.'),
  broken(
    'certificate_expired',
    () => approvedByBob(),
    'references',
    'REF_AUTHORISATION',
    briefCertificate,
    'The certificate had expired when the attempt began.',
  ),
  broken(
    'row_limit_raised',
    allow,
    'references',
    'REF_ROW_LIMIT',
    body('attempt', { row_limit: 5000 }),
    'The attempt allows itself more rows than the verdict.',
  ),
  broken('too_many_rows', () => enforcedByAllow(101), 'references', 'REF_ROW_LIMIT', {}, 'More rows were written than the limit allows.'),
  broken(
    'expired_early',
    expired,
    'references',
    'REF_OUTCOME',
    receipt('outcome', (one) => ({ ...one, at: at(40) })),
    'The change expired before its deadline.',
  ),
  broken(
    'enforced_with_a_code',
    allow,
    'references',
    'REF_OUTCOME',
    body('outcome', { code: 'CLYRA_INTERNAL' }),
    'The change was enforced, and the outcome names an error.',
  ),
  broken('one_anchor', allow, 'references', 'REF_EFFECT', without('anchor after'), 'The anchor after the change is missing.'),
  broken(
    'other_delta',
    allow,
    'references',
    'REF_EFFECT',
    body('delta', { affected_rows: 11 }),
    'The delta counts other rows than the effect.',
  ),
  broken(
    'delta_hides_a_change',
    allow,
    'references',
    'REF_EFFECT',
    body('delta', { changes: [] }),
    'A column went between the snapshots, and the delta does not say so.',
  ),
  broken(
    'other_count',
    allow,
    'references',
    'REF_RECORDED',
    body('recorded', { receipts: 4 }),
    'The recorded receipt counts fewer receipts than there are.',
  ),
  broken(
    'other_outcome',
    allow,
    'references',
    'REF_RECORDED',
    { ...body('recorded', { outcome: 'denied' }), manifest: (manifest) => ({ ...manifest, outcome: 'enforced' }) },
    'The recorded receipt names another outcome.',
  ),
  broken(
    'manifest_counts',
    allow,
    'references',
    'REF_MANIFEST',
    { manifest: (manifest) => ({ ...manifest, counts: manifest.counts.slice(1) }) },
    'The manifest leaves a kind out of its counts.',
  ),
  broken(
    'manifest_schema',
    allow,
    'references',
    'REF_MANIFEST',
    {
      manifest: (manifest) => ({
        ...manifest,
        schemas: manifest.schemas.map((one, index) => (index === 0 ? { ...one, digest: other } : one)),
      }),
    },
    'The manifest names another text of a schema than the one of this version.',
  ),
  broken(
    'second_attempt_without_a_first',
    () => enforcedByAllow(12, 2),
    'references',
    'REF_MANIFEST',
    {},
    'The bundle calls itself the second attempt, and its range begins the stream.',
  ),
  broken(
    'manifest_tenant',
    allow,
    'references',
    'REF_MANIFEST',
    { manifest: (manifest) => ({ ...manifest, tenant: 'other' }) },
    'The manifest names another tenant.',
  ),
]

// Bundles that are sealed and logged as they should be, and tell of work under a grant that must not have been.
import { digest } from '../../runtime/digest.ts'
import { dagster, failedGrantExpired, grant, observedByCaller, observedByCallerAfterReissue, redeemed } from './callers.ts'
import { body, broken, type Case, receipt } from './case.ts'
import type { Forgery } from './pack.ts'
import { type Step, secondRequester } from './steps.ts'
import { enforcedByAllow, first } from './stories.ts'
import { at, uuid, window } from './world.ts'

const scene = first('allow')
const callerScene = first('caller')
const allow = () => enforcedByAllow()
const other = digest('another')

/** A forgery that tells more after a step. */
const after = (label: string, ...more: Step[]): Forgery => ({
  steps: (steps) => steps.flatMap((step) => (step.label === label ? [step, ...more] : [step])),
})

/** A forgery that sets fields in the redemption of the outcome. */
const redemption = (fields: object): Forgery =>
  receipt('outcome', (one) => ({ ...one, body: { ...one.body, redemption: { ...(one.body.redemption as object), ...fields } } }))

const fails = (name: string, story: Case['story'], code: string, forgery: Forgery, why: string): Case =>
  broken(name, story, 'references', code, forgery, why)

export const brokenGrants: readonly Case[] = [
  broken(
    'grant_without_a_caller',
    allow,
    'lifecycle',
    'LIFECYCLE_ILLEGAL',
    after('attempt', grant(scene, at(12), 'grant')),
    'A grant was issued though Clyra did the work.',
  ),
  fails('other_executor', allow, 'REF_EXECUTOR', body('change', { executor: 'caller' }), 'A caller was to do the work, and Clyra did it.'),
  fails('window_missing', observedByCaller, 'REF_EXECUTOR', body('attempt', { window: null }), 'The attempt of a caller has no window.'),
  fails('window_unexpected', allow, 'REF_EXECUTOR', body('attempt', { window }), 'The attempt has a window though Clyra did the work.'),
  fails(
    'window_anchored_after',
    observedByCaller,
    'REF_EXECUTOR',
    body('attempt', { window: { ...window, anchor: { ...window.anchor, position: 'after' } } }),
    'The window is anchored after the work, not before it.',
  ),
  fails(
    'window_closed',
    observedByCaller,
    'REF_EXECUTOR',
    body('attempt', { window: { ...window, expires_at: at(12) } }),
    'The window closed when the attempt began.',
  ),

  fails(
    'grant_of_another_attempt',
    observedByCaller,
    'REF_PREDECESSOR',
    body('grant', { predecessor: other }),
    'The grant is of another attempt.',
  ),
  fails(
    'grant_of_another_payload',
    observedByCaller,
    'REF_PAYLOAD',
    body('grant', { payload_digest: other }),
    'The grant is for another payload.',
  ),
  fails('grant_of_another_target', observedByCaller, 'REF_GRANT', body('grant', { target: 'ledger' }), 'The grant is for another target.'),
  fails(
    'grant_to_a_stranger',
    observedByCaller,
    'REF_GRANT',
    body('grant', { caller: dagster }),
    'The grant was issued to somebody who never asked for the change.',
  ),
  fails(
    'grant_to_one_who_joined_late',
    observedByCaller,
    'REF_GRANT',
    { ...body('grant', { caller: dagster }), ...after('attempt', secondRequester(callerScene, at(12))) },
    'The grant was issued to somebody who joined when enforcement had begun, and whom no approver knew of.',
  ),
  fails(
    'grant_outlives_the_window',
    observedByCaller,
    'REF_GRANT',
    body('grant', { expires_at: at(30) }),
    'The grant lasts longer than the window.',
  ),
  fails(
    'grant_after_the_window',
    failedGrantExpired,
    'REF_GRANT',
    receipt('grant', (one) => ({ ...one, at: at(27) })),
    'The grant was issued when the window had closed.',
  ),
  fails(
    'grant_id_twice',
    observedByCallerAfterReissue,
    'REF_GRANT',
    body('second grant', { grant_id: uuid(`${first('caller-reissue').change_id} grant`) }),
    'Two grants have one id.',
  ),
  fails(
    'grant_token_twice',
    observedByCallerAfterReissue,
    'REF_GRANT',
    body('second grant', { token_hash: digest(`token of ${first('caller-reissue').change_id} grant`) }),
    'Two grants have one token.',
  ),

  fails(
    'redemption_of_an_unknown_grant',
    observedByCaller,
    'REF_ENFORCEMENT',
    redemption({ grant_id: uuid('another grant') }),
    'The caller redeemed a grant that was never issued.',
  ),
  fails(
    'redemption_by_another_login',
    observedByCaller,
    'REF_ENFORCEMENT',
    redemption({ login: 'dagster_etl' }),
    'Another login redeemed the grant than the one it names.',
  ),
  fails(
    'redemption_after_expiry',
    observedByCaller,
    'REF_ENFORCEMENT',
    redemption({ redeemed_at: at(27) }),
    'The grant was redeemed when it had expired.',
  ),
  fails(
    'redemption_of_a_failure',
    failedGrantExpired,
    'REF_ENFORCEMENT',
    body('outcome', { redemption: redeemed(first('caller-expired'), at(15), 'grant') }),
    'The grant was redeemed, and the outcome says nothing was done.',
  ),
  fails(
    'observed_with_rows',
    observedByCaller,
    'REF_ENFORCEMENT',
    body('outcome', { affected_rows: 12 }),
    'The outcome counts rows that nobody could count.',
  ),
  fails(
    'observed_with_rows_by_statement',
    observedByCaller,
    'REF_ENFORCEMENT',
    body('outcome', { rows_by_statement: [12] }),
    'The outcome counts the rows of statements that nobody saw.',
  ),
  fails(
    'observed_without_a_redemption',
    observedByCaller,
    'REF_ENFORCEMENT',
    body('outcome', { redemption: null }),
    'The outcome names no grant under which the caller worked.',
  ),
  fails(
    'enforced_by_nobody',
    allow,
    'REF_ENFORCEMENT',
    body('outcome', { enforcement: null, affected_rows: 5000 }),
    'The outcome does not say how the change was enforced, and counts more rows than the limit.',
  ),
  fails(
    'observed_without_a_guard_row',
    observedByCaller,
    'REF_ENFORCEMENT',
    body('outcome', { settled_by: 'commit' }),
    "Clyra claims to have seen the caller's commit itself.",
  ),
  fails(
    'applied_by_a_caller',
    observedByCaller,
    'REF_ENFORCEMENT',
    body('outcome', { enforcement: 'applied', affected_rows: 12, rows_by_statement: [12], settled_by: 'commit', redemption: null }),
    'Clyra claims to have applied what a caller was to do.',
  ),
  fails(
    'observed_by_clyra',
    allow,
    'REF_ENFORCEMENT',
    body('outcome', {
      enforcement: 'observed',
      affected_rows: null,
      rows_by_statement: [],
      settled_by: 'guard_row',
      redemption: redeemed(scene, at(13), 'grant'),
    }),
    'A caller is said to have done what Clyra was to do.',
  ),
  fails(
    'effect_before_another_window',
    observedByCaller,
    'REF_EFFECT',
    body('attempt', { window: { ...window, before: { ...window.before, digest: other } } }),
    'The effect starts from another state than the window did.',
  ),
  fails(
    'effect_anchored_elsewhere',
    observedByCaller,
    'REF_EFFECT',
    body('attempt', { window: { ...window, anchor: { ...window.anchor, lsn: '0/16B3600' } } }),
    'The first anchor of the effect is not that of the window.',
  ),
  fails(
    'effect_of_another_transaction',
    observedByCaller,
    'REF_EFFECT',
    redemption({ xid: '743' }),
    'The second anchor is of another transaction than the one that redeemed the grant.',
  ),
]

// Bundles that are right: every way a change can end.

import * as callers from './callers.ts'
import type { Case } from './case.ts'
import { approvedByKeyAndPasskey, approvedByPasskey, enrolled } from './passkeys.ts'
import * as sso from './sign-on.ts'
import * as stories from './stories.ts'

const right = (name: string, story: Case['story'], why: string, forgery: Case['forgery'] = {}): Case => ({
  name,
  why,
  story,
  forgery,
  fails: null,
})

export const whole: readonly Case[] = [
  right('enforced_by_allow', () => stories.enforcedByAllow(), 'Policy allowed the change, and it was enforced.'),
  right('enforced_by_approval', stories.enforcedByApproval, 'Two persons approved; a second requester asked for the same change.'),
  right(
    'enforced_after_self_approval',
    stories.enforcedAfterSelfApproval,
    "The requester's own approval was refused; another person's counted.",
  ),
  right(
    'enforced_after_malformed_decision',
    stories.enforcedAfterMalformedDecision,
    'An envelope that held no decision was refused and kept; then a person approved.',
  ),
  right(
    'enforced_after_reset',
    stories.enforcedAfterReset,
    'A run was reset after a person approved; the new run asked again, and another person approved.',
  ),
  right('approved_by_passkey', () => approvedByPasskey(), 'A person approved with a passkey.', enrolled),
  right(
    'approved_by_key_and_passkey',
    approvedByKeyAndPasskey,
    'Two persons approved, one with a key and one with a passkey; the browser said more than it must.',
    enrolled,
  ),
  right('approved_by_sign_on', () => sso.approvedBySignOn(), 'A person approved by company sign-on alone, and disclosed the ID token.'),
  {
    ...right(
      'approved_by_sign_on_open',
      () => sso.undisclosed(sso.approvedBySignOn()),
      'A person approved by company sign-on alone, and the ID token is not given.',
    ),
    isOpen: true,
  },
  right(
    'enforced_after_refused_sign_on',
    stories.enforcedAfterRefusedSignOn,
    "The requester's own approval by sign-on was refused, so that its ID token need not be seen.",
  ),
  right(
    'approved_by_sign_on_es256',
    () => sso.approvedBySignOn({ alg: 'ES256', claims: { aud: ['clyra'], azp: 'clyra', exp: 1768467900 } }),
    'The token is signed with ES256, has its audience in a list, and expired 60 seconds before.',
  ),
  right(
    'approved_by_sign_on_at_the_edge',
    () => sso.approvedBySignOn({ ...sso.edge, payload: (text) => text.replace('{', '{"nonce":"x",') }),
    'The sign-on is as old as it may be, without acr and amr; of two nonces the last is right, and null is nothing.',
  ),
  right(
    'approved_by_a_key_just_old_enough',
    sso.approvedInTime,
    'The key was enrolled as long before as the verdict asks for, to the second.',
  ),
  right('approved_by_key_and_sign_on', () => sso.approvedByKeyAndSignOn(), 'A person approved with a key and by company sign-on.'),
  right('enhanced', () => sso.enhanced(), "Passkey, company sign-on and the requester's number; the ID token is given.", enrolled),
  right('enhanced_undisclosed', () => sso.undisclosed(sso.enhanced()), 'The same without the ID token: the passkey carries it.', enrolled),
  right(
    'enhanced_without_acr_values',
    () => sso.enhanced({ claims: { acr: undefined }, sign_on: { acr: null } }),
    'The provider names no way of signing on, so none is demanded.',
    {
      trust: (trust) => ({ ...(enrolled.trust?.(trust) ?? trust), providers: trust.providers.map((one) => ({ ...one, acr_values: [] })) }),
    },
  ),
  right('rejected_at_the_door', () => stories.rejected({ key: 'approval' }), "A person said no in a channel; the door's key signed."),
  right(
    'rejected_by_sign_on',
    () => stories.rejected({ signOn: { alone: true } }),
    'A person rejected by company sign-on alone, and the ID token is not given: a rejection needs no proof.',
  ),
  right('observed', stories.observed, 'The target is in review: the verdict that would have been, and nothing done. Not attested.'),
  right('denied', stories.denied, 'Policy denied the change. Not attested.'),
  right('rejected', () => stories.rejected(), 'An approver rejected the change.'),
  right('expired', stories.expired, 'Nobody decided before the deadline.'),
  right('cancelled', stories.cancelled, 'The change was cancelled while it waited for approval.'),
  right('cancelled_before_verdict', stories.cancelledBeforeVerdict, 'The change was cancelled before it was judged: no policy, no blob.'),
  right('failed_on_mismatch', stories.failedOnMismatch, 'The stored payload was not the approved one, and nothing ran.'),
  right('failed_after_attempt', stories.failedAfterAttempt, 'The warehouse refused; a tombstone proves it was not applied.'),
  right('ambiguous', stories.ambiguous, 'Nobody can tell whether the change was applied.'),
  right('observed_by_caller', callers.observedByCaller, 'Policy allowed the change, and a caller did the work under a grant.'),
  right(
    'observed_by_caller_after_reissue',
    callers.observedByCallerAfterReissue,
    'A person approved; the first grant was revoked by a second, which another requester redeemed.',
  ),
  right('failed_grant_expired', callers.failedGrantExpired, 'Nobody redeemed the grant before the window closed.'),
  right('failed_grant_withdrawn', callers.failedGrantWithdrawn, 'The caller withdrew, and his grant was never redeemed.'),
  right('caller_ambiguous', callers.callerAmbiguous, 'Nobody can tell whether the grant was redeemed.'),
  right(
    'second_attempt',
    stories.secondAttempt,
    'The first attempt expired; this bundle starts after it, with an edge and a previous checkpoint.',
  ),
]

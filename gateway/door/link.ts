// How the account of a person who was invited becomes his.
import { ClyraError, codeOf } from '../../core/errors.ts'
import { actorOfPerson } from '../control/approver-key.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { readInvitation } from './invitation.ts'
import { recordRefusal, refusedAtTheDoor } from './refusals.ts'
import { beginSignOn, configured, type SignedOn, type SignOnDeps } from './sign-on.ts'

/** Away to the provider, to come back with the account of the invited person. CLYRA_API_UNAUTHENTICATED for an invitation that is not valid. */
export async function beginLink(deps: SignOnDeps, invitation: string): Promise<{ url: string; cookie: string }> {
  const { tenant, person, id } = await readInvitation(deps, invitation)
  return beginSignOn(deps, { tenant, purpose: 'link', person, nonce: null, about: { invite_id: id }, return_to: '/approve' })
}

/** Links the account and consumes the invitation for it; the same account may come again with it, no other. CLYRA_DOOR_REFUSED. */
export async function linkAccount(
  deps: Pick<GatewayDeps, 'ledger' | 'signOn' | 'provider' | 'trustChanged' | 'log'>,
  { tenant, person, about, verified: { sub, subject_id } }: SignedOn,
): Promise<void> {
  const { ledger } = deps
  const { iss } = configured(deps).provider
  try {
    if (!(await ledger.singleUse.consume(tenant, 'invite_account', about.invite_id ?? '', subject_id)))
      throw new ClyraError('CLYRA_LEDGER_CONFLICT', 'expected an invitation that linked no other account, found one that did')
    await ledger.identities.link(tenant, { person, subject_id, iss, sub }, { actor: actorOfPerson(person), person })
  } catch (error) {
    if (codeOf(error) !== 'CLYRA_LEDGER_CONFLICT') throw error
    await recordRefusal(deps, { tenant, code: 'CLYRA_LEDGER_CONFLICT', door: 'enrolment', change_id: null, person })
    throw refusedAtTheDoor()
  }
  await deps.trustChanged()
}

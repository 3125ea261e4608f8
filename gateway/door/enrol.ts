// How a person who was invited enrolls a passkey of his own.
import { ClyraError, type Fault } from '../../core/errors.ts'
import { type Assertion, verifyAssertion } from '../../evidence/assertion.ts'
import type { ApproverRow } from '../../ledger/types.ts'
import { keyId } from '../../runtime/keys.ts'
import { actorOfPerson, keyFaults } from '../control/approver-key.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { demandNone } from '../control/validate.ts'
import { readInvitation } from './invitation.ts'
import { proofMessage } from './tokens.ts'

export interface NewPasskey {
  /** SPKI DER in base64. */
  spki: string
  /** base64url */
  credential_id: string
  /** Over the invitation (proofMessage): whoever brings a key has it. */
  assertion: Assertion
}

/**
 * Enrolls the passkey of the invited person and consumes the invitation; the same passkey may come again with it, no other.
 * CLYRA_API_UNAUTHENTICATED for an invitation that is not valid or was used, CLYRA_API_INVALID for a key that is not P-256 or not in
 * the hands of who brings it, CLYRA_LEDGER_CONFLICT for a key or a credential that is enrolled already.
 */
export async function enrolPasskey(
  deps: Pick<GatewayDeps, 'ledger' | 'tenantKey' | 'door' | 'trustChanged'>,
  token: string,
  { spki, credential_id, assertion }: NewPasskey,
): Promise<ApproverRow> {
  const { ledger, door } = deps
  const { tenant, person, id } = await readInvitation(deps, token)
  demandNone([...keyFaults(spki), ...credentialFaults(credential_id)])
  const key = Buffer.from(spki, 'base64')
  const webauthn = { rp_id: door.rp_id, origin: door.origin, credential_id }
  if (!verifyAssertion({ spki: key, webauthn }, proofMessage('invite', token), assertion))
    demandNone([{ pointer: '/assertion', detail: 'must be made by this key for this invitation, at this door, by a verified user' }])
  if (!(await ledger.singleUse.consume(tenant, 'invite', id, keyId(key))))
    throw new ClyraError('CLYRA_API_UNAUTHENTICATED', 'expected an invitation that was not used, found one that was')
  const row = await ledger.approvers.enroll(tenant, person, key, { actor: actorOfPerson(person), person }, webauthn)
  await deps.trustChanged()
  return row
}

// The credential id stands in the trust list: whatever does not fit there would break it for everybody.
const credentialForm = /^[A-Za-z0-9_-]{1,1400}$/

const credentialFaults = (credentialId: string): Fault[] =>
  credentialForm.test(credentialId) ? [] : [{ pointer: '/credential_id', detail: 'must be base64url' }]

// Invitations: an administrator's receipt and a token that names it. Whoever stole the tenant key alone can make the token, not the receipt.
import { ClyraError } from '../../core/errors.ts'
import { tenantStream } from '../../core/receipts.ts'
import type { Principal } from '../../ledger/types.ts'
import { actorOf } from '../control/auth.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { type DoorClaims, mintToken, readToken } from './tokens.ts'

type Deps = Pick<GatewayDeps, 'ledger' | 'tenantKey'>

const inviteSeconds = 15 * 60
const keyOf = (id: string): string => `invited:${id}`

/** Invites a person, in the name of who asks. */
export async function invite({ ledger, tenantKey }: Deps, by: Principal, person: string): Promise<{ text: string; expires_at: string }> {
  const { tenant } = by
  const { text, id, expires_at } = mintToken(tenantKey, 'invite', { tenant, person }, inviteSeconds, await ledger.log.now())
  const body = { person, invite_id: id, expires_at }
  await ledger.log.append(tenantStream(tenant), [{ key: keyOf(id), kind: 'approver_invited', actor: actorOf(by), body }])
  return { text, expires_at }
}

/** Whom an invitation is for. CLYRA_API_UNAUTHENTICATED unless it is valid and stands in the log. */
export async function readInvitation({ ledger, tenantKey }: Deps, token: string): Promise<DoorClaims> {
  const claims = readToken(tenantKey, 'invite', token, await ledger.log.now())
  const found = await ledger.log.find(tenantStream(claims.tenant), keyOf(claims.id))
  const { person, expires_at } = found?.receipt.body ?? {}
  if (found?.receipt.kind !== 'approver_invited' || person !== claims.person || expires_at !== claims.exp)
    throw new ClyraError('CLYRA_API_UNAUTHENTICATED', 'expected an invitation that an administrator made, found none in the log')
  return claims
}

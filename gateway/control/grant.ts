// Grants: the one secret of a change's work. Made here and not in an activity, so that no history ever holds one.
import { randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { ClyraError } from '../../core/errors.ts'
import { freezesOf } from '../../core/freeze.ts'
import type { Attempt, GrantView } from '../../core/generated/types.ts'
import { allOf, changeStream, lastOf, type Of, ofAttempt, receiptKey } from '../../core/receipts.ts'
import type { ChangeRow, Principal } from '../../ledger/types.ts'
import { digest } from '../../runtime/digest.ts'
import { askedIn } from './asked.ts'
import { actorOf } from './auth.ts'
import type { GatewayDeps } from './deps.ts'

interface Open {
  attempt: Of<'attempt'>
  window: NonNullable<Attempt['window']>
  granter: GatewayDeps['granters'][string]
  /** What the attempt rests on; null where policy allowed it. */
  certificate_id: string | null
  /** Size of the change's stream. */
  size: number
}

/**
 * A grant for one login of the warehouse; those made before for the attempt are revoked. CLYRA_API_FORBIDDEN unless the principal
 * asked for the change before enforcement began; CLYRA_GRANT_NOT_OPEN, CLYRA_GRANT_EXPIRED, CLYRA_GRANT_REDEEMED, CLYRA_ENFORCE_FROZEN, and what the
 * warehouse says (CLYRA_GRANT_IN_USE, CLYRA_GRANT_LOGIN): nothing was granted then.
 */
export async function mint(deps: GatewayDeps, principal: Principal, row: ChangeRow, login: string): Promise<GrantView> {
  const { attempt, window, granter, certificate_id, size } = await openOf(deps, principal, row)
  const { log, freezes } = deps.ledger
  if ((await log.now()) >= window.expires_at)
    throw new ClyraError('CLYRA_GRANT_EXPIRED', `expected to be asked before ${window.expires_at}, found that it has passed`)
  if (freezesOf(await freezes.list(row.tenant), row.target).length > 0)
    throw new ClyraError('CLYRA_ENFORCE_FROZEN', `expected ${row.target} not to be frozen, found a freeze`)
  const token = `clg_${randomBytes(32).toString('base64url')}`
  const { change_id, attempt: number, payload_digest } = attempt.body
  const grant = { grant_id: uuidv7(), token_hash: digest(token), payload_digest, login, expires_at: window.expires_at }
  // The warehouse first: what it refuses leaves no receipt, and nobody knows the token before there is one.
  const issued = await granter.issue({ ...grant, change_id, attempt: number, certificate_id })
  if (issued === 'redeemed') throw new ClyraError('CLYRA_GRANT_REDEEMED', 'expected a change nobody has done yet, found a redeemed grant')
  if (issued === 'void') throw notOpen('one whose time is over')
  const body = { change_id, attempt: number, predecessor: attempt.leaf, target: row.target, caller: actorOf(principal), ...grant }
  await log.append(changeStream(change_id), [
    { key: receiptKey.grant(number, grant.grant_id), kind: 'grant', actor: actorOf(principal), body, after: size },
  ])
  return { grant_id: grant.grant_id, token, login, target: row.target, expires_at: grant.expires_at }
}

/**
 * Tells the run to look: the work is committed. CLYRA_GRANT_NOT_REDEEMED when the warehouse knows of none; CLYRA_API_FORBIDDEN and
 * CLYRA_GRANT_NOT_OPEN as above.
 */
export async function complete(deps: GatewayDeps, principal: Principal, row: ChangeRow): Promise<void> {
  const { attempt, granter } = await openOf(deps, principal, row)
  if ((await granter.redemption(attempt.body)) === null)
    throw new ClyraError('CLYRA_GRANT_NOT_REDEEMED', 'expected a grant that was redeemed and committed, found none')
  await deps.workflows.complete({ tenant: row.tenant, change_id: row.change_id, attempt: row.attempt })
}

async function openOf(deps: GatewayDeps, principal: Principal, row: ChangeRow): Promise<Open> {
  const receipts = await deps.ledger.log.read(changeStream(row.change_id))
  const current = ofAttempt(receipts, row.attempt)
  const attempt = lastOf(current, 'attempt')
  // Whoever joins later was not before the approvers' eyes, and may be one of them.
  const askedInTime = current.filter(({ receipt }) => attempt === null || receipt.seq < attempt.seq)
  if (!askedIn(askedInTime, row, principal))
    throw new ClyraError('CLYRA_API_FORBIDDEN', 'expected one who asked for the change before it was approved, found somebody else')
  const granter = Object.hasOwn(deps.granters, row.target) ? deps.granters[row.target] : undefined
  if (row.state !== 'ENFORCING' || attempt === null || attempt.body.window === null || granter === undefined)
    throw notOpen(`executor ${row.executor} in state ${row.state}`)
  const certificate = allOf(current, 'approval_certificate').find(({ leaf }) => leaf === attempt.body.predecessor)
  return { attempt, window: attempt.body.window, granter, certificate_id: certificate?.body.cert_id ?? null, size: receipts.length }
}

const notOpen = (found: string): ClyraError =>
  new ClyraError('CLYRA_GRANT_NOT_OPEN', `expected a change whose caller has the work, found ${found}`)

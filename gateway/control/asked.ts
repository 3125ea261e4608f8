// Who asked for a change: the one who submitted it, and everyone who submitted the same.
import { allOf, changeStream, ofAttempt } from '../../core/receipts.ts'
import type { ChangeRow, Principal, Stored } from '../../ledger/types.ts'
import type { GatewayDeps } from './deps.ts'

/** True when the principal is one of them. */
export const asked = async ({ ledger }: Pick<GatewayDeps, 'ledger'>, principal: Principal, row: ChangeRow): Promise<boolean> =>
  row.requester.actor === principal.actor ||
  askedIn(ofAttempt(await ledger.log.read(changeStream(row.change_id)), row.attempt), row, principal)

/** The same by some receipts of the attempt. */
export const askedIn = (receipts: readonly Stored[], { requester }: ChangeRow, { actor }: Principal): boolean =>
  requester.actor === actor || allOf(receipts, 'requester').some(({ body }) => body.requester.actor === actor)

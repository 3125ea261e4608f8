// Who asked for a change: the one who submitted it, and everyone who submitted the same.
import { allOf, changeStream, ofAttempt } from '../../core/receipts.ts'
import type { ChangeRow, Principal } from '../../ledger/types.ts'
import type { GatewayDeps } from './deps.ts'

/** True when the principal is one of them. */
export async function asked({ ledger }: Pick<GatewayDeps, 'ledger'>, { actor }: Principal, row: ChangeRow): Promise<boolean> {
  if (row.requester.actor === actor) return true
  const current = ofAttempt(await ledger.log.read(changeStream(row.change_id)), row.attempt)
  return allOf(current, 'requester').some(({ body }) => body.requester.actor === actor)
}

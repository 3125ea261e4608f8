// Reading one change, fenced by the tenant of whoever asks.
import { ClyraError } from '../../core/errors.ts'
import type { ChangeView } from '../../core/generated/types.ts'
import { changeStream, lastOf, ofAttempt, receiptKey, tenantStream } from '../../core/receipts.ts'
import { matchCode } from '../../evidence/match-code.ts'
import type { ChangeRow, Principal, Stored } from '../../ledger/types.ts'
import { askedIn } from './asked.ts'
import { resolutionOf, viewOf } from './change-view.ts'
import type { GatewayDeps } from './deps.ts'

const changeIdForm = /^chg_[a-z2-7]{26}$/

/** The row of a change. CLYRA_API_NOT_FOUND also for changes of other tenants: nobody learns that they exist. */
export async function changeOf({ ledger }: Pick<GatewayDeps, 'ledger'>, principal: Principal, id: string): Promise<ChangeRow> {
  const row = changeIdForm.test(id) ? await ledger.changes.get(principal.tenant, id) : null
  if (row === null) throw new ClyraError('CLYRA_API_NOT_FOUND', 'expected a change of this tenant, found none with that id')
  return row
}

/** The change as the API shows it; to one who asked for it with the number that an approver must learn from him. */
export async function showChange(deps: GatewayDeps, row: ChangeRow, reader?: Principal): Promise<ChangeView> {
  const { log } = deps.ledger
  const { receipts, now } = await log.readNow(changeStream(row.change_id))
  const key = receiptKey.resolution(row.change_id, row.attempt)
  const resolution = row.outcome === 'ambiguous' ? await log.find(tenantStream(row.tenant), key) : null
  const view = { ...viewOf(row, receipts, deps, now), match_code: numberFor(row, ofAttempt(receipts, row.attempt), reader) }
  return resolution === null ? view : { ...view, resolution: resolutionOf(resolution) }
}

function numberFor(row: ChangeRow, current: readonly Stored[], reader: Principal | undefined): string | null {
  const verdict = lastOf(current, 'verdict')?.body
  if (reader === undefined || verdict === undefined || row.state !== 'AWAITING_APPROVAL') return null
  return askedIn(current, row, reader) ? matchCode(verdict) : null
}

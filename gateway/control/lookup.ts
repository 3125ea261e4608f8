// Reading one change, fenced by the tenant of whoever asks.
import { ClyraError } from '../../core/errors.ts'
import type { ChangeView } from '../../core/generated/types.ts'
import { changeStream, receiptKey, tenantStream } from '../../core/receipts.ts'
import type { ChangeRow, Principal } from '../../ledger/types.ts'
import { resolutionOf, viewOf } from './change-view.ts'
import type { GatewayDeps } from './deps.ts'

const changeIdForm = /^chg_[a-z2-7]{26}$/

/** The row of a change. CLYRA_API_NOT_FOUND also for changes of other tenants: nobody learns that they exist. */
export async function changeOf({ ledger }: Pick<GatewayDeps, 'ledger'>, principal: Principal, id: string): Promise<ChangeRow> {
  const row = changeIdForm.test(id) ? await ledger.changes.get(principal.tenant, id) : null
  if (row === null) throw new ClyraError('CLYRA_API_NOT_FOUND', 'expected a change of this tenant, found none with that id')
  return row
}

/** The change as the API shows it. */
export async function showChange(deps: GatewayDeps, row: ChangeRow): Promise<ChangeView> {
  const { log } = deps.ledger
  const { receipts, now } = await log.readNow(changeStream(row.change_id))
  const key = receiptKey.resolution(row.change_id, row.attempt)
  const resolution = row.outcome === 'ambiguous' ? await log.find(tenantStream(row.tenant), key) : null
  const view = viewOf(row, receipts, deps, now)
  return resolution === null ? view : { ...view, resolution: resolutionOf(resolution) }
}

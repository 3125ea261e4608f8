// Withdrawing a change: who did it and why is kept before the run is told.
import { receiptKey, tenantStream } from '../../core/receipts.ts'
import type { RunRef } from '../../core/stages.ts'
import type { Principal } from '../../ledger/types.ts'
import { actorOf } from './auth.ts'
import type { GatewayDeps } from './deps.ts'

/** What the run's side answers. The first reason of an actor on an attempt is the one that is kept. */
export async function cancel(
  { ledger, workflows }: Pick<GatewayDeps, 'ledger' | 'workflows'>,
  principal: Principal,
  run: RunRef,
  reason: string,
): Promise<'requested' | 'closed'> {
  const { tenant, change_id, attempt } = run
  const key = receiptKey.cancellation(change_id, attempt, principal.actor)
  const body = { change_id, attempt, reason }
  await ledger.log.append(tenantStream(tenant), [{ key, kind: 'cancellation', actor: actorOf(principal), body }])
  return workflows.cancel(run)
}

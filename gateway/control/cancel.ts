// Withdrawing a change: who did it and why is kept before the run is told.
import { codeOf } from '../../core/errors.ts'
import { receiptKey, tenantStream } from '../../core/receipts.ts'
import type { RunRef } from '../../core/stages.ts'
import type { Principal } from '../../ledger/types.ts'
import { actorOf } from './auth.ts'
import type { GatewayDeps } from './deps.ts'

const toldLater: readonly string[] = ['CLYRA_API_UNREACHABLE', 'CLYRA_API_BUSY']

/**
 * What the run's side answers; 'requested' also where Temporal does not answer, for then the sweeper tells the run. The first reason of
 * an actor on an attempt is the one that is kept.
 */
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
  return workflows.cancel(run).catch((error: unknown) => {
    if (!toldLater.includes(codeOf(error))) throw error
    return 'requested'
  })
}

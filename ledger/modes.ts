// Gate or review, target by target, as the receipts of `ledger/<tenant>` tell it.
import { randomUUID } from 'node:crypto'
import type { TargetMode } from '../core/generated/types.ts'
import { tenantStream } from '../core/receipts.ts'
import type { Statement, Store } from './store.ts'
import { fromRow } from './stored.ts'
import type { Log, Modes } from './types.ts'

const lastMode: Statement = {
  name: 'last_target_mode',
  text: `select line, encode(leaf, 'hex') as leaf from clyra.receipts
    where stream = $1 and kind = 'target_mode' and line::json -> 'body' ->> 'target' = $2 order by seq desc limit 1`,
}

/** Modes of targets. Every `set` is a receipt of its own, also when nothing changes. */
export const openModes = (store: Store, log: Log): Modes => ({
  async mode(tenant, target) {
    const [row] = await store.query<{ line: string; leaf: string }>(lastMode, [tenantStream(tenant), target])
    return row ? (fromRow(row).receipt.body as TargetMode).mode : null
  },
  async set(tenant, target, mode, policyId, reason, actor) {
    const body: TargetMode = { target, mode, policy_id: policyId, reason }
    await log.append(tenantStream(tenant), [{ key: `mode:${randomUUID()}`, kind: 'target_mode', actor, body }])
  },
})

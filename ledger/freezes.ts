// What is frozen, as the receipts of `ledger/<tenant>` tell it.
import { randomUUID } from 'node:crypto'
import type { Freeze } from '../core/generated/types.ts'
import { tenantStream } from '../core/receipts.ts'
import type { Statement, Store } from './store.ts'
import { fromRow } from './stored.ts'
import type { FreezeRow, Freezes, Log } from './types.ts'

const lastFreezes: Statement = {
  name: 'last_freezes',
  text: `select distinct on (line::json -> 'body' ->> 'target') line, encode(leaf, 'hex') as leaf from clyra.receipts
    where stream = $1 and kind = 'freeze' order by line::json -> 'body' ->> 'target' nulls first, seq desc`,
}

/** Freezes by target; the last receipt of a target counts, and so does the last one of every target. */
export const openFreezes = (store: Store, log: Log): Freezes => ({
  async list(tenant) {
    const rows = await store.query<{ line: string; leaf: string }>(lastFreezes, [tenantStream(tenant)])
    return rows.map(fromRow).flatMap(({ receipt: { body, actor, at } }): FreezeRow[] => {
      const { target, frozen, reason } = body as Freeze
      return frozen ? [{ target, reason, frozen_by: actor, frozen_at: at }] : []
    })
  },
  async set(tenant, freeze, actor) {
    await log.append(tenantStream(tenant), [{ key: `freeze:${randomUUID()}`, kind: 'freeze', actor, body: { ...freeze } }])
  },
})

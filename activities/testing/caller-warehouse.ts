// A warehouse that keeps the port's word about callers: a redemption stands for good, and so does the stone laid where there was none.
import { ClyraError, type ErrorCode } from '../../core/errors.ts'
import type { WarehouseAnchorAnchor } from '../../core/generated/types.ts'
import type { Prepared, Settled, Warehouse } from '../../core/ports.ts'

export interface CallerWarehouse {
  warehouse: Warehouse
  /** `before` or `after <xid>` of every survey that was asked for. */
  surveys: string[]
  /** What a survey of a position says instead of answering. */
  fails: { before: ErrorCode | null; after: ErrorCode | null }
  /** The caller commits with his grant, unless a stone lies there. */
  commit(changeId: string): boolean
}

const anchor: Omit<WarehouseAnchorAnchor, 'position' | 'xid'> = {
  platform: 'postgres',
  system_identifier: '7400000000000000000',
  database: 'shop',
  timeline: 1,
  lsn: '0/1000000',
  snapshot: '700:700:',
  role: 'primary',
  strength: 'transaction',
  server_version: '18.4',
  simulated: false,
}

export function callerWarehouse(now: () => Promise<string>): CallerWarehouse {
  const redeemed = new Set<string>()
  const stones = new Set<string>()
  const surveys: string[] = []
  const fails: CallerWarehouse['fails'] = { before: null, after: null }
  const settled = (part: Pick<Settled, 'outcome' | 'code' | 'settled_by'>): Settled => ({ ...part, sqlstate: null, statement: null })
  const warehouse: Pick<Warehouse, 'now' | 'survey' | 'redemption' | 'settle'> = {
    now,
    async survey(_payload, position, xid) {
      surveys.push(xid === null ? position : `${position} ${xid}`)
      const code = fails[position]
      if (code !== null) throw new ClyraError(code, 'expected a survey, found none')
      return { snapshot: { relations: [] } as unknown as Prepared['before'], anchor: { ...anchor, position, xid } }
    },
    async redemption({ change_id }) {
      if (!redeemed.has(change_id)) return null
      return { grant_id: '0192f0c4-7d7e-7a3b-8c55-3f1d2b6a9e10', xid: '742', login: 'etl', redeemed_at: await now() }
    },
    async settle({ change_id }) {
      if (redeemed.has(change_id)) return settled({ outcome: 'enforced', code: null, settled_by: 'guard_row' })
      stones.add(change_id)
      return settled({ outcome: 'failed', code: 'CLYRA_ENFORCE_NOT_APPLIED', settled_by: 'tombstone' })
    },
  }
  return {
    warehouse: warehouse as Warehouse,
    surveys,
    fails,
    commit: (changeId) => !stones.has(changeId) && redeemed.add(changeId).has(changeId),
  }
}

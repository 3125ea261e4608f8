// A freeze reaches callers too: each run whose caller has the work looks at once, and takes it back.
import type { GatewayDeps } from './deps.ts'

const pageSize = 100

/** Wakes the runs of a target, or of every target of the tenant where it is null. */
export async function wakeCallers({ ledger, workflows }: Pick<GatewayDeps, 'ledger' | 'workflows'>, tenant: string, target: string | null) {
  for (let after: number | null = 0; after !== null; ) {
    const rows = await ledger.changes.list(tenant, { after, limit: pageSize, state: 'ENFORCING' })
    const held = rows.filter((row) => row.executor === 'caller' && (target === null || row.target === target))
    for (const { change_id, attempt } of held) await workflows.complete({ tenant, change_id, attempt })
    after = rows.length < pageSize ? null : (rows.at(-1)?.seq ?? null)
  }
}

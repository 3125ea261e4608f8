// A freeze reaches callers too: each run whose caller has the work looks at once, and takes it back.
import { codeOf } from '../../core/errors.ts'
import type { GatewayDeps } from './deps.ts'

const pageSize = 100

/**
 * Wakes the runs of a target, or of every target of the tenant where it is null. Never rejects: the freeze stands already, and a run
 * that was not reached looks when its window closes.
 */
export async function wakeCallers(
  { ledger, workflows, log }: Pick<GatewayDeps, 'ledger' | 'workflows' | 'log'>,
  tenant: string,
  target: string | null,
) {
  try {
    for (let after: number | null = 0; after !== null; ) {
      const rows = await ledger.changes.list(tenant, { after, limit: pageSize, state: 'ENFORCING' })
      const held = rows.filter((row) => row.executor === 'caller' && (target === null || row.target === target))
      await Promise.all(held.map(({ change_id, attempt }) => workflows.complete({ tenant, change_id, attempt })))
      after = rows.length < pageSize ? null : (rows.at(-1)?.seq ?? null)
    }
  } catch (error) {
    log.warn({ tenant, target, code: codeOf(error) }, 'a freeze could not be told to every caller’s run')
  }
}

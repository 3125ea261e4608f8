// The sweeper: no change stays unsealed because its run was ended from outside, was forgotten, or never started.
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf } from '../../core/errors.ts'
import type { ChangeRow } from '../../ledger/types.ts'
import type { GatewayDeps } from './deps.ts'
import { summaryOf } from './submit.ts'

const pageSize = 100
const everyMs = 15_000

type Parts = Pick<GatewayDeps, 'ledger' | 'workflows' | 'log'>

/**
 * Looks at every change that is not closed, once, and starts a run for each that has none: a sealing one where the run was ended
 * from outside, the usual one where the attempt never got its first receipt. Safe beside a second sweeper.
 * CLYRA_API_BUSY, CLYRA_API_UNREACHABLE, CLYRA_LEDGER_UNAVAILABLE.
 */
export async function sweep({ ledger, workflows, log }: Parts): Promise<void> {
  for (let page = await ledger.changes.unsealed(0, pageSize); page.length > 0; ) {
    for (const { tenant, change_id, attempt } of page) {
      const run = { tenant, change_id, attempt }
      const fate = await workflows.fate(run)
      if (fate === 'running') continue
      // Its run may have closed it since the page was read.
      const row = await ledger.changes.get(tenant, change_id)
      if (row === null || row.state === 'CLOSED' || row.attempt !== attempt) continue
      log.warn({ run, state: row.state, fate }, 'a change without a run')
      await workflows.start(run, { summary: summaryOf(row), target: row.target, ...(neverBegan(row, fate) ? {} : { terminated: true }) })
    }
    page = await ledger.changes.unsealed(page.at(-1)?.seq ?? 0, pageSize)
  }
}

const neverBegan = ({ state }: ChangeRow, fate: string): boolean => fate === 'unknown' && state === 'OPEN'

/** Sweeps now and every 15 seconds, until the function it answers is called. */
export function keepSweeping(parts: Parts): () => Promise<void> {
  const stop = new AbortController()
  const running = (async () => {
    while (!stop.signal.aborted) {
      await sweep(parts).catch((error: unknown) => parts.log.warn({ code: codeOf(error) }, 'sweep failed'))
      await pause(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  })()
  return async () => {
    stop.abort()
    await running
  }
}

// Follows a change until it is over, one line a state.
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, errorKind } from '../core/errors.ts'
import type { ChangeView } from '../core/generated/types.ts'
import { stateLine } from './change-text.ts'
import type { Client } from './client.ts'

export interface Watch {
  /** `verdict`: until policy has spoken. `grant`: until a caller may ask for his grant. `end`: until the evidence is sealed and the change closed. */
  until: 'verdict' | 'grant' | 'end'
  timeoutSeconds: number
  onLine?: (line: string) => void
}

const longPollSeconds = 30
const patience = { ms: 20_000, pauseMs: 250 }

/**
 * The last view seen: the awaited one, or where the change stood when time was up.
 * A gateway that is busy or restarts is asked again for a while; the change goes on without us.
 */
export async function watch(client: Client, first: ChangeView, { until, timeoutSeconds, onLine }: Watch): Promise<ChangeView> {
  const deadline = performance.now() + timeoutSeconds * 1000
  let view = first
  onLine?.(stateLine(view))
  for (;;) {
    if (reached(view, until)) return view
    const left = (deadline - performance.now()) / 1000
    if (left <= 0) return view
    const seconds = Math.max(1, Math.min(longPollSeconds, Math.ceil(left)))
    const next = await patiently(() => client.changeSince(view.change_id, view.version, seconds))
    if (stateLine(next) !== stateLine(view)) onLine?.(stateLine(next))
    view = next
  }
}

/** Asks again for twenty seconds while the gateway is busy or gone: for what may be asked twice. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patience.ms
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (errorKind(codeOf(error)).http !== 503 || performance.now() > deadline) throw error
      await pause(patience.pauseMs)
    }
  }
}

/** True when there is nothing more to wait for. */
export function reached({ state, verdict, outcome }: ChangeView, until: Watch['until']): boolean {
  if (until === 'verdict') return verdict !== null || outcome !== null
  return until === 'grant' ? state === 'ENFORCING' || outcome !== null : state === 'CLOSED'
}

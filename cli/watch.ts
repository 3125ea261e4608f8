// Follows a change until it is over, one line a state.
import type { ChangeView } from '../core/generated/types.ts'
import { stateLine } from './change-text.ts'
import type { Client } from './client.ts'

export interface Watch {
  /** `verdict`: until policy has spoken. `end`: until the evidence is sealed and the change closed. */
  until: 'verdict' | 'end'
  timeoutSeconds: number
  onLine?: (line: string) => void
}

const longPollSeconds = 30

/** The last view seen: the awaited one, or where the change stood when time was up. */
export async function watch(client: Client, first: ChangeView, { until, timeoutSeconds, onLine }: Watch): Promise<ChangeView> {
  const deadline = performance.now() + timeoutSeconds * 1000
  let view = first
  onLine?.(stateLine(view))
  for (;;) {
    if (reached(view, until)) return view
    const left = (deadline - performance.now()) / 1000
    if (left <= 0) return view
    const next = await client.changeSince(view.change_id, view.version, Math.max(1, Math.min(longPollSeconds, Math.ceil(left))))
    if (stateLine(next) !== stateLine(view)) onLine?.(stateLine(next))
    view = next
  }
}

/** True when there is nothing more to wait for. */
export const reached = (view: ChangeView, until: Watch['until']): boolean =>
  until === 'verdict' ? view.verdict !== null || view.outcome !== null : view.state === 'CLOSED'

// A long poll on one change.
import type { ServerResponse } from 'node:http'
import type { ChangeRow } from '../../ledger/types.ts'
import type { Waits } from './admission.ts'
import type { GatewayDeps } from './deps.ts'

/**
 * Waits until the change has grown past the version `seen`, for at most `seconds`, or until whoever asks goes away. False, at once,
 * when there is nothing to wait for: the row already tells everything.
 */
export async function waitBeyond(
  { ledger }: Pick<GatewayDeps, 'ledger'>,
  waits: Waits,
  row: ChangeRow,
  seen: number,
  seconds: number,
  asker: ServerResponse,
): Promise<boolean> {
  if (seconds === 0 || row.version > seen || row.state === 'CLOSED') return false
  const { signal, done } = waits.begin((listener) => asker.once('close', listener))
  try {
    await ledger.changes.wait(row.change_id, seen, seconds * 1000, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    done()
  }
  return true
}

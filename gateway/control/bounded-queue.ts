// Work in order, per key: some at once, some waiting, the rest refused.
import { ClyraError } from '../../core/errors.ts'

interface Lane {
  running: number
  waiting: (() => void)[]
}

/** Runs a task when its key has a free place. CLYRA_API_BUSY when as many wait as may. */
export function boundedQueue(bounds: { running: number; waiting: number }): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const lanes = new Map<string, Lane>()

  const enter = async (lane: Lane): Promise<void> => {
    if (lane.running < bounds.running) {
      lane.running += 1
      return
    }
    if (lane.waiting.length >= bounds.waiting)
      throw new ClyraError('CLYRA_API_BUSY', `expected at most ${bounds.waiting} waiting for one change`)
    // Whoever leaves hands his place over, so `running` stays as it is.
    await new Promise<void>((resolve) => lane.waiting.push(resolve))
  }

  const leave = (key: string, lane: Lane): void => {
    const next = lane.waiting.shift()
    if (next !== undefined) next()
    else lane.running -= 1
    if (lane.running === 0) lanes.delete(key)
  }

  return async (key, task) => {
    const lane = lanes.get(key) ?? { running: 0, waiting: [] }
    lanes.set(key, lane)
    await enter(lane)
    try {
      return await task()
    } finally {
      leave(key, lane)
    }
  }
}

// Keeps a part of the stack running: when it ends and nobody asked it to, it is started again.
import { setTimeout as pause } from 'node:timers/promises'
import type { Part } from '../../runtime/parts/part.ts'

export interface Supervised<P extends Part> {
  /** The part as it first started. */
  first: P
  stop(): Promise<void>
}

const longestPauseMs = 10_000

/** Starts a part; rejects when its first start does. Later starts are tried until they succeed, each after a longer pause. */
export async function supervise<P extends Part>(
  start: () => Promise<P>,
  report: (event: 'ended' | 'started' | 'failed', pid: number) => void,
): Promise<Supervised<P>> {
  const first = await start()
  const asked = new AbortController()
  let current: Part = first

  const again = async (): Promise<Part | null> => {
    for (let wait = 200; ; wait = Math.min(wait * 2, longestPauseMs)) {
      await pause(wait, undefined, { signal: asked.signal }).catch(() => undefined)
      if (asked.signal.aborted) return null
      try {
        return await start()
      } catch {
        report('failed', 0)
      }
    }
  }
  const watch = async (): Promise<void> => {
    for (;;) {
      await current.ended
      if (asked.signal.aborted) return
      report('ended', current.pid)
      const next = await again()
      if (next === null) return
      current = next
      // It was just coming up when it was asked to stop.
      if (asked.signal.aborted) return next.stop()
      report('started', current.pid)
    }
  }
  const watching = watch()
  return {
    first,
    async stop() {
      asked.abort()
      await current.stop()
      await watching
    },
  }
}

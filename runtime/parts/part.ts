// A part of a stack that runs as a child process: it can end by itself, and it can be ended.
import type { ChildProcess } from 'node:child_process'

export interface Part {
  pid: number
  /** Resolves when the process has ended, by whatever cause. */
  ended: Promise<void>
  /** Asks it to end, makes it end after a while, and resolves when it has. */
  stop(): Promise<void>
}

/** The part that a child process is. `signal` asks it to end in good order. */
export function partOf(child: ChildProcess, signal: 'SIGTERM' | 'SIGINT', patienceMs: number): Part {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill(signal)
      const patience = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      await ended
      clearTimeout(patience)
    },
  }
}

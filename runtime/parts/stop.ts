// Ending a child process: asked first, then made to.
import type { ChildProcess } from 'node:child_process'

/** A function that sends SIGTERM, SIGKILL after `patienceMs`, and resolves when the process has ended. */
export function stopper(child: ChildProcess, patienceMs: number): () => Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return async () => {
    child.kill('SIGTERM')
    const patience = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    await ended
    clearTimeout(patience)
  }
}

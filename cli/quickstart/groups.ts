// Programs of somebody else's, each in a process group of its own: so that one can die without the others, and all it started with it.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { ClyraError } from '../../core/errors.ts'

const patienceMs = 10_000

// The part itself, and beside it somebody who ends its group when whoever started it is gone: the line between them is file 3.
const withParent = '(cat <&3 >/dev/null; kill -KILL 0) & exec "$@" 3<&-'

export interface Groups<Name extends string> {
  /** Process id of a part; its process group has the same number. */
  pid(name: Name): number
  /** Starts a part, or starts it again. */
  start(name: Name): void
  /** kill -9 of a part and all it started. */
  kill(name: Name): void
  logFile(name: string): string
  /** Waits until `ready`. CLYRA_CONFIG_START_FAILED names the log when the part ends before, or takes longer than `seconds`. */
  untilReady(name: Name, seconds: number, ready: () => Promise<boolean>): Promise<void>
  /** Stops every part and all they started. */
  stop(): Promise<void>
}

/** Parts by name, each with its command. Logs go to `<home>/<name>.log`; nothing is started yet. */
export function groupsOf<Name extends string>(
  home: string,
  env: NodeJS.ProcessEnv,
  commands: Record<Name, readonly string[]>,
): Groups<Name> {
  const children = new Map<Name, ChildProcess>()
  const pid = (name: Name) => children.get(name)?.pid ?? 0
  const logFile = (name: string) => join(home, `${name}.log`)
  const stop = async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      for (const name of children.keys()) signalGroup(pid(name), signal)
      const deadline = Date.now() + patienceMs
      while ([...children.keys()].some((name) => signalGroup(pid(name), 0)) && Date.now() < deadline) await pause(50)
    }
  }
  return {
    pid,
    start(name) {
      const log = openSync(logFile(name), 'a', 0o600)
      const words = ['-c', withParent, 'sh', ...commands[name]]
      const child = spawn('/bin/sh', words, { cwd: home, env, stdio: ['ignore', log, log, 'pipe'], detached: true })
      closeSync(log)
      child.unref()
      ;(child.stdio[3] as Socket).unref()
      children.set(name, child)
    },
    kill: (name) => void signalGroup(pid(name), 'SIGKILL'),
    logFile,
    async untilReady(name, seconds, ready) {
      const deadline = Date.now() + seconds * 1000
      while (!(await ready())) {
        if (Date.now() > deadline || children.get(name)?.exitCode !== null) {
          await stop()
          throw new ClyraError('CLYRA_CONFIG_START_FAILED', `${name} did not become ready; its log is ${logFile(name)}`)
        }
        await pause(100)
      }
    },
    stop,
  }
}

/** False when no process of the group is left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  if (pid === 0) return false
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

// The worker and the gateway as processes of their own, so that one can die without the other.
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ClyraError } from '../../core/errors.ts'
import { type Part, partOf } from '../../runtime/parts/part.ts'

const bin = fileURLToPath(new URL('../bin.ts', import.meta.url))

/** Starts `clyra <command>` detached, with its log in logs/, and waits until `ready` says so. CLYRA_CONFIG_START_FAILED names the log. */
export async function startPart(
  state: string,
  root: string,
  command: string[],
  ready: (child: ChildProcess) => Promise<boolean>,
): Promise<Part> {
  const logFile = join(state, 'logs', `${command[0]}.log`)
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(process.execPath, [bin, ...command], {
    cwd: root,
    env: { ...process.env, CLYRA_HOME: root },
    stdio: ['ignore', log, log],
    detached: true,
  })
  const part = partOf(child, 'SIGTERM', 20_000)
  const deadline = Date.now() + 60_000
  while (!(await ready(child))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new ClyraError('CLYRA_CONFIG_START_FAILED', `\`clyra ${command[0]}\` did not become ready; its log is ${logFile}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return part
}

/** True when the address answers 200. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}

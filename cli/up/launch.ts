// Starts the stack process and follows it until it is ready.
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ClyraError, type ErrorCode } from '../../core/errors.ts'
import { homeDir, type RunFile, stateDir } from '../../runtime/config.ts'
import type { StackMessage } from './stack-process.ts'
import { makeStateDir } from './state.ts'

export interface Launched {
  run: RunFile
  /** Resolves when the stack process ends, by whatever cause. */
  ended: Promise<void>
  stop(): Promise<void>
}

/** CLYRA_CONFIG_* as the stack reports them. */
export async function launchStack(progress: (line: string) => void): Promise<Launched> {
  makeStateDir(stateDir())
  const log = openSync(join(stateDir(), 'logs/stack.log'), 'a', 0o600)
  const script = fileURLToPath(new URL('./stack-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, CLYRA_HOME: homeDir() },
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const run = await untilReady(child, progress)
  return {
    run,
    ended,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

const untilReady = (child: ChildProcess, progress: (line: string) => void): Promise<RunFile> =>
  new Promise((resolve, reject) => {
    child.on('message', (message: StackMessage) => {
      if (message.type === 'progress') progress(message.line)
      if (message.type === 'ready') resolve(message.run)
      if (message.type === 'failed') reject(new ClyraError(message.code as ErrorCode, message.message))
    })
    child.once('exit', () =>
      reject(new ClyraError('CLYRA_CONFIG_START_FAILED', 'the stack ended before it was ready; its log is .clyra/logs/stack.log')),
    )
  })

// Starts and ends the user's worker of a test stack: another task queue on the same Temporal, another process.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestStack } from '../stack.ts'
import type { Settings } from './worker.ts'

export interface UsersWorker {
  /** Grant tokens the user's activities have held so far. */
  tokens(): string[]
  /** kill -9, and another in its place. */
  killAndRestart(): Promise<void>
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** A worker with the token of the stack's pipeline and the log key of its trust folder. `gateway` is where it finds the stack's. */
export async function startUsersWorker({ run, key, home }: TestStack, gateway = run.gateway): Promise<UsersWorker> {
  const folder = mkdtempSync(join(tmpdir(), 'clyra-users-'))
  const tokens = join(folder, 'tokens')
  const secret = (name: string) => readFileSync(key(name), 'utf8').trim()
  const [, logKey = ''] = /^log (\S+)$/m.exec(readFileSync(join(home, '.clyra/trust/log.policy'), 'utf8')) ?? []
  const settings: Settings = {
    address: run.temporal.address,
    gateway,
    token: secret('pipeline.token'),
    logKey,
    url: secret('shop-etl.url'),
    tokens,
  }
  const file = join(folder, 'settings.json')
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 })
  let child = await launch(file)
  return {
    tokens: () => (existsSync(tokens) ? readFileSync(tokens, 'utf8').trim().split('\n') : []),
    async killAndRestart() {
      await end(child, 'SIGKILL')
      child = await launch(file)
    },
    async stop() {
      await end(child, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function launch(file: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`expected the user’s worker to run, found that it ended with ${code}`)
  })
  await Promise.race([once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data'), ended])
  ended.catch(() => undefined)
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

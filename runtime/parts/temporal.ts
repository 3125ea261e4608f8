// The Temporal dev server as a child process: `temporal` on PATH, else the one of the project's .venv.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { ClyraError } from '../../core/errors.ts'
import { searchAttributes } from '../../core/messages.ts'
import { type Part, partOf } from './part.ts'
import { freePort } from './port.ts'

export interface TemporalOptions {
  /** The checkout of the project, where .venv may be. */
  checkout: string
  /** SQLite file that keeps runs over a restart; in memory when absent. */
  dbFile?: string
  logFile: string
  port?: number
  /** A UI is started on this port when given. */
  uiPort?: number
}

export interface TemporalServer extends Part {
  address: string
  ui: string | null
}

/** The binary that would run, or null. */
export function findTemporal(checkout: string): string | null {
  const bundled = join(checkout, '.venv/bin/temporal')
  try {
    return execFileSync('sh', ['-c', 'command -v temporal'], { encoding: 'utf8' }).trim()
  } catch {
    return existsSync(bundled) ? bundled : null
  }
}

/** Starts the server and waits until it is healthy. CLYRA_CONFIG_PART_MISSING, CLYRA_CONFIG_START_FAILED. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const binary = findTemporal(options.checkout)
  if (binary === null) throw new ClyraError('CLYRA_CONFIG_PART_MISSING', 'expected `temporal` on PATH or in .venv/bin, found neither')
  const port = options.port ?? (await freePort())
  const address = `127.0.0.1:${port}`
  const log = openSync(options.logFile, 'a', 0o600)
  const child = spawn(binary, argumentsOf(options, port), { stdio: ['ignore', log, log], detached: true })
  const part = partOf(child, 'SIGTERM', 5000)
  try {
    await untilHealthy(binary, address, child)
  } catch (cause) {
    child.kill('SIGKILL')
    throw new ClyraError('CLYRA_CONFIG_START_FAILED', `Temporal did not become healthy on ${address}; its log is ${options.logFile}`, {
      cause,
    })
  }
  return {
    ...part,
    address,
    ui: options.uiPort === undefined ? null : `http://127.0.0.1:${options.uiPort}`,
  }
}

// Without the poll rate a dev server steps in 50 ms for every workflow task, since it has one shard.
function argumentsOf({ dbFile, uiPort }: TemporalOptions, port: number): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'],
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)]),
    ...(dbFile === undefined ? [] : ['--db-filename', dbFile]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ]
}

async function untilHealthy(binary: string, address: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`exit ${child.exitCode}`)
    const probe = spawn(binary, ['operator', 'cluster', 'health', '--address', address], { stdio: 'ignore' })
    const code = await new Promise<number | null>((resolve) => probe.once('exit', resolve))
    if (code === 0) return
    if (Date.now() > deadline) throw new Error('not healthy within 30 s')
  }
}

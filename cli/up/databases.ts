// The two databases of a local stack: Clyra's own store, and the demo warehouse it governs.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '../../ledger/migrate.ts'
import { installGuard } from '../../plugins/postgres/install.ts'
import { scramVerifier } from '../../plugins/postgres/scram.ts'
import type { Config } from '../../runtime/config.ts'
import { type PostgresServer, startPostgres } from '../../runtime/parts/postgres.ts'
import { databaseDir, keepSecret, randomSecret, writeSecret } from './state.ts'

/**
 * What a server of ours is told: its log has what happens to the server. Of a statement that fails nothing, since even the message may
 * quote a value; its caller is told.
 */
export const quiet = {
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_error_verbosity: 'terse',
}

/** Starts the store, brings its schema up to date and writes the service login to keys/store.url. */
export async function startStore(state: string, port: number): Promise<PostgresServer> {
  const password = keepSecret(join(state, 'keys/store-admin.password'), randomSecret)
  const server = await startPostgres({ dir: join(databaseDir(state), 'store'), port, password, settings: quiet })
  await createDatabase(server, 'clyra')
  const servicePassword = keepSecret(join(state, 'keys/store-service.password'), randomSecret)
  await migrate(server.adminUrl('clyra'), { serviceRole: 'clyra_service', servicePassword })
  writeSecret(join(state, 'keys/store.url'), server.url('clyra_service', servicePassword, 'clyra'))
  return server
}

/** Starts the demo warehouse, loads its pack the first time, installs the guard and writes both logins to keys/. */
export async function startWarehouse(config: Config, state: string, port: number): Promise<PostgresServer> {
  const { pack, database } = config.demo ?? { pack: '', database: '' }
  const key = (name: string) => join(state, 'keys', name)
  const password = keepSecret(key('warehouse-admin.password'), randomSecret)
  const settings = { ...quiet, client_connection_check_interval: '500ms', wal_level: 'logical' }
  const server = await startPostgres({ dir: join(databaseDir(state), 'warehouse'), port, password, settings })
  if (await createDatabase(server, database)) await runFiles(server.adminUrl(database), config.root, pack, ['schema.sql', 'data.sql'])
  writeSecret(key('warehouse-admin.url'), server.adminUrl(database))
  const dmlPassword = keepSecret(key('shop-dml.password'), randomSecret)
  const ddlPassword = keepSecret(key('shop-ddl.password'), randomSecret)
  const callerPassword = keepSecret(key('shop-etl.password'), randomSecret)
  await createCaller(server.adminUrl(database), callerPassword)
  await installGuard({
    admin: server.adminUrl(database),
    dmlPassword,
    ddlPassword,
    owner: 'shop_owner',
    schemas: ['shop', 'staging'],
    callers: [demoCaller],
  })
  writeSecret(key('shop-dml.url'), server.url('clyra_dml', dmlPassword, database))
  writeSecret(key('shop-ddl.url'), server.url('clyra_ddl', ddlPassword, database))
  writeSecret(key('shop-etl.url'), server.url(demoCaller, callerPassword, database))
  return server
}

const demoCaller = 'etl'

// The demo's own job: a login with rights of its own, which it had before there was a Clyra.
async function createCaller(url: string, password: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [demoCaller])
    if (rowCount === 0) await client.query(`create role ${demoCaller} login`)
    await client.query(`alter role ${demoCaller} password ${client.escapeLiteral(scramVerifier(password))}`)
    await client.query(
      `grant usage on schema shop to ${demoCaller}; grant select, insert, update, delete on all tables in schema shop to ${demoCaller}`,
    )
  })
}

/** True when the database was made now. */
async function createDatabase(server: PostgresServer, name: string): Promise<boolean> {
  return withClient(server.adminUrl(), async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
    return rowCount === 0
  })
}

/** Runs SQL files of a pack as the administrator. */
export async function runFiles(url: string, root: string, pack: string, files: readonly string[]): Promise<void> {
  await withClient(url, async (client) => {
    for (const file of files) await client.query(readFileSync(join(root, pack, file), 'utf8'))
  })
}

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

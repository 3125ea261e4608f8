// The servers Clyra starts keep quiet: what happens to them is in their log, what they are told and what they hold is not.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { type PostgresServer, startPostgres } from '../../runtime/parts/postgres.ts'
import { postgresBinaries } from '../../runtime/parts/postgres-binaries.ts'
import { until } from '../../tests/support/kill.ts'
import { searchFor } from '../../tests/support/leaks.ts'
import { quiet } from './databases.ts'

const canaries = { statement: 'canarystatement7f3a9c', parameter: 'canaryparameter5b8d2e', row: 'canaryrow91c4d7aa10' }
let folder: string
let server: PostgresServer
let client: pg.Client
let child: ChildProcess

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clyra-quiet-'))
  chmodSync(folder, 0o755)
  server = await startPostgres({ dir: join(folder, 'data'), password: 'of-a-test', settings: quiet })
  await server.stop()
  // Once more with a log in files, so that there is something to search: the stack keeps the last lines in memory alone.
  const binaries = await postgresBinaries()
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(server.port),
    unix_socket_directories: '',
    logging_collector: 'on',
    ...quiet,
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  child = spawn(binaries.postgres, ['-D', join(folder, 'data'), ...flags], { ...binaries.owner, env: { LC_ALL: 'C' }, stdio: 'ignore' })
  await until(() =>
    connect()
      .then((one) => one.end())
      .then(
        () => true,
        () => false,
      ),
  )
  client = await connect()
  await client.query('create table t (id int primary key, name text check (length(name) < 30))')
}, 60_000)

afterAll(async () => {
  const ended = new Promise((resolve) => child?.once('exit', resolve))
  await client?.end()
  if (child?.kill('SIGQUIT')) await ended
  rmSync(folder, { recursive: true, force: true })
})

async function connect(): Promise<pg.Client> {
  const one = new pg.Client({ connectionString: server.adminUrl() })
  one.on('error', () => undefined)
  await one.connect()
  return one
}

const log = (): Buffer => {
  const dir = join(folder, 'data/log')
  return Buffer.concat(readdirSync(dir).map((file) => readFileSync(join(dir, file))))
}
test('statements, parameters and rows of what failed or was killed are not in the log', async () => {
  const { statement, parameter, row } = canaries
  const failing: [string, unknown[]][] = [
    [`selekt '${statement}'`, []],
    [`insert into t values (1, '${statement} ${'x'.repeat(30)}')`, []],
    ['insert into t values (1, $1)', [`${parameter} ${'x'.repeat(30)}`]],
    ['select $1::int', [parameter]],
    [`do $$ begin raise exception '${'%'}', 1; end $$ -- ${statement}`, []],
    [`select name::int from (values ('${row}')) as v (name) limit length($1)`, [parameter]],
  ]
  for (const [sql, values] of failing) await expect(client.query(sql, values)).rejects.toThrow()
  await client.query('insert into t values (1, $1)', [row])
  await expect(client.query('insert into t values (1, $1)', [row])).rejects.toThrow('duplicate key')

  const victim = await connect()
  const { rows } = await victim.query<{ pid: number }>('select pg_backend_pid() as pid')
  await client.query('begin')
  await client.query('select from t for update')
  const killed = victim.query(`update t set name = $1 where name <> '${statement}'`, [parameter])
  const waits = 'select from pg_stat_activity where pid = $1 and wait_event_type = $2'
  while ((await client.query(waits, [rows[0]?.pid, 'Lock'])).rowCount === 0);
  process.kill(rows[0]?.pid as number, 'SIGKILL')
  await expect(killed).rejects.toThrow()
  await until(() => log().includes('terminated by signal 9'))

  expect(searchFor([...Object.values(canaries), 'update t set name', 'insert into t values'])(log())).toEqual([])
}, 60_000)

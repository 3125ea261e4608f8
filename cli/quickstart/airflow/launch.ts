// The four parts of a real Airflow on loopback, each a process in a group of its own, so that one can die without the others.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { ClyraError } from '../../../core/errors.ts'
import { freePort } from '../../../runtime/parts/port.ts'
import { answers } from '../../up/processes.ts'
import { type AirflowApi, airflowApi } from './api.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const bin = join(root, '.venv-airflow/bin')
const commands = {
  'api-server': ['api-server'],
  scheduler: ['scheduler', '--skip-serve-logs'],
  'dag-processor': ['dag-processor'],
  triggerer: ['triggerer', '--skip-serve-logs'],
} as const

// The part itself, and beside it somebody who ends its group when whoever started it is gone: the line between them is file 3.
const withParent = '(cat <&3 >/dev/null; kill -KILL 0) & exec "$@" 3<&-'

export type AirflowPart = keyof typeof commands

export interface Airflow {
  url: string
  /** What one of the people may ask of it, logged in. */
  as(person: string): Promise<AirflowApi>
  /** The password of each of the people. */
  password: string
  /** kill -9 of a part and all it started. */
  kill(part: AirflowPart): void
  /** Starts a part that was killed. */
  start(part: AirflowPart): void
  /** Stops every part and all they started. */
  stop(): Promise<void>
}

/** False where Airflow is not installed: `make python` does it. */
export const isAirflowInstalled = (): boolean => existsSync(join(bin, 'airflow'))

/** The DAGs that the provider shows and its tests run. */
export const exampleDags = join(root, 'plugins/airflow/src/airflow_provider_clyra/example_dags')

/**
 * Starts Airflow with its state below `home`, these people as its users, `env` over its settings, and waits until its API answers.
 * Its own tables go into a database `airflow` beside the one that `admin` names. CLYRA_CONFIG_START_FAILED names the log.
 */
export async function launchAirflow(home: string, people: string[], admin: string, env: Record<string, string>): Promise<Airflow> {
  mkdirSync(join(home, 'logs'), { recursive: true })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const outer: NodeJS.ProcessEnv = { ...process.env, AIRFLOW_HOME: home }
  const path = `${bin}${delimiter}${outer.PATH}`
  const settings = { ...outer, PATH: path, ...settingsOf(home, port, people, await makeDatabase(admin)), ...env }
  const password = randomBytes(12).toString('base64url')
  writeFileSync(join(home, 'passwords.json'), JSON.stringify(Object.fromEntries(people.map((person) => [person, password]))), {
    mode: 0o600,
  })
  const logFile = (name: string) => join(home, `${name}.log`)
  const children = new Map<AirflowPart, ChildProcess>()
  const pid = (part: AirflowPart) => children.get(part)?.pid ?? 0
  migrate(settings, logFile('migrate'))
  const start = (part: AirflowPart) => {
    const log = openSync(logFile(part), 'a', 0o600)
    const words = ['-c', withParent, 'sh', join(bin, 'airflow'), ...commands[part]]
    const child = spawn('/bin/sh', words, { cwd: home, env: settings, stdio: ['ignore', log, log, 'pipe'], detached: true })
    closeSync(log)
    child.unref()
    ;(child.stdio[3] as Socket).unref()
    children.set(part, child)
  }
  const stop = async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      for (const part of children.keys()) signalGroup(pid(part), signal)
      const deadline = Date.now() + 10_000
      while ([...children.keys()].some((part) => signalGroup(pid(part), 0)) && Date.now() < deadline) await pause(100)
    }
  }
  for (const part of Object.keys(commands) as AirflowPart[]) start(part)
  const deadline = Date.now() + 120_000
  while (!(await answers(`${url}/api/v2/version`))) {
    if (Date.now() > deadline || children.get('api-server')?.exitCode !== null) {
      await stop()
      throw new ClyraError('CLYRA_CONFIG_START_FAILED', `Airflow did not become ready; its log is ${logFile('api-server')}`)
    }
    await pause(200)
  }
  return {
    url,
    as: (person) => airflowApi(url, person, password),
    password,
    kill: (part) => void signalGroup(pid(part), 'SIGKILL'),
    start,
    stop,
  }
}

function migrate(env: NodeJS.ProcessEnv, logFile: string): void {
  const log = openSync(logFile, 'a', 0o600)
  const { status } = spawnSync(join(bin, 'airflow'), ['db', 'migrate'], { env, stdio: ['ignore', log, log] })
  closeSync(log)
  if (status !== 0) throw new ClyraError('CLYRA_CONFIG_START_FAILED', `\`airflow db migrate\` failed; its log is ${logFile}`)
}

/** False when no process of the group is left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  if (pid === 0) return false
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

// SQLite locks out whoever writes second, and Airflow writes from everywhere.
async function makeDatabase(admin: string): Promise<string> {
  const client = new pg.Client({ connectionString: admin })
  await client.connect()
  try {
    const { rowCount } = await client.query(`select from pg_catalog.pg_database where datname = 'airflow'`)
    if (rowCount === 0) await client.query('create database airflow')
  } finally {
    await client.end()
  }
  const url = new URL(admin)
  url.pathname = '/airflow'
  return url.href.replace(/^postgres(ql)?:/, 'postgresql+psycopg:')
}

function settingsOf(home: string, port: number, people: string[], database: string): Record<string, string> {
  const url = `http://127.0.0.1:${port}`
  const secret = () => randomBytes(32).toString('base64')
  return {
    // Without compiled files every process of Airflow takes seconds more.
    PYTHONDONTWRITEBYTECODE: '',
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: database,
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC: database,
    AIRFLOW__CORE__DAGS_FOLDER: exampleDags,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__PARALLELISM: '6',
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: 'False',
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS: people.map((person) => `${person}:admin`).join(','),
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE: join(home, 'passwords.json'),
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${url}/execution/`,
    AIRFLOW__CORE__FERNET_KEY: `${randomBytes(32).toString('base64url')}=`,
    AIRFLOW__API__HOST: '127.0.0.1',
    AIRFLOW__API__PORT: String(port),
    AIRFLOW__API__BASE_URL: url,
    AIRFLOW__API__WORKERS: '1',
    AIRFLOW__API__SECRET_KEY: secret(),
    AIRFLOW__API_AUTH__JWT_SECRET: secret(),
    AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES: '1',
    AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC: '2',
    AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME: '0.5',
    AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL: '2',
    AIRFLOW__LOGGING__LOGGING_LEVEL: 'INFO',
  }
}

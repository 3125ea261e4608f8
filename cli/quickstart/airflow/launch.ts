// The four parts of a real Airflow on loopback.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { ClyraError } from '../../../core/errors.ts'
import { freePort } from '../../../runtime/parts/port.ts'
import { answers } from '../../up/processes.ts'
import { type Groups, groupsOf } from '../groups.ts'
import { type AirflowApi, airflowApi } from './api.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const bin = join(root, '.venv-airflow/bin')
const commands = {
  'api-server': [join(bin, 'airflow'), 'api-server'],
  scheduler: [join(bin, 'airflow'), 'scheduler', '--skip-serve-logs'],
  'dag-processor': [join(bin, 'airflow'), 'dag-processor'],
  triggerer: [join(bin, 'airflow'), 'triggerer', '--skip-serve-logs'],
} as const

export type AirflowPart = keyof typeof commands

export interface Airflow {
  url: string
  /** What one of the people may ask of it, logged in. */
  as(person: string): Promise<AirflowApi>
  /** The password of each of the people. */
  password: string
  parts: Groups<AirflowPart>
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
  migrate(settings, join(home, 'migrate.log'))
  const parts = groupsOf<AirflowPart>(home, settings, commands)
  for (const part of Object.keys(commands) as AirflowPart[]) parts.start(part)
  await parts.untilReady('api-server', 120, () => answers(`${url}/api/v2/version`))
  return { url, as: (person) => airflowApi(url, person, password), password, parts }
}

function migrate(env: NodeJS.ProcessEnv, logFile: string): void {
  const log = openSync(logFile, 'a', 0o600)
  const { status } = spawnSync(join(bin, 'airflow'), ['db', 'migrate'], { env, stdio: ['ignore', log, log] })
  closeSync(log)
  if (status !== 0) throw new ClyraError('CLYRA_CONFIG_START_FAILED', `\`airflow db migrate\` failed; its log is ${logFile}`)
}

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

// The real Airflow beside a test stack: its DAGs are those of the provider, and between it and the gateway is a line that can be cut.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { v4 as uuid } from 'uuid'
import { createClient } from '../../cli/client.ts'
import type { AirflowApi, TaskInstance } from '../../cli/quickstart/airflow/api.ts'
import { type Airflow, launchAirflow } from '../../cli/quickstart/airflow/launch.ts'
import type { ChangeView } from '../../core/generated/types.ts'
import { signDecision } from '../../evidence/decision.ts'
import { fileSigner } from '../../runtime/keys.ts'
import { type CuttableLine, cuttableLine } from './cuttable-line.ts'
import { filesBelow } from './leaks.ts'
import { checkout, type TestStack } from './stack.ts'

export interface TestAirflow extends Airflow {
  line: CuttableLine
  ana: AirflowApi
  ben: AirflowApi
  /** Stops Airflow and the line. */
  stop(): Promise<void>
}

/** Ana and ben work in it; its service token is that of `pipeline`. */
export async function startTestAirflow(stack: TestStack): Promise<TestAirflow> {
  const line = await cuttableLine(Number(new URL(stack.run.gateway).port))
  const secret = (name: string) => readFileSync(stack.key(name), 'utf8').trim()
  const connection = { conn_type: 'clyra', host: `http://127.0.0.1:${line.port}`, password: secret('pipeline.token') }
  const verifier = [process.execPath, join(checkout, 'verifier/ts/main.ts'), '--json', '--trust', join(stack.home, '.clyra/trust')]
  const airflow = await launchAirflow(
    join(stack.home, 'airflow'),
    ['ana@shop.example', 'ben@shop.example'],
    secret('warehouse-admin.url'),
    {
      AIRFLOW_CONN_CLYRA_DEFAULT: JSON.stringify(connection),
      AIRFLOW_CONN_CLYRA_REVIEW: JSON.stringify({
        ...connection,
        extra: { mode: 'review', spool: join(stack.home, 'airflow/spool.jsonl') },
      }),
      AIRFLOW_CONN_SHOP_ETL: secret('shop-etl.url'),
      AIRFLOW__CLYRA__VERIFIER: verifier.join(' '),
    },
  ).catch(async (error) => {
    await line.stop()
    throw error
  })
  const [ana, ben] = await Promise.all([airflow.as('ana@shop.example'), airflow.as('ben@shop.example')])
  const stop = async () => {
    await airflow.parts.stop()
    await line.stop()
  }
  await untilSeen('the DAGs', async () => (await Promise.all(dags.map((dag) => ana.isKnown(dag)))).every(Boolean))
  return { ...airflow, line, ana, ben, stop }
}

const dags = ['clyra_governed_change', 'clyra_held_change', 'clyra_gate', 'clyra_evidence']

const terminal = ['failed', 'success', 'skipped']

/** One task of one run, and the changes it asked for. */
export interface TaskRun {
  dag: string
  id: string
  task: string
  look(): Promise<TaskInstance>
  /** Looks until the task is in this state, at this try. Throws when it has failed or succeeded otherwise. */
  reach(state: string, tryNumber?: number): Promise<TaskInstance>
  /** The change a link of the task names, once it does. */
  change(): Promise<string>
  /** Looks until the task waits in the triggerer: before, Airflow has nobody who could be told that it was killed. */
  wait(): Promise<void>
  clear(): Promise<void>
  mark(state: 'failed' | 'success'): Promise<unknown>
}

/** Triggers a DAG of one task as this person. */
export async function runTask(api: AirflowApi, dag: string, task: string, conf: object): Promise<TaskRun> {
  const id = await api.trigger(dag, conf)
  const look = () => api.task(dag, id, task)
  return {
    dag,
    id,
    task,
    look,
    async reach(state, tryNumber = 1) {
      let seen = await look()
      await untilSeen(`${task} ${state} at try ${tryNumber}`, async () => {
        seen = await look()
        const over = terminal.includes(seen.state ?? '') && seen.try_number >= tryNumber
        if (seen.state === state && seen.try_number === tryNumber) return true
        if (!over && seen.try_number <= tryNumber) return false
        const found = `${seen.state} at try ${seen.try_number}\n${await tail(api, dag, id, task, seen)}`
        throw new Error(`expected ${task} ${state} at try ${tryNumber}, found ${found}`)
      })
      return seen
    },
    async change() {
      let change = ''
      await untilSeen(`a link of ${task}`, async () => {
        change = /chg_[a-z2-7]{26}/.exec((await api.links(dag, id, task))['Clyra change'] ?? '')?.[0] ?? ''
        return change !== ''
      })
      return change
    },
    async clear() {
      // Cleared while Airflow ends the run, a task would be left without a state.
      if (terminal.includes((await look()).state ?? ''))
        await untilSeen(`the end of run ${id}`, async () => terminal.includes(await api.runState(dag, id)))
      await api.clear(dag, id, [task])
    },
    async wait() {
      await untilSeen(`${task} in the triggerer`, async () => {
        const { state, triggerer_job } = await look()
        return state === 'deferred' && triggerer_job !== null
      })
    },
    mark: (state) => api.mark(dag, id, task, state),
  }
}

const tail = async (api: AirflowApi, dag: string, id: string, task: string, { try_number }: TaskInstance) =>
  (await api.log(dag, id, task, try_number).catch(String)).slice(-3000)

/** What the decision was answered with, once the change waits for one. */
export async function decide(
  stack: TestStack,
  person: string,
  changeId: string,
  decision: 'approve' | 'reject' = 'approve',
): Promise<string> {
  await untilChange(stack, changeId, ({ state }) => state === 'AWAITING_APPROVAL')
  return sendDecision(stack, person, changeId, decision)
}

/** The same, whatever state the change is in. Answers the code where it is refused. */
export async function sendDecision(stack: TestStack, person: string, changeId: string, decision: 'approve' | 'reject'): Promise<string> {
  const client = createClient({ base: stack.run.gateway, token: readFileSync(stack.key(`${person}.token`), 'utf8').trim() })
  const { binding } = await client.approval(changeId)
  const said = { decision, person: `${person}@shop.example`, reason: 'as agreed', decision_id: uuid(), signed_at: new Date().toISOString() }
  const envelope = await signDecision({ change_id: changeId, binding, ...said }, await fileSigner(stack.key(`${person}.pem`)))
  const result = await client.decide(changeId, JSON.parse(envelope))
  return result.code ?? result.status
}

/** What Airflow keeps of its tasks: in its database, and in the files below its home. */
export async function keptByAirflow(stack: TestStack): Promise<string[]> {
  const url = new URL(readFileSync(stack.key('warehouse-admin.url'), 'utf8').trim())
  url.pathname = '/airflow'
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  try {
    const tables = ['xcom', 'rendered_task_instance_fields', 'trigger', 'task_instance', 'dag_run', 'log']
    const rows = await client.query<{ text: string }>(tables.map((table) => `select t::text as text from "${table}" t`).join(' union all '))
    const files = filesBelow(join(stack.home, 'airflow')).filter((file) => !file.endsWith('.cfg'))
    return [...rows.rows.map(({ text }) => text), ...files.map((file) => readFileSync(file, 'utf8'))]
  } finally {
    await client.end()
  }
}

/** Looks four times a second until it holds. Rejects after a minute, naming what was waited for. */
export async function untilSeen(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`expected within a minute: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

/** Looks until the change is as wanted. */
export async function untilChange(stack: TestStack, changeId: string, holds: (view: ChangeView) => boolean): Promise<ChangeView> {
  let view = await stack.story.ana.change(changeId)
  await untilSeen(`another state of ${changeId} than ${view.state}, attempt ${view.attempt}`, async () => {
    view = await stack.story.ana.change(changeId)
    return holds(view)
  })
  return view
}

/** Its end, evidence included. */
export const endOf = (stack: TestStack, changeId: string, attempt = 1): Promise<ChangeView> =>
  untilChange(stack, changeId, (view) => view.state === 'CLOSED' && view.attempt === attempt)

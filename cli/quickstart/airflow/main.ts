// make quickstart-airflow: a stack, a real Airflow beside it, and one task that waits until ben has decided, here in the terminal.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { codeOf, errorKind } from '../../../core/errors.ts'
import type { ChangeView } from '../../../core/generated/types.ts'
import { readEnvironment, stateDir } from '../../../runtime/config.ts'
import { type Launched, launchStack } from '../../up/launch.ts'
import { verifiers } from '../check.ts'
import { newStory, type Story } from '../story.ts'
import type { AirflowApi } from './api.ts'
import { type Airflow, launchAirflow } from './launch.ts'

const say = (line: string) => console.log(line)
const key = (name: string) => join(stateDir(), 'keys', name)
const secret = (name: string) => readFileSync(key(name), 'utf8').trim()
const ana = 'ana@shop.example'
const [dag, task] = ['clyra_governed_change', 'add_fee']
const inTerminal = () => readEnvironment().CI === undefined && process.stdin.isTTY && process.stdout.isTTY

/** A real Airflow that asks this stack, as the service `pipeline`. */
function startAirflow(stack: Launched): Promise<Airflow> {
  const connection = { conn_type: 'clyra', host: stack.run.gateway, password: secret('pipeline.token') }
  return launchAirflow(join(stateDir(), 'airflow'), [ana], secret('warehouse-admin.url'), {
    AIRFLOW_CONN_CLYRA_DEFAULT: JSON.stringify(connection),
    AIRFLOW_CONN_SHOP_ETL: secret('shop-etl.url'),
  })
}

async function show(story: Story, airflow: Airflow): Promise<void> {
  const api = await airflow.as(ana)
  await until(() => api.isKnown(dag))
  const run = await api.trigger(dag)
  say(`\nana triggers ${dag}: it adds a fee to 160 orders, more than policy lets through without a second person`)
  await until(async () => (await api.task(dag, run, task)).state === 'deferred')
  const change = await waitingChange(story, api, run)
  say(`  the task waits in the triggerer and holds no slot; its page has the same links, under Details`)
  say(`  task    ${airflow.url}/dags/${dag}/runs/${encodeURIComponent(run)}/tasks/${task}/details  (${ana}, password ${airflow.password})`)
  say(`  change  ${change.links.page}`)
  say(`  run     ${change.links.temporal}`)
  await letBenDecide(story, change.change_id)
  await until(async () => ['success', 'failed'].includes(await api.runState(dag, run)))
  const end = await story.follow(await story.ana.change(change.change_id), 'end')
  say(`\n${(await api.task(dag, run, task)).state}: change ${end.change_id} ended ${end.outcome}, ${end.affected_rows ?? 0} rows`)
  const file = join(stateDir(), 'evidence', end.evidence ?? '')
  for (const { name, verify } of verifiers()) {
    const { exit, verdict } = verify(file)
    say(`  ${end.evidence}: ${name} ${verdict}`)
    if (exit !== 0) throw new Error(`expected ${end.evidence} to be valid, found ${verdict}`)
  }
}

async function waitingChange(story: Story, api: AirflowApi, run: string): Promise<ChangeView> {
  const id = /chg_[a-z2-7]{26}/.exec((await api.links(dag, run, task))['Clyra change'] ?? '')?.[0] ?? ''
  return story.follow(await story.ana.change(id), 'verdict')
}

/** In a terminal he is asked; elsewhere he approves. */
async function letBenDecide({ clyra }: Story, id: string): Promise<void> {
  say(`\nben may approve it here, or anywhere: npx clyra approve ${id} --key-file ${key('ben.pem')}`)
  const approved = !inTerminal() || /^y/i.test(await asked('Approve as ben? (y/n) '))
  const code = await clyra(approved ? 'approve' : 'reject', id, '--key-file', key('ben.pem'), '--reason', 'seen in the quickstart', '--yes')
  if (code !== 0) throw new Error(`expected ben's decision to be taken, found exit code ${code}`)
}

async function asked(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  // Ctrl-C ends the show, not the question alone.
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

async function enrollBen({ clyra }: Story): Promise<void> {
  if (existsSync(key('ben.pem'))) return
  const files = ['--key-file', key('ben.pem'), '--token-file', key('ben.token')]
  const code = await clyra('approver', 'enroll', '--person', 'ben@shop.example', ...files)
  if (code !== 0) throw new Error(`expected ben to be enrolled, found exit code ${code}`)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 300))
}

async function main(): Promise<number> {
  const stopped = new Promise<'stopped'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve('stopped'))
  })
  say('Clyra and Apache Airflow\n\nStarting on loopback:')
  const stack = await launchStack((line) => say(`  ${line}`))
  let airflow: Airflow | null = null
  try {
    const story = newStory(stack.run.gateway, say)
    await enrollBen(story)
    airflow = await startAirflow(stack)
    say(`  Airflow ${airflow.url}`)
    if ((await Promise.race([show(story, airflow), stopped])) === 'stopped') return 0
    if (inTerminal()) {
      say(`\nBoth stay up until Ctrl-C. Airflow ${airflow.url}, Clyra ${stack.run.gateway}`)
      await Promise.race([stopped, stack.ended])
    }
    return 0
  } finally {
    await airflow?.stop()
    await stack.stop()
    say('Stopped.')
  }
}

try {
  process.exit(await main())
} catch (error) {
  const code = codeOf(error)
  console.error(`clyra: ${code} ${(error as Error).message}\n  ${errorKind(code).remedy}`)
  process.exit(1)
}

// make quickstart-airflow: a stack, a real Airflow beside it, and one task that waits until ben has decided, here in the terminal.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ChangeView } from '../../../core/generated/types.ts'
import { homeDir, readSecret, stateDir } from '../../../runtime/config.ts'
import type { Launched } from '../../up/launch.ts'
import { enrollPeople, letBenApprove, showEnd, stay } from '../approval.ts'
import { play, say } from '../play.ts'
import { newStory, type Story } from '../story.ts'
import type { AirflowApi } from './api.ts'
import { type Airflow, launchAirflow } from './launch.ts'

const secret = (name: string) => readSecret(homeDir(), `file:.clyra/keys/${name}`)
const ana = 'ana@shop.example'
const [dag, task] = ['clyra_governed_change', 'add_fee']

/** A real Airflow that asks this stack, as the service `pipeline`. */
function startAirflow({ run }: Launched): Promise<Airflow> {
  const connection = { conn_type: 'clyra', host: run.gateway, password: secret('pipeline.token') }
  return launchAirflow(join(stateDir(), 'airflow'), [ana], secret('warehouse-admin.url'), {
    AIRFLOW_CONN_CLYRA_DEFAULT: JSON.stringify(connection),
    AIRFLOW_CONN_SHOP_ETL: secret('shop-etl.url'),
  })
}

async function show(story: Story, { url, as, password }: Airflow): Promise<void> {
  const api = await as(ana)
  await until(() => api.isKnown(dag))
  const run = await api.trigger(dag)
  say(`\nana triggers ${dag}: it adds a fee to 160 orders, more than policy lets through without a second person`)
  await until(async () => (await api.task(dag, run, task)).state === 'deferred')
  const change = await waitingChange(story, api, run)
  say('  the task waits in the triggerer and holds no slot; its page has the links, under Details')
  say(`  task  ${url}/dags/${dag}/runs/${encodeURIComponent(run)}/tasks/${task}/details  (${ana}, password ${password})`)
  await letBenApprove(story, change)
  await until(async () => ['success', 'failed'].includes(await api.runState(dag, run)))
  showEnd(story, await story.follow(change, 'end'))
  say(`\nAirflow: task ${(await api.task(dag, run, task)).state}`)
}

async function waitingChange(story: Story, api: AirflowApi, run: string): Promise<ChangeView> {
  const id = /chg_[a-z2-7]{26}/.exec((await api.links(dag, run, task))['Clyra change'] ?? '')?.[0] ?? ''
  return story.follow(await story.ana.change(id), 'verdict')
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(300)
}

await play('Clyra with Airflow: a task that waits for an approval', async (stack, asked) => {
  const story = newStory(stack.run.gateway, say)
  await enrollPeople(story)
  const airflow = await startAirflow(stack)
  try {
    say(`  airflow    ${airflow.url}`)
    await Promise.race([show(story, airflow), asked])
    await stay(stack, say, `All of it stays up until Ctrl-C. Airflow ${airflow.url}, gateway ${stack.run.gateway}`, asked)
  } finally {
    await airflow.parts.stop()
  }
})

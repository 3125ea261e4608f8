// make quickstart-dagster: the stack, a real Dagster, and one asset that waits for an approval.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { homeDir, readSecret, stateDir } from '../../../runtime/config.ts'
import type { Launched } from '../../up/launch.ts'
import { enrollPeople, letBenApprove, oldestCancelled, refillOrders, showEnd, stay, untilWaiting } from '../approval.ts'
import { play, say } from '../play.ts'
import { newStory } from '../story.ts'
import { type Dagster, exampleDefinitions, launchDagster } from './launch.ts'

const verifier = fileURLToPath(new URL('../../../verifier/ts/main.ts', import.meta.url))

const startDagster = ({ run }: Launched): Promise<Dagster> =>
  launchDagster(join(stateDir(), 'dagster'), exampleDefinitions, {
    CLYRA_GATEWAY: run.gateway,
    CLYRA_TOKEN: readSecret(homeDir(), 'file:.clyra/keys/pipeline.token'),
    CLYRA_VERIFIER: JSON.stringify([process.execPath, verifier, '--trust', join(stateDir(), 'trust')]),
  })

async function show(stack: Launched, { api, url }: Dagster): Promise<void> {
  const story = newStory(stack.run.gateway, say)
  await enrollPeople(story)
  await refillOrders(story)
  const config = { ops: { cancelled_orders: { config: { up_to: await oldestCancelled(story.warehouse) } } } }
  const run = await api.launch('retention', { config, tags: { 'dagster/user': 'ana@shop.example' } })
  say(`\nDagster runs the job retention for ana: ${url}/runs/${run}`)
  const change = await untilWaiting(story, 'dagster')
  say(`Its asset cancelled_orders waits for the change ${change.change_id}: ${change.reason}`)
  await letBenApprove(story, change)
  showEnd(story, await story.follow(change, 'end'))
  say(`\nDagster: run ${await statusOf(api, run)}; the asset with its links and its check: ${url}/assets/cancelled_orders`)
}

async function statusOf(api: Dagster['api'], run: string): Promise<string> {
  for (;;) {
    const { status } = await api.run(run)
    if (['SUCCESS', 'FAILURE', 'CANCELED'].includes(status)) return status
    await pause(200)
  }
}

await play('Clyra with Dagster: an asset that waits for an approval', async (stack, asked) => {
  const dagster = await startDagster(stack)
  try {
    say(`  dagster    ${dagster.url}`)
    await Promise.race([show(stack, dagster), asked])
    await stay(stack, say, `All of it stays up until Ctrl-C. Dagster ${dagster.url}, gateway ${stack.run.gateway}`, asked)
  } finally {
    await dagster.parts.stop()
  }
})

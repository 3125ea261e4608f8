// make quickstart: a stack, seven changes, their evidence, and what to try next.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Table from 'cli-table3'
import type { ChangeView } from '../../core/generated/types.ts'
import { stateDir } from '../../runtime/config.ts'
import type { Launched } from '../up/launch.ts'
import { enrollPeople, refillOrders, stay } from './approval.ts'
import { edited, flipped, type Verifier, verifiers } from './check.ts'
import { play, say } from './play.ts'
import { scenes } from './scenes.ts'
import { newStory } from './story.ts'

async function show(stack: Launched): Promise<void> {
  const story = newStory(stack.run.gateway, say)
  say('\nPeople: ana asks, ben approves; each has a key file of their own')
  await enrollPeople(story)
  await refillOrders(story)
  const views: ChangeView[] = []
  for (const [index, scene] of scenes.entries()) {
    say(`\n${index + 1}. ${scene.title}`)
    const view = await scene.play(story)
    if (view.outcome !== scene.outcome)
      throw new Error(`expected scene ${index + 1} to end ${scene.outcome}, found ${view.outcome ?? view.state}`)
    views.push(view)
  }
  await checkEvidence(views)
  say(`\n${summary(views)}`)
  for (const view of views) say(`${view.change_id}  ${view.links.temporal ?? ''}`)
  say('\nTry next:')
  say('  npx clyra change list')
  say(`  npx clyra verify .clyra/evidence/${evidenceOf(views[1])} --trust .clyra/trust --explain`)
  say(`  npx clyra change submit --target shop "UPDATE shop.products SET active = false WHERE product_id = 7" --wait`)
}

async function checkEvidence(views: ChangeView[]): Promise<void> {
  const judges = verifiers()
  say('\nVerifying every evidence file offline, with keys from .clyra/trust only')
  const folder = join(stateDir(), 'evidence')
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.zip'))) judge(judges, join(folder, file), file, 0)
  const sample = join(stateDir(), 'evidence', evidenceOf(views[1]))
  judge(judges, flipped(sample), 'a copy with one bit flipped', 1)
  judge(judges, await edited(sample), 'a copy with an edited receipt, CRCs and SHA256SUMS repaired', 1)
  if (judges.length === 1) say('  The Go verifier did not run: no Go found when this was built (make verifiers).')
}

function judge(judges: Verifier[], file: string, title: string, wanted: number): void {
  const results = judges.map((verifier) => ({ name: verifier.name, ...verifier.verify(file) }))
  say(`  ${title}: ${results.map(({ name, verdict, failed }) => `${name} ${verdict}${failed ? ` (${failed})` : ''}`).join(', ')}`)
  const wrong = results.find(({ exit }) => exit !== wanted)
  if (wrong) throw new Error(`expected exit code ${wanted} of the ${wrong.name} verifier for ${title}, found ${wrong.exit}`)
}

const evidenceOf = (view: ChangeView | undefined): string => view?.evidence ?? ''

function summary(views: ChangeView[]): string {
  const table = new Table({ head: ['#', 'change', 'outcome', 'approver', 'anchor', 'evidence'], style: { head: [], border: [] } })
  for (const [index, view] of views.entries())
    table.push([index + 1, view.change_id, outcomeText(view), view.approvers.join(', ') || '-', view.anchor ?? '-', evidenceOf(view)])
  return table.toString()
}

const outcomeText = ({ outcome, code }: ChangeView): string => (code === null ? `${outcome}` : `${outcome}\n${code}`)

await play('Clyra: Data Change Control & Attestation for Modern Pipelines', async (stack, asked) => {
  await Promise.race([show(stack), asked])
  await stay(stack, say, `The stack stays up until Ctrl-C. Gateway ${stack.run.gateway}, Temporal UI ${stack.run.temporal.ui}`, asked)
})

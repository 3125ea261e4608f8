// What every quickstart with an approval needs: two people, a change that waits, and ben's word in the terminal.
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ChangeView } from '../../core/generated/types.ts'
import { readEnvironment, stateDir } from '../../runtime/config.ts'
import { terminal } from '../terminal.ts'
import type { Launched } from '../up/launch.ts'
import { verifiers } from './check.ts'
import type { Story } from './story.ts'

const waitSeconds = 120

/** Ana asks, ben approves; each gets a key file of their own. */
export async function enrollPeople(story: Story): Promise<void> {
  for (const person of ['ana', 'ben']) await enroll(story, person)
}

async function enroll({ clyra }: Story, person: string): Promise<void> {
  const keyFile = keyOf(person)
  if (existsSync(keyFile)) return
  const tokenFile = join(stateDir(), 'keys', person === 'ana' ? 'ana-approver.token' : `${person}.token`)
  const code = await clyra('approver', 'enroll', '--person', `${person}@shop.example`, '--key-file', keyFile, '--token-file', tokenFile)
  if (code !== 0) throw new Error(`expected ${person} to be enrolled, found exit code ${code}`)
}

const keyOf = (person: string) => join(stateDir(), 'keys', `${person}.pem`)

/** A few runs use the orders up; the pack's generator makes them again. */
export async function refillOrders({ clyra, warehouse }: Story): Promise<void> {
  const [orders] = await warehouse<{ n: string }>(`select count(*) as n from shop.orders where status = 'cancelled'`)
  if (Number(orders?.n) >= 300) return
  if ((await clyra('demo', 'data')) !== 0) throw new Error('expected the demo data to be loaded again')
}

/** The number of the last of the oldest 200 cancelled orders: so that a second run finds others. */
export async function oldestCancelled(warehouse: Story['warehouse']): Promise<number> {
  const [oldest] = await warehouse<{ id: string }>(
    `select max(order_id) as id from (select order_id from shop.orders where status = 'cancelled' order by order_id limit 200) oldest`,
  )
  return Number(oldest?.id)
}

/** The latest change of a source that waits for an approval. Rejects when none does in time. */
export async function untilWaiting({ ana }: Story, source: string): Promise<ChangeView> {
  for (const deadline = Date.now() + waitSeconds * 1000; Date.now() < deadline; await pause(200)) {
    const found = (await ana.changes({ state: 'AWAITING_APPROVAL' })).filter((change) => change.source === source).at(-1)
    if (found !== undefined) return found
  }
  throw new Error(`expected a change of ${source} to wait for an approval, found none in ${waitSeconds} seconds`)
}

/**
 * Tells how ben approves, and asks for it where there is a person at the terminal; where there is none, ben does it by himself.
 * Returns when somebody has decided, here or elsewhere.
 */
export async function letBenApprove({ ana, clyra, say }: Story, change: ChangeView): Promise<void> {
  const key = relative('', keyOf('ben'))
  say('\nA second person must agree: here, at the page, or in another terminal')
  say(`  ${change.links.page}`)
  say(`  npx clyra approve ${change.change_id} --key-file ${key}`)
  if (!withPerson() || (await terminal().confirm('\nApprove it here, as ben?')))
    await clyra('approve', change.change_id, '--key-file', key, '--reason', 'as agreed', '--yes')
  else say('Waiting for a decision from elsewhere …')
  for (let view = change; view.state === 'AWAITING_APPROVAL'; ) view = await ana.changeSince(view.change_id, view.version, 30)
}

/** Where the change ended, its links, and what both verifiers say of its evidence. */
export function showEnd({ say }: Story, change: ChangeView): void {
  say(`\nClyra change ${change.change_id} ended ${change.outcome}`)
  say(`  page      ${change.links.page}`)
  say(`  Clyra run ${change.links.temporal ?? '-'}`)
  const file = join(stateDir(), 'evidence', change.evidence ?? '')
  for (const { name, verify } of verifiers()) {
    const { exit, verdict } = verify(file)
    say(`  evidence  ${change.evidence}: ${name} ${verdict}`)
    if (exit !== 0) throw new Error(`expected the ${name} verifier to find ${change.evidence} valid, found ${verdict}`)
  }
}

/** Keeps all of it up until Ctrl-C, where there is a person at the terminal. */
export async function stay({ ended }: Launched, say: Story['say'], line: string, asked: Promise<void>): Promise<void> {
  if (!withPerson()) return
  say(`\n${line}`)
  await Promise.race([asked, ended])
}

const withPerson = (): boolean => readEnvironment().CI === undefined && terminal().interactive

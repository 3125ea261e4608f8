// Records one history for each way a change can end, from real runs: `node tests/replay/record.ts`. Starts a stack of its own.
// Histories that are there stay as they are: they are what runs under way look like to newer code.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createClient } from '../../cli/client.ts'
import type { ChangeRequest, ChangeView } from '../../core/generated/types.ts'
import { historyOf, impersonal } from '../support/history.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'
import { temporalCli } from '../support/temporal-cli.ts'

const version = 'v0'
const folder = join(import.meta.dirname, 'histories')

const request = (statement: string, target = 'shop'): ChangeRequest => ({
  kind: 'sql',
  target,
  statements: [statement],
  reason: 'to be replayed',
  source: 'replay',
})
const small = (order: number) => request(`UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = ${order}`)
const large = (above: number, target?: string) =>
  request(`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > ${above}`, target)

/** The work of one product, which the nightly job does itself. */
const byCaller = (product: number, seconds = 60): ChangeRequest => ({
  ...request(`UPDATE shop.products SET price_cents = price_cents + 1 WHERE product_id = ${product}`),
  executor: 'caller',
  limits: { grant_seconds: seconds },
})

type Play = (stack: TestStack) => Promise<ChangeView>

const decided = async ({ story, key }: TestStack, above: number, word: 'approve' | 'reject'): Promise<ChangeView> => {
  const waiting = await story.ask(large(above), 'verdict')
  await story.clyra(word, waiting.change_id, '--key-file', key('ben.pem'), '--reason', 'looked at it', '--yes')
  return story.follow(waiting, 'end')
}

const done = async ({ story, forbid }: TestStack, granted: ChangeView, { statements }: ChangeRequest): Promise<ChangeView> => {
  const { token } = await story.ana.grant(granted.change_id, 'etl')
  forbid({ secrets: [token] })
  await story.job(['select clyra_guard.redeem($1)', [token]], ...statements.map((statement): [string] => [statement]))
  return story.follow(await story.ana.complete(granted.change_id), 'end')
}

const plays: Record<string, Play> = {
  enforced: (stack) => decided(stack, 1100, 'approve'),
  enforced_by_allow: ({ story }) => story.ask(small(50), 'end'),
  rejected: (stack) => decided(stack, 1050, 'reject'),
  denied: ({ story }) => story.ask(request('DELETE FROM shop.orders'), 'end'),
  observed: ({ story }) => story.ask({ ...small(51), target: 'shop_staging' }, 'end'),
  expired: ({ story }) => story.ask(large(1060, 'shop_hasty'), 'end'),
  failed: ({ story }) => story.ask(request(`UPDATE shop.orders SET status = 'nonsense' WHERE order_id = 52`), 'end'),
  async cancelled({ story }) {
    const waiting = await story.ask(large(1070), 'verdict')
    await story.ana.cancel(waiting.change_id, 'changed my mind')
    return story.follow(waiting, 'end')
  },
  async reset(stack) {
    const waiting = await stack.story.ask(large(1020), 'verdict')
    const words = ['workflow', 'reset', '-w', waiting.workflow_id, '--type', 'LastWorkflowTask', '--reason', 'to be replayed']
    await temporalCli(stack.run.temporal.address, ...words)
    const approve = () => stack.story.clyra('approve', waiting.change_id, '--key-file', stack.key('ben.pem'), '--yes')
    await approve()
    const again = `select from clyra.receipts where stream = 'change/${waiting.change_id}' and kind = 'verdict'`
    while ((await stack.story.store(again)) < 2) await setImmediate()
    await approve()
    return stack.story.follow(waiting, 'end')
  },
  async terminated(stack) {
    const waiting = await stack.story.ask(large(1030), 'verdict')
    await temporalCli(stack.run.temporal.address, 'workflow', 'terminate', '-w', waiting.workflow_id, '--reason', 'to be replayed')
    return stack.story.follow(waiting, 'end')
  },
  caller_enforced: async (stack) => done(stack, await stack.story.ask(byCaller(21), 'grant'), byCaller(21)),
  async caller_approved(stack) {
    const deletes: ChangeRequest = { ...large(1040), executor: 'caller' }
    const waiting = await stack.story.ask(deletes, 'verdict')
    await stack.story.clyra('approve', waiting.change_id, '--key-file', stack.key('ben.pem'), '--yes')
    return done(stack, await stack.story.follow(waiting, 'grant'), deletes)
  },
  caller_grant_expired: ({ story }) => story.ask(byCaller(22, 1), 'end'),
  async caller_withdrawn({ story }) {
    const granted = await story.ask(byCaller(23), 'grant')
    await story.ana.cancel(granted.change_id, 'not tonight')
    return story.follow(granted, 'end')
  },
  async caller_frozen({ run, story, key }) {
    const granted = await story.ask(byCaller(24), 'grant')
    const admin = createClient({ base: run.gateway, token: readFileSync(key('admin.token'), 'utf8').trim() })
    await admin.freeze({ target: 'shop', frozen: true, reason: 'to be replayed' })
    const end = await story.follow(granted, 'end')
    await admin.freeze({ target: 'shop', frozen: false, reason: 'recorded' })
    return end
  },
  // Last: the warehouse lets the executor in no more.
  async ambiguous(stack) {
    const waiting = await stack.story.ask(large(1010), 'verdict')
    const logins = await stack.story.warehouse<{ rolname: string }>(
      `select rolname from pg_roles where rolcanlogin and not rolsuper and rolname like 'clyra%'`,
    )
    for (const { rolname } of logins) await stack.story.warehouse(`alter role ${rolname} nologin`)
    await stack.story.clyra('approve', waiting.change_id, '--key-file', stack.key('ben.pem'), '--yes')
    return stack.story.follow(waiting, 'end')
  },
}

const stack = await startTestStack()
try {
  mkdirSync(folder, { recursive: true })
  await enroll(stack, 'ben')
  for (const [name, play] of Object.entries(plays)) {
    const file = join(folder, `${name}_${version}.json`)
    if (existsSync(file)) continue
    const view = await play(stack)
    // The run closes a moment after the change.
    await temporalCli(stack.run.temporal.address, 'workflow', 'result', '-w', view.workflow_id).catch(() => undefined)
    const { text } = await historyOf(stack.run.temporal.address, view.workflow_id)
    writeFileSync(file, impersonal(text))
    console.log(`${name}: ${view.outcome} ${view.code ?? ''}`)
  }
} finally {
  await stack.stop()
}

// Approvers are told in Slack and deny there, on real parts: the whole stack, the real client, the emulator, clicks of our own.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { verifiers } from '../../cli/quickstart/check.ts'
import type { ChangeRequest, ChangeView } from '../../core/generated/types.ts'
import { changeStream, tenantStream } from '../../core/receipts.ts'
import { subjectId } from '../../evidence/id-token.ts'
import type { Ledger } from '../../ledger/types.ts'
import { loadConfig } from '../../runtime/config.ts'
import { ledgerOf } from '../../temporal.config.ts'
import { killAndAwaitReturn, until } from '../support/kill.ts'
import { startSlack, type TestSlack } from '../support/slack.ts'
import { payloadOf, sendClick, signedClick } from '../support/slack-clicks.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'

const reason = 'canaryreason7d20 <!channel> https://evil.example'
let slack: TestSlack
let stack: TestStack
let ledger: Ledger

const ask = (statement: string, target = 'shop'): Promise<ChangeView> => {
  const request: ChangeRequest = { kind: 'sql', target, statements: [statement], reason, source: 'e2e-slack' }
  return stack.story.ask(request, 'verdict')
}
const decide = (word: 'approve' | 'reject', { change_id }: ChangeView) =>
  stack.story.clyra(word, change_id, '--key-file', stack.key('ben.pem'), '--yes', ...(word === 'reject' ? ['--reason', 'no'] : []))
// As signing on at the address of a direct message leaves it (gateway/door/slack-link.test.ts).
async function linkUser(name: 'ana' | 'eva'): Promise<void> {
  const [person, iss, actor] = [`${name}@shop.example`, 'https://idp.example', { actor: 'test', person: null }]
  const subject_id = subjectId(iss, name)
  await ledger.identities.link('default', { person, subject_id, iss, sub: name }, actor)
  const user = { team_id: slack.team, user_id: slack.users[name] }
  await ledger.slackLinks.link('default', { ...user, person, subject_id }, 0, actor)
}
const click = (name: 'ana' | 'eva', { change_id }: ChangeView, n: number, part: object = {}) => {
  const payload = payloadOf(slack, slack.users[name], `${change_id}/1`, { trigger_id: `${change_id}${n}`, ...part })
  return sendClick(stack.run.gateway, signedClick(slack.signingSecret, payload))
}
const bodiesOf = async (stream: string, kind: string) =>
  (await ledger.log.read(stream)).filter(({ receipt }) => receipt.kind === kind).map(({ receipt }) => receipt.body)
const decisionsOf = ({ change_id }: ChangeView) => bodiesOf(changeStream(change_id), 'decision')
const refusals = () => bodiesOf(tenantStream('default'), 'door_refusal')
const verdictsOn = ({ evidence }: ChangeView) =>
  verifiers().map(({ verify }) => verify(join(stack.home, '.clyra/evidence', evidence ?? '')).verdict)
const about = async ({ change_id }: ChangeView): Promise<string[]> =>
  (await slack.messages()).map((message) => JSON.stringify(message)).filter((text) => text.includes(change_id))
const untilSaid = (view: ChangeView, words: string) => until(async () => (await about(view)).some((text) => text.includes(words)))

beforeAll(async () => {
  slack = await startSlack()
  stack = await startTestStack({ slack })
  stack.forbid({ secrets: [slack.token, slack.signingSecret], reasons: [reason] })
  await enroll(stack, 'ben')
  ledger = await ledgerOf(loadConfig(stack.home))
  for (const name of ['ana', 'eva'] as const) await linkUser(name)
}, 120_000)

afterAll(async () => {
  await ledger?.close()
  await stack?.stop()
  await slack?.stop()
}, 60_000)

test('one message a change, from waiting to its end, over a gateway that was killed', async () => {
  const statements = [1010, 1020, 1030].map((id) => `DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > ${id}`)
  const [approved, rejected, cancelled] = await Promise.all(statements.map((statement) => ask(statement)))
  if (approved === undefined || rejected === undefined || cancelled === undefined) throw new Error('expected three changes')
  for (const view of [approved, rejected, cancelled]) await untilSaid(view, 'waits for approval')
  const port = new URL(stack.run.gateway).port
  expect((await about(approved))[0]).toContain(`"url":"http://localhost:${port}/approve/${approved.change_id}"`)
  expect((await about(approved))[0]).toContain('clyra_deny')

  await killAndAwaitReturn(stack, 'gateway')
  expect(await decide('approve', approved)).toBe(0)
  expect(await decide('reject', rejected)).toBe(0)
  await stack.story.ana.cancel(cancelled.change_id, 'not needed')
  expect((await stack.story.follow(approved, 'end')).outcome).toBe('enforced')
  await untilSaid(approved, 'was applied')
  await untilSaid(rejected, 'was rejected')
  await untilSaid(cancelled, 'was cancelled')
  expect((await about(approved))[0]).toContain('ben@shop.example')
  for (const view of [approved, rejected, cancelled]) {
    const [message, ...more] = await about(view)
    expect(more).toEqual([])
    expect(message).not.toContain('"type":"button"')
  }
}, 120_000)

test('a linked person denies in Slack: rejected, and both verifiers believe the evidence', async () => {
  const view = await ask(`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > 1061`)
  await untilSaid(view, 'clyra_deny')
  const clicks = await Promise.all([1, 2].map((n) => click('eva', view, n)))
  expect(clicks.map(({ status }) => status)).toEqual([200, 200])
  const ended = await stack.story.follow(view, 'end')
  expect(ended).toMatchObject({ state: 'CLOSED', outcome: 'rejected' })
  const decisions = await decisionsOf(view)
  expect(decisions).toEqual([
    expect.objectContaining({
      decision: 'reject',
      status: 'counted',
      person: 'eva@shop.example',
      delivered_by: { actor: `slack:${slack.team}/${slack.users.eva}`, person: 'eva@shop.example' },
    }),
  ])
  expect(verdictsOn(ended)).toEqual(verifiers().map(() => 'valid'))
  await untilSaid(view, 'was rejected')
  expect((await about(view))[0]).not.toContain('"type":"button"')
}, 60_000)

test('whoever asked for a change denies it in vain, and an action of his own making approves nothing', async () => {
  const view = await ask(`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > 1062`)
  expect((await click('ana', view, 1)).status).toBe(200)
  await until(async () => (await decisionsOf(view)).length > 0)
  expect(await decisionsOf(view)).toEqual([expect.objectContaining({ status: 'refused', code: 'CLYRA_APPROVAL_SELF' })])
  const forged = { actions: [{ action_id: 'clyra_approve', value: `${view.change_id}/1` }] }
  expect((await click('eva', view, 1, forged)).status).toBe(401)
  expect((await stack.story.ana.change(view.change_id)).state).toBe('AWAITING_APPROVAL')
  expect(await decide('approve', view)).toBe(0)
  expect((await stack.story.follow(view, 'end')).outcome).toBe('enforced')
}, 60_000)

test('while Slack is away a change goes its way as ever', async () => {
  slack.mode = 'down'
  const view = await ask(`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > 1050`)
  const calls = slack.calls.length
  await until(() => slack.calls.length > calls)
  expect(await decide('approve', view)).toBe(0)
  expect((await stack.story.follow(view, 'end')).outcome).toBe('enforced')
  expect(await about(view)).toEqual([])
}, 120_000)

test('while Slack is away a gate stays shut: nobody decides, and it expires sealed', async () => {
  slack.mode = 'down'
  const view = await ask(`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > 1063`, 'shop_hasty')
  expect((await click('eva', view, 1)).status).toBe(200)
  const ended = await stack.story.follow(view, 'end')
  expect(ended).toMatchObject({ state: 'CLOSED', outcome: 'expired' })
  expect(await decisionsOf(view)).toEqual([])
  expect(verdictsOn(ended)).toEqual(verifiers().map(() => 'valid'))
  expect((await refusals()).at(-1)).toMatchObject({ code: 'CLYRA_SLACK_UNREACHABLE', door: 'slack', change_id: view.change_id })
}, 60_000)

test('what was sent holds no SQL text, no value, no reason and no token', () => {
  const said = JSON.stringify(slack.calls)
  expect(said).toContain('delete shop.orders')
  for (const secret of ['DELETE FROM', 'order_id', '1010', 'canaryreason', 'evil.example', '<!', slack.token])
    expect(said).not.toContain(secret)
})

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { DecisionMessage } from '../../core/messages.ts'
import { changeStream, receiptKey } from '../../core/receipts.ts'
import { slackPeople } from '../../plugins/slack/people.ts'
import { decisionBody } from '../../tests/support/approvals.ts'
import { until } from '../../tests/support/kill.ts'
import { rememberingWorkflows } from '../control/testing/gateway.ts'
import { type SlackGateway, startSlackGateway } from './testing/slack-gateway.ts'

let gateway: SlackGateway
let ben: string
let holding: Promise<unknown> = Promise.resolve()
const decided: DecisionMessage[] = []

beforeAll(async () => {
  const { port } = rememberingWorkflows()
  gateway = await startSlackGateway((slack) => {
    const people = slackPeople(slack)
    return {
      slack: { signingSecret: slack.signingSecret, channel: slack.channel, people: { ...people, team: () => holding.then(people.team) } },
      workflows: { ...port, decide: counted },
    }
  })
  ben = gateway.slack.users.ben
  await gateway.link(ben, 'ben@shop.example')
}, 60_000)
afterAll(() => gateway?.stop())

// As the run does: the decision is a receipt before it is answered.
async function counted({ change_id }: { change_id: string }, message: DecisionMessage) {
  decided.push(message)
  const stream = changeStream(change_id)
  const verdict = (await gateway.ledger.log.read(stream)).at(-1)
  const body = decisionBody({ change_id, predecessor: verdict?.leaf ?? '', decision: 'reject', person: 'ben@shop.example' })
  const key = receiptKey.decision(1, 'run-1', message.id)
  await gateway.ledger.log.append(stream, [{ key, kind: 'decision', actor: message.delivered_by, body }])
  return { status: 'counted' as const, code: null, decision_id: body.decision_id, approvals: 0, quorum: 1 }
}

test('double click: five clicks at once are one decision', async () => {
  const change = await gateway.waiting()
  const clicks = Array.from({ length: 5 }, (_, n) => gateway.click(ben, change, { trigger_id: String(n) }))
  const answers = await Promise.all(clicks.map((click) => gateway.send(click)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  await until(() => gateway.whispered(ben).length === 5)
  expect(decided).toHaveLength(1)
  const said = gateway.whispered(ben)
  expect(said.filter((text) => text.includes('counts'))).toHaveLength(1)
  expect(said.filter((text) => text.includes('waits for no decision'))).toHaveLength(4)
})

test('it is acknowledged before anything is asked of Slack or of the run, and so many are taken at once', async () => {
  let release: (value?: unknown) => void = () => undefined
  holding = new Promise((resolve) => {
    release = resolve
  })
  let atRelease = -1
  const [change, before] = [await gateway.waiting(), decided.length]
  const send = (n: number) => gateway.send(gateway.click(ben, change, { trigger_id: `held ${n}` }))
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => send(n))).finally(() => {
    atRelease = decided.length
    release()
  })
  expect(atRelease).toBe(before)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(32)
  expect(answers.filter(({ status }) => status === 503)).toHaveLength(8)
  await until(() => decided.length > before)
}, 30_000)

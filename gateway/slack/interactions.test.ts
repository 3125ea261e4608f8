import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { ClyraError } from '../../core/errors.ts'
import { tenantStream } from '../../core/receipts.ts'
import { verifyDecision } from '../../evidence/decision.ts'
import { until } from '../../tests/support/kill.ts'
import { headersOf, nowSeconds, payloadOf, type SentClick, signedClick } from '../../tests/support/slack-clicks.ts'
import { startTestGateway } from '../control/testing/gateway.ts'
import { unsignedAnHour } from './refusals.ts'
import { type SlackGateway, startSlackGateway } from './testing/slack-gateway.ts'

let gateway: SlackGateway
let ben: string
let change: string

beforeAll(async () => {
  gateway = await startSlackGateway()
  ben = gateway.slack.users.ben
  await gateway.link(ben, 'ben@shop.example')
}, 60_000)
afterAll(() => gateway?.stop())

beforeEach(async () => {
  change = await gateway.waiting()
  gateway.workflows.decided.length = 0
  gateway.workflows.failure = null
  gateway.workflows.receipt = { status: 'counted', code: null, decision_id: null, approvals: 0, quorum: 1 }
  gateway.slack.mode = 'up'
  gateway.slack.said.clear()
  gateway.slack.calls.length = 0
})
afterEach(() => {
  const said = JSON.stringify([gateway.slack.calls, gateway.logged])
  for (const secret of [gateway.slack.token, gateway.slack.signingSecret]) expect(said).not.toContain(secret)
})

const opaque = ({ status, text }: { status: number; text: string }) => {
  const { instance: _, ...problem } = JSON.parse(text)
  return { status, problem }
}
const oneAnswer = { status: 401, problem: expect.objectContaining({ code: 'CLYRA_SLACK_SIGNATURE' }) }
const codes = async (from: number) => (await gateway.refusals()).slice(from).map(({ code }) => code)
const count = async () => (await gateway.refusals()).length
const ofForm = (body: string): SentClick => ({ body, headers: headersOf(gateway.slack.signingSecret, body) })

describe('Deny', () => {
  test('by a linked person is his rejection, signed by the door, and he alone is told', async () => {
    expect(await gateway.send(gateway.click(ben, change))).toEqual({ status: 200, text: '' })
    await until(() => gateway.whispered(ben).length > 0)
    const [message, ...more] = gateway.workflows.decided
    expect(more).toEqual([])
    expect(message?.delivered_by).toEqual({ actor: `slack:${gateway.slack.team}/${ben}`, person: 'ben@shop.example' })
    const { ledger, deps } = gateway
    const door = { provider: null, certificateKey: deps.certificateSigner }
    const registry = await ledger.identities.registry(deps.tenant)
    const verified = await verifyDecision(message?.envelope ?? '', registry, door, await ledger.log.now())
    expect(verified).toMatchObject({
      person: 'ben@shop.example',
      statement: { predicate: { change_id: change, decision: 'reject', reason: 'Denied in Slack.' } },
    })
    expect(gateway.whispered(ben)[0]).toContain(`Your denial of ${change} counts`)
    expect(await ledger.log.read(tenantStream(deps.tenant))).not.toContainEqual(
      expect.objectContaining({
        receipt: expect.objectContaining({ kind: 'door_refusal', body: expect.objectContaining({ change_id: change }) }),
      }),
    )
  })

  test('that the run refuses says why', async () => {
    gateway.workflows.receipt = { status: 'refused', code: 'CLYRA_APPROVAL_SELF', decision_id: null, approvals: 0, quorum: 1 }
    await gateway.send(gateway.click(ben, change))
    await until(() => gateway.whispered(ben).length > 0)
    expect(gateway.whispered(ben)[0]).toContain('does not count (CLYRA_APPROVAL_SELF)')
  })

  test('that the run did not answer in time may still count, and is no refusal', async () => {
    gateway.workflows.failure = Object.assign(new Error('busy'), { code: 'CLYRA_API_BUSY' })
    const before = await count()
    await gateway.send(gateway.click(ben, change))
    await until(() => gateway.whispered(ben).length > 0)
    expect(gateway.whispered(ben)[0]).toContain('on its way')
    expect(await count()).toBe(before)
  })

  test('that cannot be delivered is refused, and he is told', async () => {
    gateway.workflows.failure = new ClyraError('CLYRA_API_UNREACHABLE', 'expected Temporal to answer, found nobody')
    const before = await count()
    await gateway.send(gateway.click(ben, change))
    await until(() => gateway.whispered(ben).length > 0)
    expect(gateway.whispered(ben)[0]).toContain('was not taken (CLYRA_API_UNREACHABLE)')
    expect((await gateway.refusals()).slice(before)).toEqual([
      { code: 'CLYRA_API_UNREACHABLE', door: 'slack', change_id: change, person: 'ben@shop.example' },
    ])
  })

  test('Open does nothing here: the page asks who it is', async () => {
    const before = await count()
    const action = { action_id: 'clyra_open', block_id: 'b', type: 'button', action_ts: '1.1' }
    expect((await gateway.send(gateway.click(gateway.slack.users.eva, change, { actions: [action] }))).status).toBe(200)
    expect((await gateway.send(gateway.click(ben, change))).status).toBe(200)
    await until(() => gateway.workflows.decided.length === 1)
    expect(await count()).toBe(before)
  })
})

describe('a request that is not Slack’s, or not of now, gets one answer, and its code is kept', () => {
  const attacks: [string, string, () => SentClick][] = [
    ['wrong signing secret', 'CLYRA_SLACK_SIGNATURE', () => signedClick('another', payloadOf(gateway.slack, ben, `${change}/1`))],
    [
      'no signature',
      'CLYRA_SLACK_SIGNATURE',
      () => ({ ...gateway.click(ben, change), headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    ],
    [
      'timestamp 6 minutes old',
      'CLYRA_SLACK_STALE',
      () => signedClick(gateway.slack.signingSecret, payloadOf(gateway.slack, ben, `${change}/1`), nowSeconds() - 360),
    ],
    [
      'timestamp 6 minutes ahead',
      'CLYRA_SLACK_STALE',
      () => signedClick(gateway.slack.signingSecret, payloadOf(gateway.slack, ben, `${change}/1`), nowSeconds() + 360),
    ],
    [
      'timestamp swapped for a fresh one',
      'CLYRA_SLACK_SIGNATURE',
      () => {
        const old = signedClick(gateway.slack.signingSecret, payloadOf(gateway.slack, ben, `${change}/1`), nowSeconds() - 360)
        return { ...old, headers: { ...old.headers, 'x-slack-request-timestamp': String(nowSeconds()) } }
      },
    ],
    [
      'body re-encoded',
      'CLYRA_SLACK_SIGNATURE',
      () => {
        const click = gateway.click(ben, change)
        return { ...click, body: click.body.replaceAll('%2F', '/') }
      },
    ],
    [
      'approve forged as an action id',
      'CLYRA_SLACK_MALFORMED',
      () => gateway.click(ben, change, { actions: [{ action_id: 'clyra_approve', value: `${change}/1` }] }),
    ],
    [
      'two actions in one click',
      'CLYRA_SLACK_MALFORMED',
      () => gateway.click(ben, change, { actions: [{ action_id: 'clyra_open' }, { action_id: 'clyra_deny', value: `${change}/1` }] }),
    ],
    [
      'a value that carries a decision',
      'CLYRA_SLACK_MALFORMED',
      () => gateway.click(ben, change, { actions: [{ action_id: 'clyra_deny', value: `${change}/1/approve` }] }),
    ],
    ['a form of another kind', 'CLYRA_SLACK_MALFORMED', () => gateway.click(ben, change, { type: 'view_submission' })],
    ['no user', 'CLYRA_SLACK_MALFORMED', () => gateway.click(ben, change, { user: null })],
    ['no payload', 'CLYRA_SLACK_MALFORMED', () => ofForm('payload=%7B')],
  ]
  test.each(attacks)('%s', async (_name, code, make) => {
    const before = await count()
    expect(opaque(await gateway.send(make()))).toEqual(oneAnswer)
    expect(await codes(before)).toEqual([code])
    expect(gateway.workflows.decided).toEqual([])
    expect(gateway.slack.calls).toEqual([])
  })

  test('replayed request: the second one does nothing, however often it comes', async () => {
    const click = gateway.click(ben, change)
    const before = await count()
    expect((await gateway.send(click)).status).toBe(200)
    for (const _ of [1, 2, 3]) expect(opaque(await gateway.send(click))).toEqual(oneAnswer)
    expect(await codes(before)).toEqual(['CLYRA_SLACK_REPLAY'])
    await until(() => gateway.whispered(ben).length > 0)
    expect(gateway.workflows.decided).toHaveLength(1)
  })

  test('a body too large, or of another kind, is the same to whoever sends it', async () => {
    const body = `payload=${'x'.repeat(70_000)}`
    expect(opaque(await gateway.send(ofForm(body)))).toEqual(oneAnswer)
    const json = { body: '{}', headers: { ...headersOf(gateway.slack.signingSecret, '{}'), 'content-type': 'application/json' } }
    expect(opaque(await gateway.send(json))).toEqual(oneAnswer)
  })
})

describe('who may not', () => {
  const eva = () => gateway.slack.users.eva
  beforeAll(() => gateway.link(eva(), 'eva@shop.example'))

  const says = (id: string, flags: object) => gateway.slack.said.set(id, flags)
  const denies = (value: string) => ({ actions: [{ action_id: 'clyra_deny', value }] })
  interface Case {
    given?: () => unknown
    part?: () => Record<string, unknown>
  }
  const refusals: [string, string, Case][] = [
    ['guest', 'CLYRA_SLACK_MEMBER', { given: () => says(eva(), { is_restricted: true }) }],
    ['guest of one channel', 'CLYRA_SLACK_MEMBER', { given: () => says(eva(), { is_ultra_restricted: true }) }],
    ['bot', 'CLYRA_SLACK_MEMBER', { given: () => says(eva(), { is_bot: true }) }],
    ['stranger', 'CLYRA_SLACK_MEMBER', { given: () => says(eva(), { is_stranger: true }) }],
    ['deactivated', 'CLYRA_SLACK_MEMBER', { given: () => says(eva(), { deleted: true }) }],
    ['Connect user, by what Slack says of him', 'CLYRA_SLACK_TEAM', { given: () => says(eva(), { team_id: 'T0OTHER' }) }],
    ['Connect user, by the click', 'CLYRA_SLACK_TEAM', { part: () => ({ user: { id: eva(), team_id: 'T0OTHER' } }) }],
    ['other team', 'CLYRA_SLACK_TEAM', { part: () => ({ team: { id: 'T0OTHER' }, user: { id: eva(), team_id: 'T0OTHER' } }) }],
    ['channel shared with another company', 'CLYRA_SLACK_TEAM', { given: () => says(gateway.slack.channel, { is_ext_shared: true }) }],
    ['other channel', 'CLYRA_SLACK_TEAM', { part: () => ({ channel: { id: 'C0OTHER' } }) }],
    ['user nobody knows', 'CLYRA_SLACK_MEMBER', { part: () => ({ user: { id: 'U0NOBODY', team_id: gateway.slack.team } }) }],
    ['another attempt', 'CLYRA_APPROVAL_NOT_OPEN', { part: () => denies(`${change}/2`) }],
    ['a change nobody asked for', 'CLYRA_APPROVAL_NOT_OPEN', { part: () => denies(`chg_${'z'.repeat(26)}/1`) }],
    [
      'Slack cannot be asked',
      'CLYRA_SLACK_UNREACHABLE',
      {
        given: () => {
          gateway.slack.mode = { error: 'fatal_error' }
        },
      },
    ],
  ]
  test.each(refusals)('%s', async (_name, code, { given, part }) => {
    given?.()
    const before = await count()
    expect((await gateway.send(gateway.click(eva(), change, part?.()))).status).toBe(200)
    await until(async () => (await count()) > before)
    expect(await codes(before)).toEqual([code])
    expect(gateway.workflows.decided).toEqual([])
  })
})

describe('whose link does not count', () => {
  const cases: [string, (userId: string) => Promise<unknown>][] = [
    ['not linked', async () => undefined],
    [
      'expired link',
      (user_id) => {
        const body = {
          team_id: gateway.slack.team,
          user_id,
          person: 'ben@shop.example',
          subject_id: 'a'.repeat(64),
          expires_at: '2026-01-01T00:00:00.000Z',
        }
        const key = `slack:${body.team_id}/${user_id}:0`
        return gateway.ledger.log.append(tenantStream('default'), [
          { key, kind: 'slack_linked', actor: { actor: 'x', person: null }, body },
        ])
      },
    ],
    [
      'unlinked',
      async (user_id) => {
        await gateway.link(user_id, 'fay@shop.example')
        await gateway.ledger.slackLinks.unlink('default', { team_id: gateway.slack.team, user_id }, 'left', { actor: 'x', person: null })
      },
    ],
    [
      'account unlinked',
      async (user_id) => {
        const subject = await gateway.link(user_id, 'gil@shop.example')
        await gateway.ledger.identities.unlink('default', subject, 'left', { actor: 'x', person: null })
      },
    ],
  ]
  test.each(cases)('%s: he is told how to, and nothing is decided', async (name, given) => {
    // Slack knows ana; each case is another user with her standing.
    const user = gateway.slack.users.ana
    await given(user)
    const before = await count()
    await gateway.send(gateway.click(user, change))
    await until(() => gateway.whispered(user).length > 0)
    expect([name, await codes(before)]).toEqual([name, ['CLYRA_SLACK_UNLINKED']])
    expect(gateway.whispered(user)[0]).toContain(`clyra slack link --user ${user}`)
    expect(gateway.workflows.decided).toEqual([])
  })
})

test('nobody fills the log with requests that nobody signed', async () => {
  const before = (await codes(0)).filter((code) => code === 'CLYRA_SLACK_SIGNATURE').length
  for (let sent = 0; sent < unsignedAnHour + 5; sent += 1) await gateway.send(signedClick('another', {}))
  const after = (await codes(0)).filter((code) => code === 'CLYRA_SLACK_SIGNATURE').length
  // Two hours at most are touched while this runs.
  expect(after).toBeLessThanOrEqual(2 * unsignedAnHour)
  expect(after).toBeGreaterThanOrEqual(Math.min(before, unsignedAnHour))
})

test('without a signing secret the endpoint is not there', async () => {
  const plain = await startTestGateway()
  const answer = await plain.app.inject({
    method: 'POST',
    url: '/v1/slack/interactions',
    headers: gateway.click(ben, change).headers,
    payload: '',
  })
  expect([answer.statusCode, answer.json().code]).toEqual([404, 'CLYRA_API_NOT_FOUND'])
  await plain.stop()
})

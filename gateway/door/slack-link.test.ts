// A Slack user becomes a person: the real gateway, a real provider, the real Slack client.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { tenantStream } from '../../core/receipts.ts'
import { slackPeople } from '../../plugins/slack/people.ts'
import { startSlack, type TestSlack } from '../../tests/support/slack.ts'
import { cookieOf, type SigningOn, startSigningOn } from './testing/signing-on.ts'
import { mintToken } from './tokens.ts'

let world: SigningOn
let slack: TestSlack
let admin: string
beforeAll(async () => {
  world = await startSigningOn()
  slack = await startSlack()
  const { channel, signingSecret } = slack
  Object.assign(world.gateway.deps, { slack: { signingSecret, channel, people: slackPeople(slack) } })
  admin = await world.gateway.token(['admin'])
  for (const name of ['ben', 'eva']) await world.link(`${name}@shop.example`, `okta|${name}`)
}, 60_000)
beforeEach(() => {
  slack.mode = 'up'
  slack.said.clear()
  slack.calls.length = 0
})
afterAll(async () => {
  await slack?.stop()
  await world?.stop()
})

const ask = (user_id: string, token = admin) => world.gateway.call(token, { method: 'POST', url: '/v1/slack/links', payload: { user_id } })

/** The token of the address that the user was sent. */
async function sent(userId: string): Promise<string> {
  slack.calls.length = 0
  expect((await ask(userId)).statusCode).toBe(201)
  const said = slack.calls.find(({ method }) => method === 'chat.postMessage')?.body ?? ''
  return /\/approve\/slack#([\w.-]+)/.exec(said)?.[1] ?? ''
}

const begin = (token: string) => {
  const headers = { origin: world.gateway.deps.door.origin }
  return world.gateway.app.inject({ method: 'POST', url: '/approve/slack', headers, payload: { token } })
}

/** Signs on with an account at the address that was sent. */
async function link(token: string, sub: string) {
  world.idp.account = { sub }
  const left = await begin(token)
  if (left.statusCode !== 200) return left
  const { pathname, search } = await world.idp.walk(left.json().url)
  const headers = { cookie: cookieOf(left.headers['set-cookie']), accept: 'text/html' }
  return world.gateway.app.inject({ url: `${pathname}${search}`, headers })
}

const links = async () => (await world.gateway.call(admin, { url: '/v1/slack/links' })).json().links
const of = async (user: string) => (await links()).find(({ user_id }: { user_id: string }) => user_id === user)

describe('a link', () => {
  test('is asked for by an admin, sent to that user alone, and made by who signs on', async () => {
    const { ben } = slack.users
    const token = await sent(ben)
    expect(slack.calls.map(({ method }) => method)).toEqual(['auth.test', 'users.info', 'conversations.open', 'chat.postMessage'])
    expect(slack.calls[2]?.body).toContain(ben)
    const answer = await link(token, 'okta|ben')
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([200, undefined])
    expect(answer.body).toContain(ben)
    expect(await of(ben)).toMatchObject({ team_id: slack.team, person: 'ben@shop.example', unlinked_at: null })
    const last = (await world.gateway.ledger.log.read(tenantStream('default'))).at(-1)?.receipt
    expect(last).toMatchObject({ kind: 'slack_linked', actor: { person: 'ben@shop.example' } })
    expect(JSON.stringify(world.gateway.logged)).not.toContain(token)
  })

  test('is the page’s: it shows whose it is, and starts from nowhere else', async () => {
    const shown = await world.gateway.app.inject({ url: '/approve/slack' })
    expect([shown.statusCode, shown.body]).toEqual([200, expect.stringContaining('Go on only if this is your own Slack user')])
    const headers = { origin: 'https://evil.example' }
    const token = await sent(slack.users.ben)
    const forged = await world.gateway.app.inject({ method: 'POST', url: '/approve/slack', headers, payload: { token } })
    expect(forged.json().code).toBe('CLYRA_DOOR_ORIGIN')
  })

  test('ends by an admin, and the address that made it brings it back for nobody', async () => {
    const { eva } = slack.users
    const token = await sent(eva)
    await link(token, 'okta|eva')
    const url = `/v1/slack/links/${slack.team}/${eva}?reason=left`
    expect((await world.gateway.call(admin, { method: 'DELETE', url })).json()).toMatchObject({ unlinked_at: expect.any(String) })
    expect((await link(token, 'okta|eva')).statusCode).toBe(401)
    expect(await of(eva)).toMatchObject({ unlinked_at: expect.any(String) })
    expect((await world.refusals()).at(-1)).toMatchObject({ code: 'CLYRA_LEDGER_CONFLICT', door: 'slack', person: 'eva@shop.example' })
  })
})

describe('rebinding', () => {
  test('race: two who sign on for one Slack user at once, one wins', async () => {
    const { ana } = slack.users
    const [first, second] = [await sent(ana), await sent(ana)]
    await link(first, 'okta|ben')
    expect((await link(second, 'okta|eva')).statusCode).toBe(401)
    expect((await of(ana)).person).toBe('ben@shop.example')
  })

  test('a new link ends the old one, whose address is dead then', async () => {
    const { ana } = slack.users
    const [old, fresh] = [await sent(ana), await sent(ana)]
    expect((await link(fresh, 'okta|eva')).statusCode).toBe(200)
    expect((await link(old, 'okta|ben')).statusCode).toBe(401)
    expect((await link(fresh, 'okta|ben')).statusCode).toBe(401)
    expect((await of(ana)).person).toBe('eva@shop.example')
  })
})

describe('nobody is linked', () => {
  test.each<[string, object, string]>([
    ['a guest', { is_restricted: true }, 'CLYRA_SLACK_MEMBER'],
    ['a bot', { is_bot: true }, 'CLYRA_SLACK_MEMBER'],
    ['of another team', { team_id: 'T0OTHER' }, 'CLYRA_SLACK_TEAM'],
  ])('who is %s', async (_, flags, code) => {
    slack.said.set(slack.users.ana, flags)
    const answer = await ask(slack.users.ana)
    expect([answer.statusCode, answer.json().code]).toEqual([403, code])
    expect(slack.calls.map(({ method }) => method)).not.toContain('chat.postMessage')
  })

  test('but by an admin', async () => {
    expect((await ask(slack.users.ana, await world.gateway.token(['approver', 'operator']))).statusCode).toBe(403)
  })

  test('with an account of nobody here', async () => {
    const token = await sent(slack.users.ana)
    const before = await of(slack.users.ana)
    expect((await link(token, 'okta|mallory')).statusCode).toBe(401)
    expect((await world.refusals()).at(-1)).toMatchObject({ code: 'CLYRA_SSO_UNLINKED', door: 'slack' })
    expect(await of(slack.users.ana)).toEqual(before)
  })

  test('by an address that expired, was forged, or is for something else', async () => {
    const { deps, ledger } = world.gateway
    const about = { tenant: 'default', person: '', slack: { team_id: slack.team, user_id: slack.users.ana, generation: 0 } }
    const now = await ledger.log.now()
    const bad = [
      mintToken(deps.tenantKey, 'slack', about, -1, now),
      mintToken(new Uint8Array(32), 'slack', about, 900, now),
      mintToken(deps.tenantKey, 'invite', about, 900, now),
    ]
    for (const { text } of bad) expect((await begin(text)).json().code).toBe('CLYRA_DOOR_REFUSED')
  })

  test('while Slack is away, or not configured', async () => {
    slack.mode = 'down'
    expect((await ask(slack.users.ana)).json().code).toBe('CLYRA_SLACK_UNREACHABLE')
    const other = await world.gateway.token(['admin'], { tenant: 'other' })
    expect((await ask(slack.users.ana, other)).json().code).toBe('CLYRA_SLACK_OFF')
  })
})

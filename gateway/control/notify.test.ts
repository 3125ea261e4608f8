import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { changeStream, receiptKey } from '../../core/receipts.ts'
import type { NewChange } from '../../ledger/types.ts'
import { slackNotifier } from '../../plugins/slack/index.ts'
import { decisionBody } from '../../tests/support/approvals.ts'
import { until } from '../../tests/support/kill.ts'
import { newChange } from '../../tests/support/ledger-bodies.ts'
import { startSlack, type TestSlack } from '../../tests/support/slack.ts'
import { keepNotifying, notify } from './notify.ts'
import { askForApproval, close, startTestGateway, type TestGateway } from './testing/gateway.ts'

const reason = 'canaryreason51c7 <!channel>'
let gateway: TestGateway
let slack: TestSlack
let parts: Parameters<typeof notify>[0]
let tenants = 0

beforeAll(async () => {
  gateway = await startTestGateway()
  slack = await startSlack()
})
afterAll(async () => {
  await slack.stop()
  await gateway.stop()
})

// A tenant of its own for each test, and only what is said in it.
beforeEach(() => {
  tenants += 1
  const tenant = `t${tenants}`
  const pageOf = (id: string) => `http://localhost:7410/approve/${id}`
  parts = { tenant, ledger: gateway.ledger, log: gateway.deps.log, notifier: slackNotifier(slack), pageOf }
  slack.mode = 'up'
  slack.calls.length = 0
  gateway.logged.length = 0
})

afterEach(() => {
  const said = JSON.stringify([slack.calls, gateway.logged])
  for (const secret of ['canaryreason', slack.token]) expect(said).not.toContain(secret)
})

const idOf = (letter: string) => `chg_${`${letter}${String.fromCharCode(96 + tenants)}`.padEnd(26, 'q')}`
const change = (letter: string, tenant = parts.tenant): NewChange => ({
  ...newChange(idOf(letter), tenant),
  requester: { actor: 'ana', person: null },
  reason,
})

const waiting = async (letter: string, tenant = parts.tenant): Promise<string> => {
  const { row } = await gateway.ledger.changes.register(change(letter, tenant))
  await askForApproval(gateway.ledger, tenant, row.change_id)
  return row.change_id
}

const decide = async (id: string, decision: 'approve' | 'reject', person: string): Promise<void> => {
  const receipts = await gateway.ledger.log.read(changeStream(id))
  const verdict = receipts.findLast(({ receipt }) => receipt.kind === 'verdict')
  const body = decisionBody({ change_id: id, predecessor: verdict?.leaf ?? '', decision, person })
  const entry = { key: receiptKey.decision(1, 'run-1', person), kind: 'decision', actor: { actor: 'ben', person }, body }
  await gateway.ledger.log.append(changeStream(id), [entry])
}

const about = async (id: string): Promise<string[]> =>
  (await slack.messages()).map((message) => JSON.stringify(message)).filter((text) => text.includes(id))
const posts = () => slack.calls.filter(({ method }) => method === 'chat.postMessage').length
const forgetClaims = async () => {
  const admin = new pg.Client({ connectionString: gateway.adminUrl })
  await admin.connect()
  await admin.query(`update clyra.notices set claimed_until = clock_timestamp() - interval '1 second' where tenant = $1`, [parts.tenant])
  await admin.end()
}

describe('a change that waits', () => {
  test('is told of once, by two gateways at once and after a restart', async () => {
    const id = await waiting('a')
    await Promise.all([notify(parts), notify({ ...parts, notifier: slackNotifier(slack) })])
    await notify({ ...parts, notifier: slackNotifier(slack) })
    const [message, ...more] = await about(id)
    expect(more).toEqual([])
    expect(message).toContain(`http://localhost:7410/approve/${id}`)
    expect(message).toContain('0 of 1')
    expect(posts()).toBe(1)
  })

  test('its message follows a decision and the end, and is left alone then', async () => {
    const id = await waiting('a')
    await notify(parts)
    await decide(id, 'approve', 'ben@shop.example')
    await notify(parts)
    expect((await about(id))[0]).toContain('1 of 1\\nben@shop.example')
    await close(gateway.ledger, parts.tenant, id, 'cancelled')
    await notify(parts)
    const told = await about(id)
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('was cancelled')
    expect(told[0]).not.toContain('/approve/')
    const calls = slack.calls.length
    await notify(parts)
    expect(slack.calls).toHaveLength(calls)
  })

  test('rejected: by whom', async () => {
    const id = await waiting('a')
    await notify(parts)
    await decide(id, 'reject', 'eva@shop.example')
    await close(gateway.ledger, parts.tenant, id, 'rejected')
    await notify(parts)
    expect((await about(id))[0]).toMatch(/was rejected.*Rejected by\\neva@shop.example/)
  })

  test('a second attempt has a message of its own, and the first one’s still comes to its end', async () => {
    const id = await waiting('a')
    await notify(parts)
    await close(gateway.ledger, parts.tenant, id, 'expired')
    await waiting('a')
    await notify(parts)
    const [first, second, ...more] = await about(id)
    expect(more).toEqual([])
    expect(first).toContain('expired')
    expect(second).toContain(`${id}, attempt 2`)
    expect(second).toContain('waits for approval')
  })

  test('one that ended before anybody was told is not told of', async () => {
    const id = await waiting('a')
    await close(gateway.ledger, parts.tenant, id, 'expired')
    await notify(parts)
    expect(slack.calls).toEqual([])
  })

  test('of another tenant is another’s', async () => {
    const id = await waiting('a', 'somebody')
    await notify(parts)
    expect(slack.calls).toEqual([])
    const claim = await gateway.ledger.notices.claim('somebody')
    expect(claim?.change_id).toBe(id)
    if (claim !== null) await gateway.ledger.notices.told(parts.tenant, claim, 'C1/1', true)
    await notify({ ...parts, tenant: 'somebody' })
    expect(slack.calls).toEqual([])
  })
})

describe('when it goes wrong', () => {
  test('a process that died with the message in hand: the next one sends it when the minute is over', async () => {
    const id = await waiting('a')
    await gateway.ledger.notices.claim(parts.tenant)
    await notify(parts)
    expect(slack.calls).toEqual([])
    await forgetClaims()
    await notify(parts)
    expect(await about(id)).toHaveLength(1)
  })

  test('an answer that was lost: the message is sent once more and not again', async () => {
    const id = await waiting('a')
    slack.mode = 'lost'
    await expect(notify(parts)).rejects.toMatchObject({ code: 'CLYRA_SLACK_UNREACHABLE' })
    slack.mode = 'up'
    await notify(parts)
    await notify(parts)
    expect(await about(id)).toHaveLength(2)
  })

  test('a message that Slack refuses for good holds up no other, and is said once', async () => {
    const [first, second] = [await waiting('a'), await waiting('b')]
    let refused = false
    const notifier = slackNotifier(slack)
    await notify({
      ...parts,
      notifier: {
        ...notifier,
        announce(notice) {
          slack.mode = refused ? 'up' : { error: 'invalid_blocks' }
          refused = true
          return notifier.announce(notice)
        },
      },
    })
    await notify(parts)
    expect([await about(first), await about(second)].map(({ length }) => length)).toEqual([0, 1])
    expect(gateway.logged.filter((line) => line.includes('CLYRA_SLACK_REFUSED') && line.includes(first))).toHaveLength(1)
  })

  test('a change that cannot be told of holds up no other', async () => {
    const [first, second] = [await waiting('a'), await waiting('b')]
    const pageOf = (id: string) => {
      if (id === first) throw new Error('no page')
      return `http://localhost:7410/approve/${id}`
    }
    await notify({ ...parts, pageOf })
    expect([await about(first), await about(second)].map(({ length }) => length)).toEqual([0, 1])
    await forgetClaims()
    await notify(parts)
    expect(await about(first)).toHaveLength(1)
  })

  test.each(['invalid_auth', 'channel_not_found'])('%s: nothing is lost, the change waits, the next try tells it', async (error) => {
    const id = await waiting('a')
    slack.mode = { error }
    await expect(notify(parts)).rejects.toMatchObject({ code: expect.stringMatching(/^CLYRA_SLACK_(TOKEN|CHANNEL)$/) })
    expect((await gateway.ledger.changes.get(parts.tenant, id))?.state).toBe('AWAITING_APPROVAL')
    slack.mode = 'up'
    await notify(parts)
    expect(await about(id)).toHaveLength(1)
  })

  test('Slack away and back: the cause is logged once, nothing is sent blindly, messages follow', async () => {
    const id = await waiting('a')
    slack.mode = 'down'
    const stop = keepNotifying(parts)
    await until(() => slack.calls.some(({ method }) => method === 'auth.test'))
    expect(posts()).toBe(1)
    expect((await gateway.ledger.changes.get(parts.tenant, id))?.state).toBe('AWAITING_APPROVAL')
    slack.mode = 'up'
    await until(() => gateway.logged.some((line) => line.includes('told again')))
    await stop()
    expect(await about(id)).toHaveLength(1)
    expect(gateway.logged.filter((line) => line.includes('CLYRA_SLACK_UNREACHABLE'))).toHaveLength(1)
  }, 60_000)
})

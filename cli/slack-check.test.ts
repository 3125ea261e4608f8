import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { slackPeople } from '../plugins/slack/people.ts'
import type { Config } from '../runtime/config.ts'
import { startSlack, type TestSlack } from '../tests/support/slack.ts'
import { slackChecks } from './slack-check.ts'

let slack: TestSlack
beforeAll(async () => {
  slack = await startSlack()
})
afterAll(() => slack?.stop())
beforeEach(() => {
  slack.mode = 'up'
  slack.said.clear()
})

const check = async (part: object = {}) => {
  const about = { channel: slack.channel, token: 'env:PATH', signing_secret: 'env:PATH', ...part }
  return slackChecks({ root: '/', slack: about } as unknown as Config, async () => slackPeople(slack))
}

test('token, channel and signing secret in order', async () => {
  expect(await check()).toEqual([{ check: 'slack', status: 'ok', found: expect.stringContaining(slack.team), remedy: null }])
})

test('not configured: nothing to say', async () => {
  expect(await slackChecks({ root: '/' } as unknown as Config, async () => null)).toEqual([])
})

test.each<[string, () => object | undefined, string, string]>([
  ['no signing secret', () => ({ signing_secret: undefined }), 'warn', 'no signing secret'],
  ['a signing secret that is not there', () => ({ signing_secret: 'env:CLYRA_NOT_THERE' }), 'fail', 'CLYRA_CONFIG_SECRET_MISSING'],
  ['a channel shared with another company', () => void slack.said.set(slack.channel, { is_ext_shared: true }), 'warn', 'shared'],
  ['a channel that is not there', () => ({ channel: 'C0NOWHERE' }), 'fail', 'CLYRA_SLACK_CHANNEL'],
  ['a token that is none', () => Object.assign(slack, { mode: { error: 'invalid_auth' } }) && undefined, 'fail', 'CLYRA_SLACK_TOKEN'],
  ['nobody there', () => Object.assign(slack, { mode: 'down' }) && undefined, 'fail', 'CLYRA_SLACK_UNREACHABLE'],
])('%s', async (_name, given, status, found) => {
  const [one, ...more] = await check(given())
  expect(more).toEqual([])
  expect(one).toMatchObject({ status, found: expect.stringContaining(found), remedy: expect.any(String) })
})

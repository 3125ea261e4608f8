import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { ClyraError, codeOf } from '../../core/errors.ts'
import { noticeFor, notifierContract } from '../../tests/contracts/notifier.ts'
import { startSlack, type TestSlack } from '../../tests/support/slack.ts'
import { slackNotifier } from './index.ts'

let slack: TestSlack
let before: number
beforeAll(async () => {
  slack = await startSlack()
})
afterAll(() => slack.stop())
beforeEach(async () => {
  slack.mode = 'up'
  before = (await slack.messages()).length
})

notifierContract(async () => ({
  notifier: slackNotifier(slack),
  texts: async () => (await slack.messages()).slice(before).map((message) => JSON.stringify(message)),
  cut: () => {
    slack.mode = 'down'
  },
}))

describe('Slack’s errors', () => {
  test.each([
    ['ratelimited', 'CLYRA_SLACK_BUSY'],
    ['service_unavailable', 'CLYRA_SLACK_UNREACHABLE'],
    ['invalid_auth', 'CLYRA_SLACK_TOKEN'],
    ['missing_scope', 'CLYRA_SLACK_TOKEN'],
    ['channel_not_found', 'CLYRA_SLACK_CHANNEL'],
    ['not_in_channel', 'CLYRA_SLACK_CHANNEL'],
    ['msg_too_long', 'CLYRA_SLACK_REFUSED'],
    ['cant_update_message', 'CLYRA_SLACK_REFUSED'],
    ['a_word_of_tomorrow', 'CLYRA_SLACK_UNREACHABLE'],
    ['__proto__', 'CLYRA_SLACK_UNREACHABLE'],
    ['Not a word: xoxb-1', 'CLYRA_SLACK_UNREACHABLE'],
  ])('%s is %s', async (error, code) => {
    slack.mode = { error }
    const failed = (await slackNotifier(slack)
      .announce(noticeFor())
      .catch((thrown: unknown) => thrown)) as ClyraError
    expect(failed).toBeInstanceOf(ClyraError)
    expect(failed.code).toBe(code)
    expect(failed.message).not.toContain('xoxb')
    expect(failed.cause).toBeUndefined()
  })

  test('a place where nobody is', async () => {
    await expect(slackNotifier({ ...slack, channel: 'C0NOWHERE' }).announce(noticeFor())).rejects.toMatchObject({
      code: 'CLYRA_SLACK_CHANNEL',
    })
  })

  test('after a rate limit nothing is sent before its time is over', async () => {
    const notifier = slackNotifier(slack)
    slack.mode = 'limited'
    const code = (error: unknown) => codeOf(error)
    expect(await notifier.announce(noticeFor()).catch(code)).toBe('CLYRA_SLACK_BUSY')
    slack.mode = 'up'
    const sent = slack.calls.length
    expect(await notifier.announce(noticeFor()).catch(code)).toBe('CLYRA_SLACK_BUSY')
    expect(await notifier.check().catch(code)).toBe('CLYRA_SLACK_BUSY')
    expect(slack.calls).toHaveLength(sent)
  })

  test('the token travels in the header alone', async () => {
    await slackNotifier(slack).announce(noticeFor())
    expect(slack.calls.length).toBeGreaterThan(5)
    expect(JSON.stringify(slack.calls)).not.toContain(slack.token)
  })
})

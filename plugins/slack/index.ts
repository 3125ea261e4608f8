// Tells approvers in a Slack channel. It sends and never listens: a click in Slack is no identity, so nothing is decided there.
import { LogLevel, WebClient } from '@slack/web-api'
import { ClyraError } from '../../core/errors.ts'
import type { Notifier } from '../../core/ports.ts'
import { faultOf, restOf } from './faults.ts'
import { messageOf } from './message.ts'

// Well within the minute for which a message is claimed.
const timeoutMs = 10_000

export interface SlackOptions {
  /** A bot's token with the scope chat:write. */
  token: string
  /** The channel's id. */
  channel: string
  /** Another Slack than slack.com, for tests; ends in a slash. */
  apiUrl?: string
}

/**
 * One message a call, no retries of its own: whoever calls decides when to try again. After a rate limit nothing is sent until
 * Slack's Retry-After is over. A reference is `<channel id>/<ts>`. CLYRA_SLACK_*.
 */
export function slackNotifier({ token, channel, apiUrl }: SlackOptions): Notifier {
  const client = new WebClient(token, {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    timeout: timeoutMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: silent,
  })
  let restUntil = 0
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    if (Date.now() < restUntil) throw new ClyraError('CLYRA_SLACK_BUSY', 'expected the time of a rate limit to be over, found it running')
    try {
      return await work()
    } catch (error) {
      restUntil = Date.now() + restOf(error)
      throw faultOf(error)
    }
  }
  return {
    async check() {
      await call(() => client.auth.test())
    },
    async announce(notice) {
      const sent = await call(() =>
        client.chat.postMessage({ channel, ...messageOf(notice), ...inert, unfurl_links: false, unfurl_media: false }),
      )
      if (sent.channel === undefined || sent.ts === undefined)
        throw new ClyraError('CLYRA_SLACK_UNREACHABLE', 'expected Slack to name the message, found no name')
      return { reference: `${sent.channel}/${sent.ts}` }
    },
    async update(reference, notice) {
      const [where = '', ts = ''] = reference.split('/')
      await call(() => client.chat.update({ channel: where, ts, ...messageOf(notice), ...inert }))
    },
  }
}

// Names and addresses in the fallback text stay text.
const inert = { parse: 'none', link_names: false } as const

// The client's own lines would go to the console; what matters of them is in the errors.
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
}

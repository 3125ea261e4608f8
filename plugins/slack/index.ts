// Tells approvers in a Slack channel. What they click there comes in at the gateway, and is no identity by itself.
import { ClyraError } from '../../core/errors.ts'
import type { Notifier } from '../../core/ports.ts'
import { slackCaller } from './client.ts'
import { messageOf } from './message.ts'

export interface SlackOptions {
  /** A bot's token with the scope chat:write. */
  token: string
  /** The channel's id. */
  channel: string
  /** Whether clicks come back to the gateway: without them a message has no button. */
  clickable: boolean
  /** Another Slack than slack.com, for tests; ends in a slash. */
  apiUrl?: string
}

/** One message a call, no retries: whoever calls decides when to try again. A reference is `<channel id>/<ts>`. CLYRA_SLACK_*. */
export function slackNotifier({ channel, clickable, ...access }: SlackOptions): Notifier {
  const call = slackCaller(access)
  return {
    async check() {
      await call((client) => client.auth.test())
    },
    async announce(notice) {
      const sent = await call((client) =>
        client.chat.postMessage({ channel, ...messageOf(notice, clickable), ...inert, unfurl_links: false, unfurl_media: false }),
      )
      if (sent.channel === undefined || sent.ts === undefined)
        throw new ClyraError('CLYRA_SLACK_UNREACHABLE', 'expected Slack to name the message, found no name')
      return { reference: `${sent.channel}/${sent.ts}` }
    },
    async update(reference, notice) {
      const [where = '', ts = ''] = reference.split('/')
      await call((client) => client.chat.update({ channel: where, ts, ...messageOf(notice, clickable), ...inert }))
    },
  }
}

// Names and addresses in the fallback text stay text.
const inert = { parse: 'none', link_names: false } as const

// Who people are to Slack, and words to one of them. Never by e-mail address: its owner can change it.

import { ClyraError } from '../../core/errors.ts'
import type { SlackPeople, SlackStanding } from '../../core/ports.ts'
import { slackCaller } from './client.ts'
import { escaped, plain } from './text.ts'

const longest = 3000

/** Scopes: users:read, im:write, chat:write, channels:read and, for a private channel, groups:read. */
export function slackPeople(access: { token: string; apiUrl?: string }): SlackPeople {
  const call = slackCaller(access)
  let own: string | undefined
  return {
    async team() {
      own ??= (await call((client) => client.auth.test())).team_id
      if (own === undefined) throw noAnswer('the team of the bot')
      return own
    },
    async user(userId) {
      const { user } = await call((client) => client.users.info({ user: userId }))
      if (user?.id !== userId || user.team_id === undefined) throw noAnswer('the user that was asked for')
      return { team_id: user.team_id, standing: standingOf(user) }
    },
    async channel(channelId) {
      const { channel } = await call((client) => client.conversations.info({ channel: channelId }))
      if (channel?.id !== channelId) throw noAnswer('the channel that was asked for')
      return { shared: channel.is_ext_shared === true || channel.is_pending_ext_shared === true }
    },
    async whisper(channelId, userId, text) {
      await call((client) => client.chat.postEphemeral({ channel: channelId, user: userId, ...said(text) }))
    },
    async write(userId, text, { url, label }) {
      const { channel } = await call((client) => client.conversations.open({ users: userId }))
      if (channel?.id === undefined) throw noAnswer('a direct message')
      const button = { type: 'button' as const, text: plain(label), url: new URL(url).href, action_id: 'clyra_open' }
      const { text: fallback, blocks } = said(text)
      await call((client) =>
        client.chat.postMessage({
          channel: channel.id as string,
          text: fallback,
          blocks: [...blocks, { type: 'actions', elements: [button] }],
          parse: 'none',
          link_names: false,
          unfurl_links: false,
          unfurl_media: false,
        }),
      )
    },
  }
}

const said = (text: string) => ({
  text: escaped(text, longest),
  blocks: [{ type: 'section' as const, text: plain(escaped(text, longest)) }],
})

interface Flags {
  deleted?: boolean
  is_bot?: boolean
  is_restricted?: boolean
  is_ultra_restricted?: boolean
  is_stranger?: boolean
}

function standingOf(user: Flags): SlackStanding {
  if (user.deleted) return 'deleted'
  if (user.is_bot) return 'bot'
  if (user.is_stranger) return 'stranger'
  return user.is_restricted || user.is_ultra_restricted ? 'guest' : 'member'
}

const noAnswer = (what: string) => new ClyraError('CLYRA_SLACK_UNREACHABLE', `expected Slack to name ${what}, found no name`)

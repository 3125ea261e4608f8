// Clicks as Slack sends them, signed by ourselves: the emulator sends none.
import { createHmac } from 'node:crypto'
import type { TestSlack } from './slack.ts'

export interface SentClick {
  body: string
  headers: Record<string, string>
}

/** The payload of a click by a user of the team on Deny of the message, but for what `part` says (docs.slack.dev, block_actions). */
export const payloadOf = (
  { team, channel }: TestSlack,
  userId: string,
  value: string,
  part: Record<string, unknown> = {},
): Record<string, unknown> => ({
  type: 'block_actions',
  user: { id: userId, username: 'somebody', name: 'somebody', team_id: team },
  api_app_id: 'A0CLYRA',
  token: 'verification',
  container: { type: 'message', message_ts: '1.000001', channel_id: channel, is_ephemeral: false },
  trigger_id: '1.2.3',
  team: { id: team, domain: 'emulate' },
  enterprise: null,
  is_enterprise_install: false,
  channel: { id: channel, name: 'approvals' },
  message: { type: 'message', ts: '1.000001', text: 'x', blocks: [] },
  // Nothing may ever be sent there.
  response_url: 'http://127.0.0.1:9/actions/T1/2/3',
  actions: [
    { action_id: 'clyra_deny', block_id: 'b', text: { type: 'plain_text', text: 'Deny' }, value, type: 'button', action_ts: '1.1' },
  ],
  ...part,
})

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** The form body and headers of a signed request. */
export function signedClick(secret: string, payload: unknown, timestamp = nowSeconds()): SentClick {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
  return { body, headers: headersOf(secret, body, timestamp) }
}

/** Headers that make these bytes a request of Slack's. */
export const headersOf = (secret: string, body: string, timestamp = nowSeconds()): Record<string, string> => ({
  'content-type': 'application/x-www-form-urlencoded',
  'x-slack-request-timestamp': String(timestamp),
  'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`,
})

/** Sends it over HTTP. */
export const sendClick = (base: string, { body, headers }: SentClick): Promise<Response> =>
  fetch(`${base}/v1/slack/interactions`, { method: 'POST', body, headers })

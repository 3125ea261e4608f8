// A Slack for tests: the emulator, behind a line that notes what is sent and fails on demand.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { WebClient } from '@slack/web-api'
import { createEmulator } from 'emulate'
import { freePort } from '../../runtime/parts/port.ts'

/** `down`: no answer; `lost`: taken, the answer lost; `limited`: 429; an error word: refused with it. */
export type SlackMode = 'up' | 'down' | 'lost' | 'limited' | { error: string }

export interface TestSlack {
  apiUrl: string
  token: string
  channel: string
  team: string
  clickable: boolean
  signingSecret: string
  /** Ids of the people there, by name. */
  users: Record<'ana' | 'ben' | 'eva', string>
  mode: SlackMode
  /** What Slack says of users and channels otherwise than the emulator, which knows no guests and no strangers; by id. */
  said: Map<string, object>
  /** Method and body of each call that arrived, whatever became of it. */
  calls: { method: string; body: string }[]
  /** What stands in the channel, oldest first. */
  messages(): Promise<{ text: string; blocks: unknown[] }[]>
  stop(): Promise<void>
}

/** What the app asks for when it is installed (docs/operations.md). */
export const botScopes = ['chat:write', 'channels:read', 'users:read', 'im:write']

export const retryAfterSeconds = 3600

export async function startSlack(): Promise<TestSlack> {
  const token = 'xoxb-canarytoken-5d81c0aa'
  const seed = {
    slack: {
      users: ['clyra', 'ana', 'ben', 'eva'].map((name) => ({ name })),
      channels: [{ name: 'approvals' }],
      tokens: [{ token, user: 'clyra', scopes: [...botScopes, 'channels:history'] }],
      strict_scopes: true,
    },
  }
  const emulator = await createEmulator({ service: 'slack', port: await freePort(), seed })
  const direct = new WebClient(token, { slackApiUrl: `${emulator.url}/api/` })
  const listed = await direct.conversations.list()
  const channel = listed.channels?.find(({ name }) => name === 'approvals')?.id as string
  const { team_id: team = '' } = await direct.auth.test()
  const { members = [] } = await direct.users.list({})
  const idOf = (name: string): string => members.find((user) => user.name === name)?.id ?? ''
  const slack = {
    ...{ token, channel, team, clickable: true, signingSecret: 'canarysigningsecret7f21' },
    users: { ana: idOf('ana'), ben: idOf('ben'), eva: idOf('eva') },
    mode: 'up' as SlackMode,
    said: new Map<string, object>(),
    calls: [] as TestSlack['calls'],
  }
  const line = createServer((request, response) => void pass(slack, emulator.url, request, response))
  const port = await listening(line)
  return Object.assign(slack, {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    messages: async () => ((await direct.conversations.history({ channel })).messages ?? []).reverse() as never,
    async stop() {
      line.closeAllConnections()
      line.close()
      await emulator.close()
    },
  })
}

async function pass(
  slack: Pick<TestSlack, 'mode' | 'calls' | 'said'>,
  upstream: string,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const body = await text(request)
  slack.calls.push({ method: (request.url ?? '').replace('/api/', ''), body: decodeURIComponent(body.replaceAll('+', ' ')) })
  const { mode } = slack
  const json = { 'content-type': 'application/json' }
  if (mode === 'down') request.socket.destroy()
  else if (mode === 'limited') response.writeHead(429, { 'retry-after': String(retryAfterSeconds) }).end()
  else if (typeof mode === 'object') response.writeHead(200, json).end(JSON.stringify({ ok: false, error: mode.error }))
  else {
    const { authorization = '', 'content-type': type = '' } = request.headers
    const answer = await fetch(`${upstream}${request.url}`, { method: 'POST', headers: { authorization, 'content-type': type }, body })
    if (mode === 'lost') request.socket.destroy()
    else response.writeHead(answer.status, json).end(corrected(await answer.text(), slack.said))
  }
}

function corrected(answer: string, said: ReadonlyMap<string, object>): string {
  const parsed = JSON.parse(answer) as { user?: { id?: string }; channel?: { id?: string } }
  for (const one of [parsed.user, parsed.channel]) if (typeof one === 'object') Object.assign(one, said.get(one.id ?? ''))
  return JSON.stringify(parsed)
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

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
  mode: SlackMode
  /** Method and body of each call that arrived, whatever became of it. */
  calls: { method: string; body: string }[]
  /** What stands in the channel, oldest first. */
  messages(): Promise<{ text: string; blocks: unknown[] }[]>
  stop(): Promise<void>
}

export const retryAfterSeconds = 3600

export async function startSlack(): Promise<TestSlack> {
  const token = 'xoxb-canarytoken-5d81c0aa'
  const seed = {
    slack: {
      users: [{ name: 'clyra' }],
      channels: [{ name: 'approvals' }],
      tokens: [{ token, user: 'clyra', scopes: ['chat:write', 'channels:read', 'channels:history'] }],
      strict_scopes: true,
    },
  }
  const emulator = await createEmulator({ service: 'slack', port: await freePort(), seed })
  const direct = new WebClient(token, { slackApiUrl: `${emulator.url}/api/` })
  const listed = await direct.conversations.list()
  const channel = listed.channels?.find(({ name }) => name === 'approvals')?.id as string
  const slack = { token, channel, mode: 'up' as SlackMode, calls: [] as TestSlack['calls'] }
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

async function pass(slack: Pick<TestSlack, 'mode' | 'calls'>, upstream: string, request: IncomingMessage, response: ServerResponse) {
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
    else response.writeHead(answer.status, json).end(await answer.text())
  }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

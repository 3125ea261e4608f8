// A gateway of a test: answers as it is told, and remembers what it was asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ChangeView } from '../../../core/generated/types.ts'
import { changeId } from './story.ts'

export interface Asked {
  line: string
  /** With its question mark; '' where there is none. */
  query: string
  headers: IncomingMessage['headers']
  body: unknown
}
export interface Answer {
  status?: number
  headers?: Record<string, string>
  body: object | string
}
/** By `METHOD /path` without the query; undefined leaves the caller waiting. */
export type Answers = (line: string, asked: Asked, query: URLSearchParams) => Answer | undefined

export interface TestGateway {
  url: string
  asked: Asked[]
  answers: Answers
  close(): Promise<void>
}

export async function startGateway(): Promise<TestGateway> {
  const gateway: TestGateway = { url: '', asked: [], answers: () => problem(404, 'CLYRA_API_NOT_FOUND'), close: async () => undefined }
  const server = createServer((request, response) => void answer(gateway, request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  gateway.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  gateway.close = () =>
    new Promise((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  return gateway
}

async function answer(gateway: TestGateway, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = ''
  for await (const part of request) text += part
  const { pathname, search, searchParams } = new URL(request.url ?? '/', gateway.url)
  const line = `${request.method} ${pathname}`
  const asked = { line, query: search, headers: request.headers, body: text === '' ? null : (JSON.parse(text) as unknown) }
  gateway.asked.push(asked)
  const said = gateway.answers(line, asked, searchParams)
  if (said === undefined) return
  response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers })
  response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body))
}

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: {
    type: 'about:blank',
    title: 'no',
    status,
    code,
    detail: 'expected something, found something else',
    retryable: false,
    remediation: '',
  },
})

/** As much of a change view as the adapter reads. */
export const view = (said: Partial<ChangeView> = {}): Answer => ({
  body: {
    change_id: changeId,
    attempt: 1,
    version: 3,
    mode: 'gate',
    state: 'AWAITING_APPROVAL',
    outcome: null,
    code: null,
    affected_rows: null,
    bundle_id: null,
    evidence: null,
    links: { self: '/', evidence: null, temporal: null, page: 'http://door.example/approve/1' },
    ...said,
  },
})

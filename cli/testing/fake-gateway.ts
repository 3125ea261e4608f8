// A gateway that answers what a test tells it to, and remembers what it was asked.
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { ChangeView, Problem } from '../../core/generated/types.ts'

export interface Asked {
  method: string
  /** Path with query. */
  path: string
  headers: IncomingMessage['headers']
  body: unknown
}

/** `GET /v1/changes` → what to answer; a function is asked anew each time. A Response status other than 200 stands in `status`. */
export type Routes = Record<string, unknown | ((asked: Asked) => unknown)>

export interface Answer {
  status: number
  body: unknown
}

export interface FakeGateway {
  url: string
  asked: Asked[]
  close(): Promise<void>
}

/** Starts it on loopback. Routes are matched without their query; an unknown route is a 404 problem. */
export async function fakeGateway(routes: Routes): Promise<FakeGateway> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const raw = await text(request)
    const { method = '', url = '', headers } = request
    const one: Asked = { method, path: url, headers, body: raw === '' ? null : JSON.parse(raw) }
    asked.push(one)
    const route = routes[`${method} ${url.split('?')[0]}`]
    const { status, body } = answerOf(typeof route === 'function' ? route(one) : route)
    response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' })
    response.end(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answerOf(answer: unknown): Answer {
  if (answer === undefined) return { status: 404, body: problem('CLYRA_API_NOT_FOUND', 404, 'expected a route') }
  const isAnswer = typeof answer === 'object' && answer !== null && 'status' in answer && 'body' in answer
  return isAnswer ? (answer as Answer) : { status: 200, body: answer }
}

/** A problem as the gateway sends it. */
export const problem = (code: string, status: number, detail: string, errors: Problem['errors'] = []): Problem => ({
  type: `https://clyra.dev/errors/${code}`,
  title: 'Error',
  status,
  detail,
  code,
  retryable: false,
  remediation: 'as the table says',
  errors,
})

export const changeId = `chg_${'a'.repeat(26)}`

/** A change that was just asked for, with whatever differs. */
export const changeView = (differs: Partial<ChangeView> = {}): ChangeView => ({
  change_id: changeId,
  tenant: 'default',
  attempt: 1,
  workflow_id: `clyra/default/${changeId}`,
  version: 1,
  state: 'OPEN',
  outcome: null,
  code: null,
  target: 'shop',
  mode: 'gate',
  kind: 'sql',
  executor: 'clyra',
  source: 'cli',
  requester: { actor: 'ana', person: 'ana@shop.example' },
  claimed_person: null,
  reason: 'clean up',
  late: false,
  payload_digest: `sha256:${'1'.repeat(64)}`,
  verdict: null,
  approvers: [],
  match_code: null,
  affected_rows: null,
  anchor: null,
  bundle_id: null,
  evidence: null,
  submitted_at: '2026-01-01T00:00:00.000Z',
  seq: 1,
  stalled: false,
  links: { self: `/v1/changes/${changeId}`, evidence: null, page: `https://door.example/approve/${changeId}`, temporal: null },
  ...differs,
})

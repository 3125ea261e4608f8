// The TypeScript client against the contract files: what it asks must be what was recorded, and what it makes of the answers what they say.
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { type Client, createClient } from '../../cli/client.ts'
import type { ChangeRequest, Problem } from '../../core/generated/types.ts'
import { demandConforming } from '../../gateway/control/testing/contract.ts'
import { receiptJudge } from '../../ledger/schemas.ts'
import type { Exchange } from './exchange.ts'
import { fileOf } from './recording.ts'
import { scenarios } from './scenarios.ts'

const exchangesOf = (name: string): Exchange[] => JSON.parse(readFileSync(fileOf(name), 'utf8'))

/** Answers one exchange, and only to what was recorded. */
async function answering<T>({ request, response }: Exchange, call: (base: string) => Promise<T>): Promise<{ asked: object; result: T }> {
  let asked = {}
  const server = createServer(async (incoming, outgoing) => {
    asked = await read(incoming, Object.keys(request.headers))
    const body = response.body_base64 === undefined ? JSON.stringify(response.body) : Buffer.from(response.body_base64, 'base64')
    outgoing.writeHead(response.status, response.headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return { result: await call(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), asked }
  } finally {
    await new Promise((resolve) => server.close(resolve).closeAllConnections())
  }
}

async function read(incoming: IncomingMessage, needed: readonly string[]): Promise<Exchange['request']> {
  const body = await text(incoming)
  const headers = Object.fromEntries(needed.map((name) => [name, String(incoming.headers[name])]))
  return { method: incoming.method ?? '', path: incoming.url ?? '', headers, ...(body === '' ? {} : { body: JSON.parse(body) }) }
}

/** The call of the client that asks this; null where the client has none. */
function callOf(client: Client, { method, path, headers, body }: Exchange['request']): Promise<unknown> | null {
  const [, id = '', verb = ''] = /^\/v1\/changes\/(chg_[a-z2-7]{26})(?:\/(\w+))?/.exec(path) ?? []
  const { searchParams } = new URL(path, 'http://x')
  const [wait, since] = [searchParams.get('wait'), searchParams.get('since')]
  const siteKey = headers['idempotency-key']
  if (method === 'POST' && path === '/v1/changes') return siteKey === undefined ? null : client.submit(body as ChangeRequest, siteKey)
  if (method === 'POST' && verb === 'cancel') return client.cancel(id, (body as { reason: string }).reason)
  if (method === 'POST' && verb === 'grant') return client.grant(id, (body as { login: string }).login)
  if (method === 'POST' && verb === 'complete') return client.complete(id)
  if (verb === 'evidence') return client.evidence(id)
  if (id !== '' && verb === '') return wait === null ? client.change(id) : client.changeSince(id, Number(since), Number(wait))
  return null
}

const exchanges = Object.keys(scenarios).flatMap((name) => exchangesOf(name).map((exchange, index) => ({ name, index, exchange })))

test('there is a file for each scenario, and no other', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.json'))
  expect(files.sort()).toEqual(
    Object.keys(scenarios)
      .map((name) => `${name}.json`)
      .sort(),
  )
  expect(files.reduce((sum, name) => sum + readFileSync(new URL(name, import.meta.url)).length, 0)).toBeLessThan(200_000)
})

describe('every answer', () => {
  test.each(exchanges)('$name $index fits the schema of its place', ({ exchange: { request, response } }) => {
    const { status: statusCode, headers } = response
    expect(() =>
      demandConforming({ method: request.method as 'GET', url: request.path }, { statusCode, headers, json: () => response.body } as never),
    ).not.toThrow()
  })

  test('of receipts has lines that fit theirs', () => {
    const judge = receiptJudge()
    const lines = exchanges.flatMap(({ exchange }) => (exchange.response.body as { lines?: string[] } | undefined)?.lines ?? [])
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.flatMap((line) => judge(JSON.parse(line)))).toEqual([])
  })
})

describe('the client', () => {
  const asked = exchanges.filter(({ exchange }) => callOf(nobody(), exchange.request) !== null)

  test('has a call for all but lists, receipts and what it would never send', () => {
    const left = exchanges
      .filter((one) => !asked.includes(one))
      .map(({ exchange: { request } }) => `${request.method} ${request.path.replace(/\?.*|chg_[a-z]+/g, '')}`)
    expect([...new Set(left)].sort()).toEqual([
      'GET /v1/changes',
      'GET /v1/changes//receipts',
      'POST /v1/changes',
      'POST /v1/requests/find',
    ])
  })

  test.each(asked)('asks $name $index as recorded, and returns or throws what it is answered', async ({ exchange }) => {
    const token = exchange.request.headers.authorization?.replace('Bearer ', '') ?? null
    const outcome = await answering(exchange, async (base) => {
      const call = callOf(createClient({ base, token }), exchange.request)
      return call?.then(
        (value) => ({ value }),
        (error) => ({ error }),
      )
    })
    expect(outcome.asked).toEqual(exchange.request)
    const { status, body, body_base64 } = exchange.response
    if (status >= 400) {
      const { code, detail, errors = [] } = body as Problem
      expect(outcome.result).toMatchObject({ error: { code, message: detail, faults: errors } })
    } else if (body_base64 === undefined) expect(outcome.result).toEqual({ value: body })
    else expect(outcome.result).toEqual({ value: new Uint8Array(Buffer.from(body_base64, 'base64')) })
  })
})

// Calls are only looked for.
function nobody(): Client {
  const named = () => Promise.resolve()
  return new Proxy({}, { get: () => named }) as Client
}

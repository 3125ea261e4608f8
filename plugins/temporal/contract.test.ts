// The worker's calls against the contract files: what they ask must be what was recorded, and what they make of the answers what they say.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ChangeRequest, Problem } from '../../core/generated/types.ts'
import type { Exchange } from '../../tests/contracts/exchange.ts'
import { type Api, controlApi } from './api.ts'
import { startGateway, type TestGateway } from './testing/gateway.ts'

const folder = join(import.meta.dirname, '../../tests/contracts')
const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
const exchanges = files.flatMap((file) =>
  (JSON.parse(readFileSync(join(folder, file), 'utf8')) as Exchange[]).map((exchange, index) => ({ name: `${file} ${index}`, exchange })),
)

/** The call that asks this; null where a worker asks no such thing. */
function callOf(api: Api, { method, path, headers, body }: Exchange['request']): (() => Promise<unknown>) | null {
  const { pathname, searchParams } = new URL(path, 'http://x')
  const [, id = '', verb = ''] = /^\/v1\/changes(?:\/(chg_[a-z2-7]{26}))?(?:\/(\w+))?$/.exec(pathname) ?? ['', 'other', 'other']
  const siteKey = headers['idempotency-key']
  if (headers.authorization === undefined) return null
  if (method === 'POST' && pathname === '/v1/changes' && siteKey !== undefined) return () => api.submit(body as ChangeRequest, siteKey)
  if (method === 'POST' && pathname === '/v1/requests/find' && siteKey !== undefined) return () => api.find(body as ChangeRequest, siteKey)
  if (method === 'POST' && verb === 'cancel') return () => api.cancel(id, (body as { reason: string }).reason)
  if (method === 'POST' && verb === 'grant') return () => api.grant(id, (body as { login: string }).login)
  if (method === 'POST' && verb === 'complete') return () => api.complete(id)
  if (method === 'GET' && verb === 'receipts') return () => api.receipts(id)
  if (method !== 'GET' || !id.startsWith('chg_') || verb !== '') return null
  if (!searchParams.has('wait')) return () => api.change(id)
  const since = Number(searchParams.get('since'))
  return searchParams.get('wait') === '50' ? () => api.poll(id, since, new AbortController().signal) : null
}

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const nowhere = controlApi({ gateway: 'http://127.0.0.1:9', token: '' })
const asked = exchanges.filter(({ exchange }) => callOf(nowhere, exchange.request) !== null)

test('every call of a worker is among the recorded', () => {
  const lines = asked.map(({ exchange: { request } }) => `${request.method} ${request.path.replace(/chg_[a-z]+/, '').replace(/\d+$/, 'N')}`)
  expect([...new Set(lines)].sort()).toEqual([
    'GET /v1/changes/',
    'GET /v1/changes//receipts',
    'GET /v1/changes/?wait=50&since=N',
    'POST /v1/changes',
    'POST /v1/changes//cancel',
    'POST /v1/changes//complete',
    'POST /v1/changes//grant',
    'POST /v1/requests/find',
  ])
})

test.each(asked)('$name', async ({ exchange: { request, response } }) => {
  gateway.answers = () => ({ status: response.status, headers: response.headers, body: response.body as object })
  const api = controlApi({ gateway: gateway.url, token: request.headers.authorization?.replace('Bearer ', '') ?? '' })
  const answer = await callOf(api, request)?.().then(
    (value) => ({ value }),
    ({ code, message }) => ({ error: { code, message } }),
  )
  const sent = gateway.asked.at(-1)
  expect(`${sent?.line}${sent?.query}`).toBe(`${request.method} ${request.path}`)
  expect(sent?.headers).toMatchObject(request.headers)
  expect(sent?.body).toEqual(request.body ?? null)
  const { code, detail } = response.body as Problem
  expect(answer).toEqual(response.status < 400 ? { value: response.body } : { error: { code, message: detail } })
})

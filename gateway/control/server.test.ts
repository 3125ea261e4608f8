import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import type { ChangeView } from '../../core/generated/types.ts'
import { readSchemas } from '../../tools/schemas.ts'
import type { Bounds } from './admission.ts'
import type { GatewayDeps } from './deps.ts'
import { createGateway } from './server.ts'
import { problemIn, rememberingWorkflows, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await startTestGateway()
  token = await gateway.token(['requester', 'approver', 'operator', 'auditor', 'admin'], { actor: 'everybody' })
})
afterAll(() => gateway.stop())

const problemSchema = readSchemas(`${import.meta.dirname}/../..`, ['api']).find(({ name }) => name === 'problem')?.schema ?? {}
const fitsProblem = new Ajv2020({ allowUnionTypes: true }).compile(problemSchema)

test('a wrong method is told the right ones', async () => {
  const { headers } = await gateway.call(token, { method: 'PATCH', url: '/v1/approvers?canary' })
  expect(headers.allow).toBe('POST, GET')
})

describe('problems', () => {
  const huge = JSON.stringify({ kind: 'sql', target: 'shop', statements: ['x'.repeat(2 * 1024 * 1024)] })
  test.each([
    ['an unknown path', { url: '/canary' }, 404, 'CLYRA_API_NOT_FOUND'],
    ['a wrong method', { method: 'PUT', url: '/v1/changes' }, 405, 'CLYRA_API_METHOD'],
    ['a wrong method with a body nobody reads', { method: 'PUT', url: '/v1/changes/x', payload: 'canary' }, 405, 'CLYRA_API_METHOD'],
    ['a path that does not decode', { url: '/v1/changes/%canary' }, 400, 'CLYRA_API_INVALID'],
    ['a parameter that is too long', { url: `/v1/targets/${'canary'.repeat(60)}` }, 400, 'CLYRA_API_INVALID'],
    [
      'broken JSON',
      { method: 'POST', url: '/v1/changes', headers: { 'content-type': 'application/json' }, payload: '{"canary' },
      400,
      'CLYRA_API_INVALID',
    ],
    [
      'a poisoned prototype',
      { method: 'POST', url: '/v1/changes', headers: { 'content-type': 'application/json' }, payload: '{"__proto__":{"canary":1}}' },
      400,
      'CLYRA_API_INVALID',
    ],
    ['no body', { method: 'POST', url: '/v1/changes' }, 400, 'CLYRA_API_INVALID'],
    [
      'another media type',
      { method: 'POST', url: '/v1/changes', headers: { 'content-type': 'text/canary' }, payload: 'canary' },
      415,
      'CLYRA_API_MEDIA_TYPE',
    ],
    [
      'a huge body',
      { method: 'POST', url: '/v1/changes', headers: { 'content-type': 'application/json' }, payload: huge },
      413,
      'CLYRA_API_TOO_LARGE',
    ],
  ] as const)('%s', async (_name, request, status, code) => {
    const response = await gateway.call(token, request)
    expect([response.statusCode, problemIn(response).code]).toEqual([status, code])
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect([fitsProblem(response.json()), response.body.includes('canary')]).toEqual([true, false])
    expect(response.headers['x-request-id'] ?? problemIn(response).instance).toBeDefined()
  })

  test('what fails inside shows a request id and nothing else, and the log has no text of it', async () => {
    const { log } = gateway.ledger
    const { readNow } = log
    log.readNow = async () => {
      throw new Error('canary-inside')
    }
    const submitted = await gateway.call(token, {
      method: 'POST',
      url: '/v1/changes',
      headers: { 'idempotency-key': 'inside' },
      payload: { kind: 'sql', target: 'shop', statements: ['select 1'] },
    })
    log.readNow = readNow
    expect([submitted.statusCode, problemIn(submitted).code]).toEqual([500, 'CLYRA_INTERNAL'])
    expect(submitted.body + gateway.logged.join('\n')).not.toContain('canary-inside')
    expect(gateway.logged.some((line) => line.includes(String(submitted.headers['x-request-id'])))).toBe(true)
  })

  test('what is not HTTP is answered, too', async () => {
    const port = Number(new URL(await gateway.app.listen({ host: '127.0.0.1', port: 0 })).port)
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () => socket.write('canary\r\n\r\n'))
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
    })
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/)
    expect([fitsProblem(JSON.parse(body)), answer.includes('canary')]).toEqual([true, false])
  })
})

describe('tokens', () => {
  test('none, a foreign scheme, an unknown one and a revoked one are all 401', async () => {
    const revoked = await gateway.token(['auditor'], { actor: 'leaver' })
    await gateway.ledger.tokens.revokeActor('default', 'leaver')
    for (const authorization of [undefined, `Basic ${token}`, 'Bearer', 'Bearer clyra_unknown', `Bearer ${revoked}`, `Bearer ${token} x`]) {
      const response = await gateway.app.inject({ url: '/v1/changes', headers: authorization === undefined ? {} : { authorization } })
      expect([authorization, response.statusCode, response.headers['www-authenticate']]).toEqual([authorization, 401, 'Bearer'])
    }
  })

  test('are never logged, nor are bodies or keys', async () => {
    await gateway.call(token, {
      method: 'POST',
      url: '/v1/changes?canary-query=1',
      headers: { 'idempotency-key': 'canary-key' },
      payload: { kind: 'sql', target: 'shop', statements: ["select 'canary-sql'"], reason: 'canary-reason' },
    })
    const log = gateway.logged.join('\n')
    expect(log).toContain('"route":"/v1/changes"')
    expect([log.includes(token), log.includes('canary')]).toEqual([false, false])
  })
})

describe('under hostile input', () => {
  const canary = 'Canary7f3a'
  const junk = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => canary + text),
    fc.integer(),
    fc.double(),
    fc.constant(null),
    fc.boolean(),
    fc.array(
      fc.string({ maxLength: 5 }).map((text) => canary + text),
      { maxLength: 3 },
    ),
    fc.dictionary(
      fc.string({ maxLength: 5 }).map((text) => canary + text),
      fc.constant(canary),
      { maxKeys: 3 },
    ),
  )
  const field = (valid: fc.Arbitrary<unknown>) => fc.oneof({ weight: 3, arbitrary: valid }, { weight: 1, arbitrary: junk })
  const bodies = fc.oneof(
    fc.record(
      {
        kind: field(fc.constant('sql')),
        target: field(fc.constant('shop')),
        statements: field(fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 3 })),
        limits: field(fc.record({ max_rows: field(fc.nat()) }, { requiredKeys: [] })),
        revision: field(fc.integer({ min: 1, max: 1000 })),
        reason: field(fc.string({ unit: 'binary', maxLength: 30 })),
        claimed_person: field(fc.string({ unit: 'binary', maxLength: 30 })),
        person: field(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })),
        spki: field(fc.base64String({ maxLength: 124 })),
        policy_id: field(fc.constant('sox-controls')),
        frozen: field(fc.boolean()),
        envelope: field(fc.constant({ payload: 'AAAA', payloadType: 'x', signatures: [{ sig: 'AAAA' }] })),
      },
      { requiredKeys: [] },
    ),
    junk,
  )
  const urls = fc.constantFrom(
    '/v1/changes',
    '/v1/approvers',
    '/v1/targets/shop/gate',
    '/v1/freeze',
    `/v1/approvals/chg_${'a'.repeat(26)}/decisions`,
    `/v1/changes/chg_${'a'.repeat(26)}/cancel`,
    `/v1/changes/${canary}/cancel`,
  )
  const header = fc.oneof(
    fc.constant('a key'),
    fc.string({ unit: 'grapheme-ascii', maxLength: 250 }).map((text) => `${canary}${text}`),
  )

  test('no body, key or path gives a 500, and no error gives back what was sent', async () => {
    let refused = 0
    await fc.assert(
      fc.asyncProperty(urls, header, bodies, async (url, key, body) => {
        const headers = { 'idempotency-key': key, 'content-type': 'application/json' }
        const response = await gateway.call(token, { method: 'POST', url, headers, payload: JSON.stringify(body) ?? '' })
        if (response.statusCode < 400) return
        refused += 1
        expect(response.statusCode).toBeLessThan(500)
        expect([fitsProblem(response.json()), response.body.includes(canary)]).toEqual([true, false])
      }),
      { seed: 7, numRuns: 400 },
    )
    expect(refused).toBeGreaterThan(100)
  })
})

describe('probes', () => {
  test('need no token, and tell what does not answer', async () => {
    expect((await gateway.app.inject('/healthz')).json()).toEqual({ status: 'ok' })
    expect((await gateway.app.inject('/readyz')).json()).toEqual({ status: 'ready' })
    gateway.workflows.reachable = false
    const response = await gateway.app.inject('/readyz')
    gateway.workflows.reachable = true
    expect([response.statusCode, problemIn(response).errors?.map(({ pointer }) => pointer)]).toEqual([503, ['workflows']])
  })
})

describe('bounds and the end', () => {
  const opened: FastifyInstance[] = []
  afterAll(() => Promise.all(opened.map((app) => app.close())))

  function open(deps: Partial<GatewayDeps> = {}, bounds?: Bounds): FastifyInstance {
    const app = createGateway({ ...gateway.deps, workflows: rememberingWorkflows().port, ...deps }, bounds)
    opened.push(app)
    return app
  }
  const authorization = () => `Bearer ${token}`
  const submitTo = (app: FastifyInstance, key: string) =>
    app.inject({
      method: 'POST',
      url: '/v1/changes',
      headers: { authorization: authorization(), 'idempotency-key': key },
      payload: { kind: 'sql', target: 'shop', statements: ['select 1'] },
    })
  async function changeIn(app: FastifyInstance, key: string): Promise<string> {
    const response = await submitTo(app, key)
    expect(response.statusCode).toBe(202)
    return response.json<ChangeView>().change_id
  }
  /** The ledger with a `wait` that tells when it began, with its signal, and when it ended. */
  function watched() {
    const begun = Promise.withResolvers<AbortSignal | undefined>()
    const ended = Promise.withResolvers<void>()
    const { changes } = gateway.ledger
    const wait: typeof changes.wait = async (id, since, timeoutMs, signal) => {
      begun.resolve(signal)
      await changes.wait(id, since, timeoutMs, signal)
      ended.resolve()
    }
    return { ledger: { ...gateway.ledger, changes: { ...changes, wait } }, begun: begun.promise, ended: ended.promise }
  }

  test('more than may be at once are asked to come again; probes and waiting callers do not count', async () => {
    const { ledger, begun } = watched()
    const app = open({ ledger }, { requests: 1, waits: 1 })
    const id = await changeIn(app, 'bounds')
    const wait = async () => app.inject({ url: `/v1/changes/${id}?wait=60`, headers: { authorization: authorization() } })
    const first = wait()
    await begun
    expect((await submitTo(app, 'bounds')).statusCode).toBe(200)
    const second = await wait()
    expect([second.statusCode, second.headers['retry-after'], problemIn(second).code]).toEqual([503, '1', 'CLYRA_API_BUSY'])
    const both = await Promise.all([submitTo(app, 'bounds'), submitTo(app, 'bounds'), app.inject('/healthz')])
    expect(both.map(({ statusCode }) => statusCode)).toEqual([200, 503, 200])
    await app.close()
    expect((await first).statusCode).toBe(200)
  })

  test('a caller who goes away ends his wait', async () => {
    const { ledger, begun, ended } = watched()
    const app = open({ ledger })
    const id = await changeIn(app, 'goes away')
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    const leaving = new AbortController()
    const gone = fetch(`${address}/v1/changes/${id}?wait=60`, { headers: { authorization: authorization() }, signal: leaving.signal })
    const signal = await begun
    leaving.abort()
    await expect(gone).rejects.toThrow()
    await ended
    expect(signal?.aborted).toBe(true)
  })

  test('what is under way when the gateway stops is answered before it stops', async () => {
    const held = Promise.withResolvers<'requested'>()
    const entered = Promise.withResolvers<void>()
    const cancel = () => {
      entered.resolve()
      return held.promise
    }
    const app = open({ workflows: { ...rememberingWorkflows().port, cancel } })
    const id = await changeIn(app, 'under way')
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    const headers = { authorization: authorization(), 'content-type': 'application/json' }
    const answer = fetch(`${address}/v1/changes/${id}/cancel`, { method: 'POST', headers, body: '{"reason":"stop"}' })
    await entered.promise
    const order: string[] = []
    const closing = app.close().then(() => order.push('closed'))
    const answered = answer.then(({ status }) => order.push(`answered ${status}`))
    await gateway.ledger.log.now()
    held.resolve('requested')
    await Promise.all([closing, answered])
    expect(order.sort()).toEqual(['answered 202', 'closed'])
    await expect(fetch(`${address}/healthz`)).rejects.toThrow()
  })
})

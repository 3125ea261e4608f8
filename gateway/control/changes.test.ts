import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ClyraError } from '../../core/errors.ts'
import type { ChangeView } from '../../core/generated/types.ts'
import { changeStream } from '../../core/receipts.ts'
import { digest } from '../../runtime/digest.ts'
import { askForApproval, close, problemIn, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let ana: string
let bob: string
let stranger: string

beforeAll(async () => {
  gateway = await startTestGateway()
  ana = await gateway.token(['requester'], { actor: 'ana', person: 'ana@shop.example' })
  bob = await gateway.token(['requester'], { actor: 'bob', person: 'bob@shop.example' })
  stranger = await gateway.token(['requester', 'approver', 'operator', 'auditor', 'admin'], { tenant: 'other', actor: 'eve' })
})
afterAll(() => gateway.stop())

const sql = 'DELETE FROM public.orders WHERE id = 4711'
const asked = (key: string, body: object = {}) => ({
  method: 'POST' as const,
  url: '/v1/changes',
  headers: { 'idempotency-key': key },
  payload: { kind: 'sql', target: 'shop', statements: [sql], ...body },
})
const submit = async (token: string, key: string, body: object = {}): Promise<ChangeView> => {
  const response = await gateway.call(token, asked(key, body))
  expect([200, 202]).toContain(response.statusCode)
  return response.json()
}
const requesters = async (id: string) =>
  (await gateway.ledger.log.read(changeStream(id))).filter(({ receipt }) => receipt.kind === 'requester').map(({ receipt }) => receipt.body)

describe('submit', () => {
  test('registers the change, keeps the payload under its digest, and starts one run', async () => {
    const response = await gateway.call(ana, asked('one', { reason: 'withdrawn' }))
    expect(response.statusCode).toBe(202)
    const view = response.json<ChangeView>()
    expect(response.headers.location).toBe(`/v1/changes/${view.change_id}`)
    expect(view).toMatchObject({ state: 'OPEN', mode: 'review', source: 'api', attempt: 1, stalled: false, verdict: null })
    expect(view.requester).toEqual({ actor: 'ana', person: 'ana@shop.example' })
    expect(view.links.temporal).toBe(`http://127.0.0.1:8233/namespaces/default/workflows/clyra%2Fdefault%2F${view.change_id}`)
    const bytes = await gateway.ledger.payloads.get('default', view.payload_digest)
    expect(digest(bytes)).toBe(view.payload_digest)
    expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({ executor: 'clyra', role: 'dml', statements: [sql], target: 'shop' })
    const started = gateway.workflows.started.get(`${view.change_id}:1`)
    expect(started?.run).toEqual({ tenant: 'default', change_id: view.change_id, attempt: 1 })
    expect(started?.summary).not.toContain('4711')
  })

  test('who is claimed and whether it is late stand in the view and in the first receipt; an empty name claims nobody', async () => {
    const late = { claimed_at: '2026-01-01T00:00:00.000Z', lost: 3 }
    const view = await submit(ana, 'late', { claimed_person: 'dee@shop.example', late })
    expect(view).toMatchObject({ claimed_person: 'dee@shop.example', late: true })
    expect(view.links.page).toBe(`https://door.example/approve/${view.change_id}`)
    const { change } = await askForApproval(gateway.ledger, 'default', view.change_id)
    expect(change.receipt.body).toMatchObject({ claimed_person: 'dee@shop.example', late })
    const plain = await submit(ana, 'in time', { claimed_person: '' })
    expect(plain).toMatchObject({ claimed_person: null, late: false })
    expect((await askForApproval(gateway.ledger, 'default', plain.change_id)).change.receipt.body.late).toBeNull()
  })

  test.each([
    ['a time of another form', { claimed_at: '2026-01-01T00:00:00Z', lost: 0 }, '/late/claimed_at'],
    ['less than nothing lost', { claimed_at: '2026-01-01T00:00:00.000Z', lost: -1 }, '/late/lost'],
    ['nothing but that it is late', true, '/late'],
  ])('late with %s is a fault', async (_name, late, pointer) => {
    const response = await gateway.call(ana, asked('late fault', { late }))
    expect([response.statusCode, problemIn(response).errors?.map((fault) => fault.pointer)]).toEqual([400, [pointer]])
  })

  test('an attempt that is asked for again in time is late no more', async () => {
    const late = { claimed_at: '2026-01-01T00:00:00.000Z', lost: 0 }
    const { change_id } = await submit(ana, 'late once', { late })
    await askForApproval(gateway.ledger, 'default', change_id)
    await close(gateway.ledger, 'default', change_id, 'expired')
    expect(await submit(ana, 'late once')).toMatchObject({ change_id, attempt: 2, late: false })
  })

  test('fifty identical requests at once are one change with one run', async () => {
    const before = gateway.workflows.started.size
    const responses = await Promise.all(Array.from({ length: 50 }, () => gateway.call(ana, asked('race'))))
    const views = responses.map((response) => response.json<ChangeView>())
    expect(new Set(views.map(({ change_id }) => change_id)).size).toBe(1)
    expect(responses.map(({ statusCode }) => statusCode).filter((status) => status === 202)).toHaveLength(1)
    expect(responses.filter(({ statusCode }) => statusCode === 200)).toHaveLength(49)
    expect(gateway.workflows.started.size).toBe(before + 1)
    expect(await requesters(views[0]?.change_id ?? '')).toEqual([])
  })

  test('another site key, revision, source or limit is another change', async () => {
    const ids = [
      await submit(ana, 'same'),
      await submit(ana, 'other'),
      await submit(ana, 'same', { revision: 2 }),
      await submit(ana, 'same', { source: 'airflow' }),
      await submit(ana, 'same', { limits: { max_rows: 7 } }),
    ].map(({ change_id }) => change_id)
    expect(new Set(ids).size).toBe(5)
  })

  test('a start that fails is healed by the same request', async () => {
    gateway.workflows.failure = new ClyraError('CLYRA_API_UNREACHABLE', 'nobody there')
    const failed = await gateway.call(ana, asked('heal'))
    expect([failed.statusCode, failed.headers['retry-after'], problemIn(failed).code]).toEqual([503, '1', 'CLYRA_API_UNREACHABLE'])
    gateway.workflows.failure = null
    const again = await gateway.call(ana, asked('heal'))
    expect(again.statusCode).toBe(200)
    expect(gateway.workflows.started.has(`${again.json<ChangeView>().change_id}:1`)).toBe(true)
  })

  test('whoever else asks counts as a requester, once, and before any worker came', async () => {
    const { change_id } = await submit(ana, 'shared')
    await submit(bob, 'shared')
    await submit(bob, 'shared')
    await submit(ana, 'shared', { claimed_person: 'cleo@shop.example' })
    await submit(ana, 'shared')
    const change = (await gateway.ledger.log.read(changeStream(change_id)))[0]
    expect(change?.receipt.kind).toBe('change')
    expect(await requesters(change_id)).toEqual([
      { change_id, requester: { actor: 'bob', person: 'bob@shop.example' }, claimed_person: null, predecessor: change?.leaf },
      {
        change_id,
        requester: { actor: 'ana', person: 'ana@shop.example' },
        claimed_person: 'cleo@shop.example',
        predecessor: change?.leaf,
      },
    ])
  })

  test('an attempt that expired may be made again; its earlier requesters are asked anew', async () => {
    const { change_id, payload_digest } = await submit(ana, 'expires')
    await submit(bob, 'expires')
    await askForApproval(gateway.ledger, 'default', change_id)
    await close(gateway.ledger, 'default', change_id, 'expired')
    const again = await gateway.call(ana, asked('expires'))
    expect([again.statusCode, again.json<ChangeView>().attempt, again.json<ChangeView>().state]).toEqual([202, 2, 'OPEN'])
    expect(again.json<ChangeView>().verdict).toBeNull()
    expect(gateway.workflows.started.has(`${change_id}:2`)).toBe(true)
    // What closed the first attempt may come to its end only now.
    await gateway.ledger.payloads.destroy('default', payload_digest, change_id)
    expect((await gateway.ledger.payloads.get('default', payload_digest)).length).toBeGreaterThan(0)
    await submit(bob, 'expires')
    expect(await requesters(change_id)).toHaveLength(2)
  })

  test('asked for again just before its payload is destroyed, the next attempt has it nevertheless', async () => {
    const { change_id, payload_digest } = await submit(ana, 'overtaken')
    await askForApproval(gateway.ledger, 'default', change_id)
    await close(gateway.ledger, 'default', change_id, 'expired')
    const { changes, payloads } = gateway.ledger
    const { register } = changes
    changes.register = async (change) => {
      await payloads.destroy('default', payload_digest, change_id)
      return register(change)
    }
    const again = await gateway.call(ana, asked('overtaken'))
    changes.register = register
    expect(again.json<ChangeView>()).toMatchObject({ attempt: 2, state: 'OPEN' })
    expect((await payloads.get('default', payload_digest)).length).toBeGreaterThan(0)
  })

  test('a change that completed stays what it is, and its payload stays destroyed', async () => {
    const { change_id, payload_digest } = await submit(ana, 'completes')
    await askForApproval(gateway.ledger, 'default', change_id)
    await close(gateway.ledger, 'default', change_id, 'rejected')
    await gateway.ledger.payloads.destroy('default', payload_digest, change_id)
    const again = await gateway.call(bob, asked('completes'))
    expect([again.statusCode, again.json<ChangeView>().state, again.json<ChangeView>().outcome]).toEqual([200, 'CLOSED', 'rejected'])
    expect(await requesters(change_id)).toEqual([])
    await expect(gateway.ledger.payloads.get('default', payload_digest)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_PAYLOAD_GONE' })
  })

  test('every fault of header and body is named at once, without a value', async () => {
    const response = await gateway.call(ana, {
      method: 'POST',
      url: '/v1/changes',
      payload: { kind: 'canary-kind', statements: ['', 7], limits: { max_rows: -1 }, surprise: 'canary', 'canary key': 1 },
    })
    expect(response.statusCode).toBe(400)
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
    const { errors = [], code } = problemIn(response)
    expect(code).toBe('CLYRA_API_INVALID')
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(
      ['/', '/', '/kind', '/limits/max_rows', '/statements/0', '/statements/1', '/target', 'Idempotency-Key'].sort(),
    )
    expect(response.body).not.toContain('canary')
  })

  test.each([
    ['a lone surrogate', '{"kind":"sql","target":"shop","statements":["\\ud800"]}'],
    ['U+0000', '{"kind":"sql","target":"shop","statements":["select 1"],"reason":"a\\u0000b"}'],
    ['negative zero', '{"kind":"sql","target":"shop","statements":["select 1"],"limits":{"max_rows":-0}}'],
  ])('%s is a fault, not a failure', async (_name, payload) => {
    const headers = { 'idempotency-key': 'odd', 'content-type': 'application/json' }
    const response = await gateway.call(ana, { method: 'POST', url: '/v1/changes', headers, payload })
    expect([response.statusCode, problemIn(response).code]).toEqual([400, 'CLYRA_API_INVALID'])
  })

  test('an unknown target is 404, also for a tenant that has none of these targets', async () => {
    for (const [token, body] of [
      [ana, { target: 'constructor' }],
      [stranger, {}],
    ] as const) {
      const response = await gateway.call(token, asked('target', body))
      expect([response.statusCode, problemIn(response).code]).toEqual([404, 'CLYRA_CONFIG_UNKNOWN_TARGET'])
    }
  })
})

describe('look and wait', () => {
  test('another tenant cannot see, cancel, decide or download, and learns nothing', async () => {
    const { change_id } = await submit(ana, 'fenced')
    for (const [method, url, payload] of [
      ['GET', `/v1/changes/${change_id}`, undefined],
      ['POST', `/v1/changes/${change_id}/cancel`, { reason: 'mine now' }],
      ['POST', `/v1/approvals/${change_id}/decisions`, { envelope: { payload: '', payloadType: '', signatures: [{ sig: '' }] } }],
      ['GET', `/v1/changes/${change_id}/evidence`, undefined],
      ['GET', `/v1/changes/${change_id}/receipts`, undefined],
      ['GET', `/v1/approvals/${change_id}`, undefined],
    ] as const) {
      const response = await gateway.call(stranger, { method, url, ...(payload && { payload }) })
      expect([url, response.statusCode, problemIn(response).code]).toEqual([url, 404, 'CLYRA_API_NOT_FOUND'])
    }
    expect((await gateway.call(stranger, { url: '/v1/changes' })).json()).toEqual({ changes: [], after: null })
    expect((await gateway.call(stranger, { url: '/v1/changes?sealed_after=0' })).json()).toEqual({
      changes: [],
      after: null,
      sealed_after: 0,
    })
    expect((await gateway.call(stranger, { url: '/v1/targets' })).json()).toEqual({ targets: [] })
  })

  test('a waiting caller is answered by the next receipt', async () => {
    const { change_id, version } = await submit(ana, 'waits')
    const answer = gateway.call(ana, { url: `/v1/changes/${change_id}?wait=60&since=${version}` })
    await askForApproval(gateway.ledger, 'default', change_id)
    const view = (await answer).json<ChangeView>()
    expect(view.version).toBeGreaterThan(version)
  })

  test('a caller who is behind is answered at once, with what the receipts say', async () => {
    const { change_id } = await submit(ana, 'behind')
    await askForApproval(gateway.ledger, 'default', change_id)
    const view = (await gateway.call(ana, { url: `/v1/changes/${change_id}?wait=60&since=0` })).json<ChangeView>()
    expect(view).toMatchObject({
      state: 'AWAITING_APPROVAL',
      version: 2,
      verdict: { outcome: 'needs_approval', estimated_rows: 42, quorum: 1 },
    })
  })

  test('faults of the query are named, all of them', async () => {
    const { change_id } = await submit(ana, 'query')
    const response = await gateway.call(ana, { url: `/v1/changes/${change_id}?wait=61&since=-1` })
    expect([response.statusCode, problemIn(response).errors?.map(({ pointer }) => pointer)]).toEqual([400, ['?wait', '?since']])
    expect((await gateway.call(ana, { url: '/v1/changes?limit=0&limit=3' })).statusCode).toBe(400)
    expect((await gateway.call(ana, { url: '/v1/changes?state=nope' })).statusCode).toBe(400)
  })

  test('a list is walked page by page, in order, without gap or repetition', async () => {
    const all = (await gateway.call(ana, { url: '/v1/changes?limit=100' })).json<{ changes: ChangeView[] }>().changes
    const walked: string[] = []
    for (let after: number | null = 0; after !== null; ) {
      const page: { changes: ChangeView[]; after: number | null } = (
        await gateway.call(ana, { url: `/v1/changes?limit=3&after=${after}` })
      ).json()
      walked.push(...page.changes.map(({ change_id }) => change_id))
      after = page.after
    }
    expect(walked.length).toBeGreaterThan(6)
    expect(walked).toEqual(all.map(({ change_id }) => change_id))
  })
})

describe('evidence', () => {
  const evidence = (id: string, query = '') => gateway.call(ana, { url: `/v1/changes/${id}/evidence${query}` })

  test('is not ready, then the very file, also of an earlier attempt', async () => {
    const { change_id } = await submit(ana, 'evidence')
    expect([(await evidence(change_id)).statusCode, problemIn(await evidence(change_id)).code]).toEqual([404, 'CLYRA_EVIDENCE_NOT_READY'])
    await askForApproval(gateway.ledger, 'default', change_id)
    const seq = await close(gateway.ledger, 'default', change_id, 'expired')
    gateway.files.set(`${change_id}-${seq}.zip`, new Uint8Array([80, 75, 5, 6]))
    const first = await evidence(change_id)
    expect([first.statusCode, first.headers['content-type'], [...first.rawPayload]]).toEqual([200, 'application/zip', [80, 75, 5, 6]])
    expect(first.headers['content-disposition']).toBe(`attachment; filename="${change_id}-${seq}.zip"`)
    await submit(ana, 'evidence')
    expect((await evidence(change_id)).statusCode).toBe(404)
    expect([...(await evidence(change_id, '?attempt=1')).rawPayload]).toEqual([80, 75, 5, 6])
    expect((await evidence(change_id, '?attempt=3')).statusCode).toBe(404)
  })
})

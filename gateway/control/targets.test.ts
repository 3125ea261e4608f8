// What may be changed: its mode, and what holds it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ChangeView, TargetView } from '../../core/generated/types.ts'
import { tenantStream } from '../../core/receipts.ts'
import { problemIn, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let ana: string
let ben: string
let admin: string

beforeAll(async () => {
  gateway = await startTestGateway()
  ana = await gateway.token(['requester'], { actor: 'ana', person: 'ana@shop.example' })
  ben = await gateway.token(['approver'], { actor: 'approver:ben', person: 'ben' })
  admin = await gateway.token(['admin'])
})
afterAll(() => gateway.stop())

const sql = "UPDATE public.orders SET note = 'canary-4711' WHERE id = 1"
async function submit(key: string): Promise<ChangeView> {
  const payload = { kind: 'sql', target: 'shop', statements: [sql], reason: 'why' }
  return (await gateway.call(ana, { method: 'POST', url: '/v1/changes', headers: { 'idempotency-key': key }, payload })).json()
}

describe('targets', () => {
  test('a target moves from review to gate by a receipt, and new changes follow', async () => {
    const gate = (payload: object, token = admin) => gateway.call(token, { method: 'POST', url: '/v1/targets/shop/gate', payload })
    expect((await gateway.call(ana, { url: '/v1/targets' })).json()).toMatchObject({ targets: [{ name: 'shop', mode: 'review' }] })
    expect((await gate({ policy_id: 'sox-controls', reason: 'ready' }, ben)).statusCode).toBe(403)
    const wrong = await gate({ policy_id: 'another', reason: 'ready' })
    expect([wrong.statusCode, problemIn(wrong).errors?.[0]?.pointer]).toEqual([400, '/policy_id'])
    expect((await submit('in review')).mode).toBe('review')
    expect((await gate({ policy_id: 'sox-controls', reason: 'ready' })).json()).toMatchObject({ name: 'shop', mode: 'gate' })
    expect((await gateway.call(ana, { url: '/v1/targets/shop' })).json()).toMatchObject({ mode: 'gate' })
    expect((await submit('in gate')).mode).toBe('gate')
    expect((await submit('in review')).mode).toBe('review')
    expect((await gateway.call(ana, { url: '/v1/targets/nowhere' })).statusCode).toBe(404)
  })
})

describe('a freeze', () => {
  const freeze = (payload: object, token = admin) => gateway.call(token, { method: 'POST', url: '/v1/freeze', payload })
  const holding = async (token = ana) =>
    (await gateway.call(token, { url: '/v1/targets/shop' })).json<TargetView>().freezes.map(({ target }) => target)

  test('of everything and of one target are receipts, stand on the target, and are lifted one by one', async () => {
    const operator = await gateway.token(['operator'], { actor: 'night-shift', person: 'nia@shop.example' })
    expect(await holding()).toEqual([])
    const first = (await freeze({ target: null, frozen: true, reason: 'stop' }, operator)).json()
    const frozen_by = { actor: 'night-shift', person: 'nia@shop.example' }
    expect(first).toEqual({ freezes: [{ target: null, reason: 'stop', frozen_by, frozen_at: expect.any(String) }] })
    expect((await freeze({ target: 'shop', frozen: true, reason: 'close' })).json().freezes).toHaveLength(2)
    expect(await holding()).toEqual([null, 'shop'])
    expect((await gateway.call(ana, { url: '/v1/targets' })).json().targets[0].freezes).toHaveLength(2)
    await freeze({ target: null, frozen: false, reason: 'go' })
    expect(await holding()).toEqual(['shop'])
    await freeze({ target: 'shop', frozen: false, reason: 'go' })
    expect((await gateway.call(ana, { url: '/v1/freeze' })).json()).toEqual({ freezes: [] })
    const kept = (await gateway.ledger.log.read(tenantStream('default'))).filter(({ receipt }) => receipt.kind === 'freeze')
    expect(kept.map(({ receipt }) => [receipt.body.target, receipt.body.frozen])).toEqual([
      [null, true],
      ['shop', true],
      [null, false],
      ['shop', false],
    ])
  })

  test('is for admins and operators, of a known target, with a reason; another tenant does not see it', async () => {
    for (const token of [ana, ben]) expect((await freeze({ target: null, frozen: true, reason: 'x' }, token)).statusCode).toBe(403)
    expect((await freeze({ target: 'nowhere', frozen: true, reason: 'x' })).statusCode).toBe(404)
    const faults = problemIn(await freeze({ frozen: 'yes', reason: '' })).errors?.map(({ pointer }) => pointer)
    expect(faults?.sort()).toEqual(['/frozen', '/reason', '/target'])
    const stranger = await gateway.token(['admin'], { tenant: 'other' })
    expect((await freeze({ target: 'shop', frozen: true, reason: 'x' }, stranger)).statusCode).toBe(404)
    expect((await freeze({ target: null, frozen: true, reason: 'x' }, stranger)).json().freezes).toHaveLength(1)
    expect(await holding()).toEqual([])
    expect((await gateway.call(ana, { url: '/v1/freeze' })).json()).toEqual({ freezes: [] })
  })
})

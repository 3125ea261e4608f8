// Who may end a change, and settle what could not be told.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ClyraError } from '../../core/errors.ts'
import type { ChangeView } from '../../core/generated/types.ts'
import { sweep } from './sweep.ts'
import { askForApproval, close, problemIn, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let ana: string
let bob: string

beforeAll(async () => {
  gateway = await startTestGateway()
  ana = await gateway.token(['requester'], { actor: 'ana', person: 'ana@shop.example' })
  bob = await gateway.token(['requester'], { actor: 'bob', person: 'bob@shop.example' })
})
afterAll(() => gateway.stop())

const sql = 'DELETE FROM public.orders WHERE id = 4711'
const submit = async (token: string, key: string): Promise<ChangeView> => {
  const payload = { kind: 'sql', target: 'shop', statements: [sql] }
  const response = await gateway.call(token, { method: 'POST', url: '/v1/changes', headers: { 'idempotency-key': key }, payload })
  expect([200, 202]).toContain(response.statusCode)
  return response.json()
}

describe('resolve', () => {
  test('is for operators, and for changes that ended ambiguous', async () => {
    const { change_id } = await submit(ana, 'resolve')
    const resolve = (token: string, id = change_id) => gateway.call(token, { method: 'POST', url: `/v1/changes/${id}/resolve` })
    const operator = await gateway.token(['operator'])
    expect(problemIn(await resolve(ana)).code).toBe('CLYRA_API_FORBIDDEN')
    expect(problemIn(await resolve(operator)).code).toBe('CLYRA_CHANGE_NOT_AMBIGUOUS')
    expect(problemIn(await resolve(operator, `chg_${'z'.repeat(26)}`)).code).toBe('CLYRA_API_NOT_FOUND')
  })
})

describe('cancel', () => {
  const cancel = (token: string, id: string) =>
    gateway.call(token, { method: 'POST', url: `/v1/changes/${id}/cancel`, payload: { reason: 'no' } })

  test('who cancelled, and why, is kept in the tenant log; a refused cancel leaves nothing', async () => {
    const { change_id } = await submit(ana, 'cancel-reason')
    await cancel(bob, change_id)
    await cancel(ana, change_id)
    await cancel(ana, change_id)
    const kept = (await gateway.ledger.log.read('ledger/default')).filter(
      ({ receipt }) => receipt.kind === 'cancellation' && receipt.body.change_id === change_id,
    )
    expect(kept.map(({ receipt: { actor, body } }) => [actor.actor, body.reason])).toEqual([['ana', 'no']])
  })

  test('who asked may cancel, an operator may, another requester may not', async () => {
    const { change_id } = await submit(ana, 'cancel')
    expect(problemIn(await cancel(bob, change_id)).code).toBe('CLYRA_API_FORBIDDEN')
    expect((await cancel(ana, change_id)).statusCode).toBe(202)
    expect((await cancel(await gateway.token(['operator']), change_id)).statusCode).toBe(202)
    await submit(bob, 'cancel')
    expect((await cancel(bob, change_id)).statusCode).toBe(202)
    expect(gateway.workflows.cancelled.filter((run) => run.change_id === change_id)).toHaveLength(3)
  })

  test('it is taken, too, while Temporal does not answer: the sweeper tells the run, and no other', async () => {
    const [{ change_id }, other] = [await submit(ana, 'cancel unheard'), await submit(ana, 'goes on')]
    gateway.workflows.failure = new ClyraError('CLYRA_API_UNREACHABLE', 'nobody there')
    expect((await cancel(ana, change_id)).statusCode).toBe(202)
    gateway.workflows.failure = null
    for (const id of [change_id, other.change_id]) gateway.workflows.fates.set(`${id}:1`, 'running')
    gateway.workflows.cancelled.length = 0
    await sweep({ ...gateway.deps })
    const told = gateway.workflows.cancelled.map((run) => run.change_id)
    expect([told.includes(change_id), told.includes(other.change_id)]).toEqual([true, false])
  })

  test('what was cancelled in an earlier attempt is not cancelled in the next', async () => {
    const { change_id } = await submit(ana, 'cancel once')
    await cancel(ana, change_id)
    await askForApproval(gateway.ledger, 'default', change_id)
    await close(gateway.ledger, 'default', change_id, 'cancelled')
    expect(await submit(ana, 'cancel once')).toMatchObject({ change_id, attempt: 2 })
    gateway.workflows.fates.set(`${change_id}:2`, 'running')
    gateway.workflows.cancelled.length = 0
    await sweep({ ...gateway.deps })
    expect(gateway.workflows.cancelled.some((run) => run.change_id === change_id)).toBe(false)
  })

  test('after the end it does nothing and tells how it ended', async () => {
    const { change_id } = await submit(ana, 'cancel late')
    await askForApproval(gateway.ledger, 'default', change_id)
    await close(gateway.ledger, 'default', change_id, 'rejected')
    const response = await cancel(ana, change_id)
    expect([response.statusCode, response.json<ChangeView>().outcome]).toEqual([200, 'rejected'])
    expect(gateway.workflows.cancelled.some((run) => run.change_id === change_id)).toBe(false)
  })
})

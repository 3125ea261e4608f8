// How many decisions one actor may send on one attempt, and what is left of those beyond.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ChangeView, DecisionRequest } from '../../core/generated/types.ts'
import { tenantStream } from '../../core/receipts.ts'
import type { ChangeRow } from '../../ledger/types.ts'
import { decisionsOfOneActor, decide as deliverDecision } from './decide.ts'
import { askForApproval, close, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let ben: string
let carla: string

beforeAll(async () => {
  gateway = await startTestGateway()
  ben = await gateway.token(['approver'], { actor: 'approver:ben', person: 'ben' })
  carla = await gateway.token(['approver'], { actor: 'approver:carla', person: 'carla' })
  gateway.workflows.receipt = { status: 'refused', code: 'CLYRA_APPROVAL_SELF', decision_id: 'd-1', approvals: 0, quorum: 1 }
})
afterAll(() => gateway.stop())

async function waiting(key = 'flooded'): Promise<string> {
  const ana = await gateway.token(['requester'], { actor: 'ana' })
  const payload = { kind: 'sql', target: 'shop', statements: ['DELETE FROM public.orders WHERE id = 1'] }
  const response = await gateway.call(ana, { method: 'POST', url: '/v1/changes', headers: { 'idempotency-key': key }, payload })
  const { change_id } = response.json<ChangeView>()
  await askForApproval(gateway.ledger, 'default', change_id)
  return change_id
}

const decide = (id: string, text: string, token = ben) => {
  const payload = Buffer.from(text).toString('base64')
  const envelope = { payload, payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: 'MEUCIQ==' }] }
  return gateway.call(token, { method: 'POST', url: `/v1/approvals/${id}/decisions`, payload: { envelope } })
}

test('one actor sends so many and no more; the first beyond is one receipt, and nobody else is held up', async () => {
  const change_id = await waiting()
  const answers = await Promise.all(Array.from({ length: decisionsOfOneActor + 10 }, (_, index) => decide(change_id, `flood-${index}`)))
  const codes = answers.map(({ statusCode, body }) => `${statusCode} ${JSON.parse(body).code}`)
  expect(codes.filter((code) => code === '200 CLYRA_APPROVAL_SELF')).toHaveLength(decisionsOfOneActor)
  expect(codes.filter((code) => code === '429 CLYRA_APPROVAL_TOO_MANY')).toHaveLength(10)
  expect(gateway.workflows.decided).toHaveLength(decisionsOfOneActor)
  const receipts = await gateway.ledger.log.read(tenantStream('default'))
  expect(receipts.map(({ receipt: { kind, body } }) => ({ kind, body }))).toEqual([
    {
      kind: 'decision_overflow',
      body: { change_id, attempt: 1, limit: decisionsOfOneActor, delivered_by: { actor: 'approver:ben', person: 'ben' } },
    },
  ])
  const taken = codes.indexOf('200 CLYRA_APPROVAL_SELF')
  expect((await decide(change_id, `flood-${taken}`)).statusCode).toBe(200)
  expect((await decide(change_id, 'another’s', carla)).statusCode).toBe(200)
  await close(gateway.ledger, 'default', change_id, 'rejected')
  expect((await decide(change_id, 'late')).statusCode).toBe(429)
})

test('each is timed from its arrival to its answer, by what became of it', () => {
  const outcomes = gateway.times.map(([stage, outcome]) => `${stage} ${outcome}`)
  expect(outcomes.filter((text) => text === 'deliver refused')).toHaveLength(decisionsOfOneActor + 2)
  expect(outcomes.filter((text) => text === 'deliver failed')).toHaveLength(11)
  expect(gateway.times.every(([, , seconds]) => (seconds as number) > 0)).toBe(true)
})

test('a decision that was counted with a sign-on ends the count of prompts; one without, or refused, does not', async () => {
  const change_id = await waiting('prompted')
  const { signOns } = gateway.ledger
  let prompts = 0
  const prompt = () => {
    prompts += 1
    return signOns.prompt('default', `p${prompts}`, 'text', 60, { person: 'carla', most: 1, within: 600 })
  }
  const id_token = { digest: `sha256:${'a'.repeat(64)}`, iss: 'https://login.example', kid: 'k', alg: 'ES256' }
  const row = (await gateway.ledger.changes.get('default', change_id)) as ChangeRow
  const principal = { tenant: 'default', actor: 'approver:carla', person: 'carla', roles: ['approver' as const] }
  const deliver = (text: string, signature: object) => {
    const envelope = { payload: Buffer.from(text).toString('base64'), payloadType: 'application/vnd.in-toto+json', signatures: [signature] }
    return deliverDecision(gateway.deps, principal, row, { envelope } as DecisionRequest)
  }
  expect(await prompt()).toBe(true)
  await deliver('refused', { sig: 'AAAA', id_token })
  gateway.workflows.receipt = { status: 'counted', code: null, decision_id: 'd-2', approvals: 1, quorum: 1 }
  await deliver('by key', { sig: 'AAAA' })
  expect(await prompt()).toBe(false)
  await deliver('signed on', { sig: 'AAAA', id_token })
  expect(await prompt()).toBe(true)
})

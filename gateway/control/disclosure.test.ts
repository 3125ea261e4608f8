// ID tokens leave the store for an auditor alone, only those behind decisions, and never without a receipt before.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ChangeView, DisclosureView } from '../../core/generated/types.ts'
import { changeStream, tenantStream } from '../../core/receipts.ts'
import { decisionBody } from '../../tests/support/approvals.ts'
import { someActor } from '../../tests/support/ledger-bodies.ts'
import { askForApproval, problemIn, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let change_id: string
let digest: string

beforeAll(async () => {
  gateway = await startTestGateway()
  const { ledger } = gateway
  const requester = await gateway.token(['requester'], { actor: 'ana' })
  const payload = { kind: 'sql', target: 'shop', statements: ['DELETE FROM public.orders WHERE id = 1'] }
  const submitted = await gateway.call(requester, { method: 'POST', url: '/v1/changes', headers: { 'idempotency-key': 'one' }, payload })
  change_id = submitted.json<ChangeView>().change_id
  const { verdict } = await askForApproval(ledger, 'default', change_id)
  digest = await ledger.identities.keepToken('default', change_id, 'the.token.behind')
  await ledger.identities.keepToken('default', change_id, 'a.token.of-no-decision')
  const sign_on = { id_token_digest: digest, auth_time: '2026-01-01T00:00:00.000Z', acr: null, amr: [] }
  const body = decisionBody({ change_id, predecessor: verdict.leaf, key_id: null, subject_id: 'a'.repeat(64), sign_on })
  await ledger.log.append(changeStream(change_id), [{ key: 'decided', kind: 'decision', actor: someActor, body }])
})
afterAll(() => gateway.stop())

const ask = (token: string | null, id = change_id) => gateway.call(token, { method: 'GET', url: `/v1/changes/${id}/id-tokens` })
const disclosures = async () =>
  (await gateway.ledger.log.read(tenantStream('default'))).filter(({ receipt }) => receipt.kind === 'id_tokens_disclosed')

test('an auditor is given the tokens behind decisions and no other, each time on record', async () => {
  const auditor = await gateway.token(['auditor'], { actor: 'gil', person: 'gil' })
  for (const time of [1, 2]) {
    const answer = await ask(auditor)
    expect([answer.statusCode, answer.json<DisclosureView>()]).toEqual([
      200,
      { change_id, tokens: [{ digest, person: 'ben', token: 'the.token.behind' }] },
    ])
    const receipts = await disclosures()
    expect(receipts).toHaveLength(time)
    expect(receipts.at(-1)?.receipt).toMatchObject({ actor: { actor: 'gil', person: 'gil' }, body: { change_id, digests: [digest] } })
    expect(receipts.at(-1)?.line).not.toContain('the.token.behind')
  }
  expect(gateway.logged.join()).not.toContain('the.token.behind')
})

test.each(['requester', 'approver', 'operator'] as const)('a %s is given none', async (role) => {
  const { length } = await disclosures()
  const answer = await ask(await gateway.token([role], { actor: `one-${role}` }))
  expect([answer.statusCode, problemIn(answer).code]).toEqual([403, 'CLYRA_API_FORBIDDEN'])
  expect(await disclosures()).toHaveLength(length)
})

test('an auditor of another tenant finds no such change', async () => {
  const answer = await ask(await gateway.token(['auditor'], { tenant: 'other', actor: 'zoe' }))
  expect([answer.statusCode, problemIn(answer).code]).toEqual([404, 'CLYRA_API_NOT_FOUND'])
})

test('without a receipt nothing is given', async () => {
  const { log } = gateway.ledger
  const { append } = log
  log.append = async () => Promise.reject(new Error('the store is away'))
  try {
    const answer = await ask(await gateway.token(['admin'], { actor: 'root' }))
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain('the.token.behind')
  } finally {
    log.append = append
  }
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { canonical } from '../../core/canonical.ts'
import { ClyraError } from '../../core/errors.ts'
import type { ApprovalItem, ApprovalView, ChangeView, DecisionResult } from '../../core/generated/types.ts'
import { changeStream, receiptKey, tenantStream } from '../../core/receipts.ts'
import { digest, sha256Hex } from '../../runtime/digest.ts'
import { decisionBody } from '../../tests/support/approvals.ts'
import { askForApproval, close, digestOf, problemIn, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let ana: string
let bob: string
let ben: string
let admin: string

beforeAll(async () => {
  gateway = await startTestGateway()
  ana = await gateway.token(['requester'], { actor: 'ana', person: 'ana@shop.example' })
  bob = await gateway.token(['requester'], { actor: 'bob', person: 'bob@shop.example' })
  ben = await gateway.token(['approver'], { actor: 'approver:ben', person: 'ben' })
  admin = await gateway.token(['admin'])
})
afterAll(() => gateway.stop())

const sql = "UPDATE public.orders SET note = 'canary-4711' WHERE id = 1"
async function submit(key: string): Promise<ChangeView> {
  const payload = { kind: 'sql', target: 'shop', statements: [sql], reason: 'why', claimed_person: 'cleo' }
  return (await gateway.call(ana, { method: 'POST', url: '/v1/changes', headers: { 'idempotency-key': key }, payload })).json()
}
const envelope = (text: string) => ({
  payload: Buffer.from(text).toString('base64'),
  payloadType: 'application/vnd.in-toto+json',
  signatures: [{ sig: 'MEUCIQ==' }],
})
const decide = (id: string, text: string, token = ben) =>
  gateway.call(token, { method: 'POST', url: `/v1/approvals/${id}/decisions`, payload: { envelope: envelope(text) } })

describe('approvals', () => {
  test('waiting changes are listed, and shown exactly as they will run', async () => {
    const { change_id, payload_digest } = await submit('shown')
    await submit('not waiting')
    const { verdict } = await askForApproval(gateway.ledger, 'default', change_id)
    const { approvals } = (await gateway.call(ben, { url: '/v1/approvals' })).json<{ approvals: ApprovalItem[] }>()
    expect(approvals).toEqual([
      {
        change_id,
        target: 'shop',
        requester: 'ana@shop.example',
        reason: 'why',
        estimated_rows: 42,
        grade: 'standard',
        approvals: 0,
        quorum: 1,
        deadline: '2099-01-01T00:00:00.000Z',
      },
    ])
    const view = (await gateway.call(ben, { url: `/v1/approvals/${change_id}` })).json<ApprovalView>()
    expect(digest(canonical(view.payload))).toBe(payload_digest)
    expect(view.payload.statements).toEqual([sql])
    expect(view.verdict).toEqual(verdict.receipt.body)
    expect(view.binding).toEqual({ payload_digest, policy_digest: digestOf('a'), display_hash: digestOf('d'), nonce: '5'.repeat(64) })
    expect(view).toMatchObject({ requesters: ['ana@shop.example', 'cleo'], reason: 'why', quorum: 1, decisions: [] })
    expect(view).toMatchObject({ grade: 'standard', authenticator_age_seconds: 0, asks: [['key'], ['passkey']] })
  })

  test('who asks after the verdict does not change what approvers are shown', async () => {
    const { change_id } = await submit('joined late')
    await askForApproval(gateway.ledger, 'default', change_id)
    const payload = { kind: 'sql', target: 'shop', statements: [sql] }
    await gateway.call(bob, { method: 'POST', url: '/v1/changes', headers: { 'idempotency-key': 'joined late' }, payload })
    const kinds = (await gateway.ledger.log.read(changeStream(change_id))).map(({ receipt }) => receipt.kind)
    expect(kinds).toEqual(['change', 'verdict', 'requester'])
    const view = (await gateway.call(ben, { url: `/v1/approvals/${change_id}` })).json<ApprovalView>()
    expect(view.requesters).toEqual(['ana@shop.example', 'cleo'])
  })

  test('nothing is shown before there is a gate, nor another payload in place of the right one', async () => {
    const early = await submit('early')
    const notOpen = await gateway.call(ben, { url: `/v1/approvals/${early.change_id}` })
    expect([notOpen.statusCode, problemIn(notOpen).code]).toEqual([409, 'CLYRA_APPROVAL_NOT_OPEN'])

    const swapped = await submit('swapped')
    await askForApproval(gateway.ledger, 'default', swapped.change_id)
    await gateway.ledger.payloads.destroy('default', swapped.payload_digest, 'chg_another')
    const gone = await gateway.call(ben, { url: `/v1/approvals/${swapped.change_id}` })
    expect([gone.statusCode, problemIn(gone).code]).toEqual([410, 'CLYRA_LEDGER_PAYLOAD_GONE'])
    await gateway.ledger.payloads.put('default', swapped.payload_digest, new TextEncoder().encode('{"statements":["canary-other"]}'))
    const response = await gateway.call(ben, { url: `/v1/approvals/${swapped.change_id}` })
    expect([response.statusCode, problemIn(response).code]).toEqual([409, 'CLYRA_PAYLOAD_MISMATCH'])
    expect(response.body).not.toContain('canary')
  })
})

describe('decisions', () => {
  test('the envelope is carried as canonical text under its hash, and the answer of the run is the result', async () => {
    const { change_id } = await submit('decided')
    gateway.workflows.receipt = { status: 'refused', code: 'CLYRA_APPROVAL_SELF', decision_id: 'd-1', approvals: 0, quorum: 1 }
    const response = await decide(change_id, 'one')
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({
      status: 'refused',
      code: 'CLYRA_APPROVAL_SELF',
      decision_id: 'd-1',
      state: 'OPEN',
      approvals: 0,
      quorum: 1,
    })
    const text = canonical(envelope('one'))
    expect(gateway.workflows.decided.at(-1)).toEqual({
      id: sha256Hex(text),
      envelope: text,
      delivered_by: { actor: 'approver:ben', person: 'ben' },
    })
  })

  test('an assertion is carried whole, and nothing beside it', async () => {
    const { change_id } = await submit('by passkey')
    const webauthn = { authenticator_data: 'AAAA', client_data: 'e30=' }
    const send = (signature: object) => {
      const signed = { ...envelope('passkey'), signatures: [{ sig: 'MEUCIQ==', webauthn: signature }] }
      return gateway.call(ben, { method: 'POST', url: `/v1/approvals/${change_id}/decisions`, payload: { envelope: signed } })
    }
    gateway.workflows.receipt = { status: 'counted', code: null, decision_id: 'd-1', approvals: 1, quorum: 1 }
    expect((await send(webauthn)).statusCode).toBe(200)
    expect(JSON.parse(gateway.workflows.decided.at(-1)?.envelope ?? '').signatures).toEqual([{ sig: 'MEUCIQ==', webauthn }])
    for (const wrong of [{ client_data: 'e30=' }, { ...webauthn, user_handle: 'AAAA' }, { ...webauthn, client_data: 'A'.repeat(2736) }])
      expect((await send(wrong)).statusCode).toBe(400)
  })

  test('after the end a decision is refused once into the log of the tenant, however often it comes', async () => {
    const { change_id } = await submit('late')
    await askForApproval(gateway.ledger, 'default', change_id)
    await close(gateway.ledger, 'default', change_id, 'rejected')
    const delivered = gateway.workflows.decided.length
    for (const _ of [1, 2]) {
      const result = (await decide(change_id, 'late')).json<DecisionResult>()
      expect(result).toMatchObject({ status: 'refused', code: 'CLYRA_APPROVAL_NOT_OPEN', state: 'CLOSED', approvals: 0, quorum: 1 })
    }
    expect(gateway.workflows.decided).toHaveLength(delivered)
    const late = (await gateway.ledger.log.read(tenantStream('default'))).filter(({ receipt }) => receipt.kind === 'late_decision')
    expect(late.map(({ receipt }) => receipt.body)).toEqual([
      {
        change_id,
        envelope_digest: digest(canonical(envelope('late'))),
        code: 'CLYRA_APPROVAL_NOT_OPEN',
        delivered_by: { actor: 'approver:ben', person: 'ben' },
      },
    ])
  })

  test('a decision that was counted before the run closed is a duplicate, not late', async () => {
    const { change_id } = await submit('known')
    const { verdict } = await askForApproval(gateway.ledger, 'default', change_id)
    const id = sha256Hex(canonical(envelope('known')))
    await gateway.ledger.log.append(changeStream(change_id), [
      {
        key: receiptKey.decision(1, 'run-1', id),
        kind: 'decision',
        actor: { actor: 'approver:ben', person: 'ben' },
        body: decisionBody({ change_id, predecessor: verdict.leaf, decision_id: 'd-7', envelope_digest: `sha256:${id}` }),
      },
    ])
    gateway.workflows.receipt = 'closed'
    const result = (await decide(change_id, 'known')).json()
    expect(result).toEqual({ status: 'duplicate', code: null, decision_id: 'd-7', state: 'AWAITING_APPROVAL', approvals: 1, quorum: 1 })
    const view = (await gateway.call(ana, { url: `/v1/changes/${change_id}` })).json<ChangeView>()
    expect(view.approvers).toEqual(['ben'])
  })

  test('no answer in time is not a result', async () => {
    const { change_id } = await submit('no answer')
    gateway.workflows.failure = new ClyraError('CLYRA_API_BUSY', 'no answer')
    const response = await decide(change_id, 'unanswered')
    gateway.workflows.failure = null
    expect([response.statusCode, response.headers['retry-after'], problemIn(response).retryable]).toEqual([503, '1', true])
  })

  test('only an approver may deliver one', async () => {
    const { change_id } = await submit('roles')
    for (const token of [ana, admin]) expect(problemIn(await decide(change_id, 'x', token)).code).toBe('CLYRA_API_FORBIDDEN')
  })
})

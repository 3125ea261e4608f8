import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ChangeView, DecisionStatement } from '../../core/generated/types.ts'
import { statementMessage } from '../../evidence/dsse.ts'
import { judged } from '../../evidence/testing/registry.ts'
import { type Authenticator, softAuthenticator } from '../../tests/support/authenticator.ts'
import { askForApproval, close, startTestGateway, type TestGateway } from '../control/testing/gateway.ts'
import { mintToken } from './tokens.ts'

let gateway: TestGateway
let ben: Authenticator
let cookie: string
let change: string

beforeAll(async () => {
  gateway = await startTestGateway()
  const { deps, ledger } = gateway
  ben = softAuthenticator(deps.door)
  const who = { actor: 'root', person: null }
  const { person, key_id } = await ledger.approvers.enroll(deps.tenant, 'ben@shop.example', ben.spki, who, ben.passkey)
  const session = mintToken(deps.tenantKey, 'session', { tenant: deps.tenant, person, key_id }, 900, await ledger.log.now())
  cookie = `__Host-clyra_door=${session.text}`
  change = await submitted('first')
  await askForApproval(ledger, deps.tenant, change)
}, 60_000)

afterAll(() => gateway?.stop())

async function submitted(key: string): Promise<string> {
  const ana = await gateway.token(['requester'], { actor: 'ana', person: 'ana@shop.example' })
  const payload = { kind: 'sql', target: 'shop', statements: ['DELETE FROM public.orders'], reason: 'why <i>not</i>\u202e' }
  const headers = { 'idempotency-key': key }
  return (await gateway.call(ana, { method: 'POST', url: '/v1/changes', headers, payload })).json<ChangeView>().change_id
}

const post = (url: string, payload: object) =>
  gateway.app.inject({ method: 'POST', url, payload, headers: { cookie, origin: gateway.deps.door.origin } })
const page = (url: string) => gateway.app.inject({ url, headers: { cookie, accept: 'text/html' } })
const statementOf = async (decision: string, reason: string): Promise<Buffer> =>
  Buffer.from((await post(`/approve/${change}/statement`, { decision, reason })).json().statement, 'base64')

test('the list shows what waits, with texts of others made harmless', async () => {
  const { body } = await page('/approve')
  expect(body).toContain(change)
  expect(body).toContain('why &#60;i&#62;not&#60;/i&#62;⟨U+202E⟩')
})

test('a text whose hash is not in the verdict is not shown for a decision', async () => {
  const { statusCode, body } = await page(`/approve/${change}`)
  expect([statusCode, body]).toEqual([409, expect.stringContaining('CLYRA_APPROVAL_DISPLAY_MISMATCH')])
  expect(body).not.toContain('<form')
})

test('a change nobody decides about is shown as it stands', async () => {
  const { statusCode, body } = await page(`/approve/${await submitted('second')}`)
  expect([statusCode, body]).toEqual([200, expect.stringContaining('This change needs no decision: its target is in review.')])
})

test('a change that has ended tells how, and hands its evidence to whoever is signed in, once it is sealed', async () => {
  const id = await submitted('third')
  const download = () => page(`/approve/${id}/evidence`)
  await askForApproval(gateway.ledger, gateway.deps.tenant, id)
  expect([(await download()).statusCode, (await download()).body]).toEqual([404, expect.stringContaining('CLYRA_EVIDENCE_NOT_READY')])
  const file = `${id}-${await close(gateway.ledger, gateway.deps.tenant, id, 'rejected')}.zip`
  gateway.files.set(file, new Uint8Array([80, 75, 5, 6]))
  const { body, headers } = await page(`/approve/${id}`)
  expect(body).toContain('This change has ended: rejected.')
  expect(body).toContain('<code>CLYRA_APPROVAL_EXPIRED</code>')
  expect(body).toContain(`href="/approve/${id}/evidence"`)
  expect(body).not.toContain('<form')
  expect(headers['content-security-policy']).toContain("default-src 'none'")
  const sent = await download()
  expect([sent.statusCode, sent.headers['content-type'], [...sent.rawPayload]]).toEqual([200, 'application/zip', [80, 75, 5, 6]])
  expect(sent.headers['content-disposition']).toBe(`attachment; filename="${file}"`)
  const api = await gateway.call(await gateway.token(['auditor']), { url: `/v1/changes/${id}/evidence` })
  expect(api.rawPayload).toEqual(sent.rawPayload)
  const stranger = await gateway.app.inject({ url: `/approve/${id}/evidence`, headers: { accept: 'text/html' } })
  expect([stranger.statusCode, stranger.body]).toEqual([401, expect.stringContaining('Sign in')])
})

test('the statement is in the name of who signed in, and what is delivered is his assertion over it', async () => {
  gateway.workflows.receipt = { status: 'counted', code: null, decision_id: null, approvals: 1, quorum: 1 }
  const statement = await statementOf('reject', 'not today')
  expect((JSON.parse(statement.toString()) as DecisionStatement).predicate).toMatchObject({
    change_id: change,
    decision: 'reject',
    person: 'ben@shop.example',
    reason: 'not today',
  })
  const assertion = ben.assert(statementMessage(statement))
  const answer = await post(`/approve/${change}/decision`, { statement: statement.toString('base64'), assertion })
  expect(answer.json()).toMatchObject({ status: 'counted', remedy: null })
  const [message] = gateway.workflows.decided
  expect(message?.delivered_by).toEqual({ actor: 'approver:ben@shop.example', person: 'ben@shop.example' })
  const approvers = await gateway.ledger.approvers.list(gateway.deps.tenant)
  expect(judged(message?.envelope as string, approvers)).toMatchObject({ person: 'ben@shop.example' })
})

test.each(['nul \u0000', 'lone \ud800', 'x'.repeat(501)])('a reason that no statement can carry is refused: %j', async (reason) => {
  const answer = await post(`/approve/${change}/statement`, { decision: 'approve', reason })
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'CLYRA_API_INVALID'])
})

test('the longest reason there can be fits', async () => {
  expect((await statementOf('approve', '🦀'.repeat(500))).length).toBeGreaterThan(2000)
})

test('a change that is not there is a page, and a problem for scripts', async () => {
  const id = `chg_${'a'.repeat(26)}`
  expect((await page(`/approve/${id}`)).body).toContain('CLYRA_API_NOT_FOUND')
  expect((await post(`/approve/${id}/statement`, { decision: 'approve', reason: '' })).json().code).toBe('CLYRA_API_NOT_FOUND')
})

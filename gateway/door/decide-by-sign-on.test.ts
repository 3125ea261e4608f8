// A decision by sign-on at the page, without a browser: away with a statement, back with the provider's signature over it.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ChangeView, DsseEnvelope } from '../../core/generated/types.ts'
import { assertionChallenge } from '../../evidence/assertion.ts'
import { statementMessage } from '../../evidence/dsse.ts'
import { digest } from '../../runtime/digest.ts'
import { askForApproval } from '../control/testing/gateway.ts'
import { cookieOf, type SigningOn, startSigningOn } from './testing/signing-on.ts'

let world: SigningOn
let cookie: string
let change: string

beforeAll(async () => {
  world = await startSigningOn()
  await world.link('ben', 'okta|ben')
  const { gateway } = world
  const ana = await gateway.token(['requester'], { actor: 'ana', person: 'ana' })
  const payload = { kind: 'sql', target: 'shop', statements: ['DELETE FROM public.orders WHERE id = 1'], reason: 'why' }
  const submitted = await gateway.call(ana, { method: 'POST', url: '/v1/changes', headers: { 'idempotency-key': 'one' }, payload })
  change = submitted.json<ChangeView>().change_id
  await askForApproval(gateway.ledger, 'default', change)
  gateway.workflows.receipt = { status: 'counted', code: null, decision_id: null, approvals: 1, quorum: 1 }
  cookie = cookieOf((await world.browse()).headers['set-cookie'])
}, 60_000)
afterAll(() => world?.stop())

const post = (path: string, payload: object, session = cookie) =>
  world.gateway.app.inject({
    method: 'POST',
    url: `/approve/${change}/${path}`,
    payload,
    headers: { cookie: session, origin: world.gateway.deps.door.origin },
  })
const stated = async (): Promise<string> => (await post('statement', { decision: 'approve', reason: 'seen' })).json().statement

/** Leaves over a statement and comes back; answers the page's code. */
async function away(statement: string): Promise<string> {
  const left = await post('leave', { statement })
  const { pathname, search } = await world.idp.walk(left.json().url)
  const headers = { cookie: cookieOf(left.headers['set-cookie']), accept: 'text/html' }
  const back = await world.gateway.app.inject({ url: `${pathname}${search}`, headers })
  return /signed_on=([\w.-]+)/.exec(back.body)?.[1] ?? ''
}

test('what is delivered is the provider’s signature over the very statement', async () => {
  const statement = await stated()
  const code = await away(statement)
  const nonce = assertionChallenge(statementMessage(Buffer.from(statement, 'base64')))
  expect(world.idp.asked.at(-1)?.get('nonce')).toBe(nonce)
  const { sign_on } = (await post('redeem', { code })).json()
  expect((await post('decision', { statement, sign_on })).json()).toMatchObject({ status: 'counted' })
  const { payload, signatures } = JSON.parse(world.gateway.workflows.decided.at(-1)?.envelope ?? '') as DsseEnvelope
  expect([payload, signatures]).toEqual([statement, [sign_on]])
  const kept = await world.gateway.ledger.identities.tokensOf('default', change)
  expect(digest(kept.get(sign_on.id_token.digest) ?? '')).toBe(sign_on.id_token.digest)
})

test('what came back is redeemed once, and by nobody else', async () => {
  await world.link('eve', 'okta|eve')
  const code = await away(await stated())
  world.idp.account = { sub: 'okta|eve' }
  const hers = cookieOf((await world.browse()).headers['set-cookie'])
  world.idp.account = { sub: 'okta|ben' }
  expect((await post('redeem', { code }, hers)).json().code).toBe('CLYRA_DOOR_REFUSED')
  expect((await post('redeem', { code })).statusCode).toBe(200)
  expect((await post('redeem', { code })).json().code).toBe('CLYRA_DOOR_REFUSED')
})

test('nobody leaves over another’s statement, and no decision comes without a proof', async () => {
  const statement = await stated()
  const forged = Buffer.from(Buffer.from(statement, 'base64').toString().replace('"ben"', '"eve"')).toString('base64')
  expect((await post('leave', { statement: forged })).json().code).toBe('CLYRA_APPROVAL_MALFORMED')
  expect((await post('decision', { statement })).json().code).toBe('CLYRA_API_INVALID')
})

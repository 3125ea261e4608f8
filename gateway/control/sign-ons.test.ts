// A sign-on over a statement by the API, for doors that are no page of ours: a real provider, and whoever should not get its signature.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ChangeView, RedeemView, SignOnView, StatementView } from '../../core/generated/types.ts'
import { digest } from '../../runtime/digest.ts'
import { hashOf } from '../door/sign-on.ts'
import { cookieOf, type SigningOn, startSigningOn } from '../door/testing/signing-on.ts'
import { askForApproval, problemIn } from './testing/gateway.ts'

const code_verifier = 'v'.repeat(64)
const redirect_uri = 'http://127.0.0.1:49152/signed-on'

let world: SigningOn
let ben: string
const changes: string[] = []

beforeAll(async () => {
  world = await startSigningOn()
  await world.link('ben', 'okta|ben')
  ben = await world.gateway.token(['approver'], { actor: 'approver:ben', person: 'ben' })
  const ana = await world.gateway.token(['requester'], { actor: 'ana', person: 'ana' })
  for (const key of ['one', 'two']) {
    const payload = { kind: 'sql', target: 'shop', statements: ['DELETE FROM public.orders WHERE id = 1'] }
    const headers = { 'idempotency-key': key }
    const { change_id } = (await world.gateway.call(ana, { method: 'POST', url: '/v1/changes', headers, payload })).json<ChangeView>()
    await askForApproval(world.gateway.ledger, 'default', change_id)
    changes.push(change_id)
  }
}, 60_000)
afterAll(() => world?.stop())

const post = (path: string, payload: object, id = changes[0]) =>
  world.gateway.call(ben, { method: 'POST', url: `/v1/approvals/${id}/${path}`, payload })
const redeem = (code: string, { verifier = code_verifier, id = changes[0] } = {}) =>
  post('sign-ons/redeem', { code, code_verifier: verifier }, id)

/** Signs on as a browser would; the code it brings back, and the nonce the provider was given. */
async function code(): Promise<{ code: string; nonce: string | null; commitment: string }> {
  const { statement, commitment } = (await post('statements', { decision: 'approve', reason: '' })).json<StatementView>()
  const { url } = (await post('sign-ons', { statement, redirect_uri, code_challenge: hashOf(code_verifier) })).json<SignOnView>()
  const { pathname, search } = new URL(url)
  const page = (path: string, cookie = '') => world.gateway.app.inject({ url: path, headers: { cookie, accept: 'text/html' } })
  const left = await page(/href="(\/approve\/terminal\/go[^"]+)"/.exec((await page(`${pathname}${search}`)).body)?.[1] as string)
  const callback = await world.idp.walk(left.headers.location as string)
  const back = await page(`${callback.pathname}${callback.search}`, cookieOf(left.headers['set-cookie']))
  const arrived = new URL(back.headers.location as string)
  expect(arrived.origin + arrived.pathname).toBe(redirect_uri)
  return { code: arrived.searchParams.get('code') ?? '', nonce: world.idp.asked.at(-1)?.get('nonce') ?? null, commitment }
}

test('the provider signs the statement’s commitment; whoever began gets the signature, once, and the token is kept', async () => {
  const { code: brought, nonce, commitment } = await code()
  expect(nonce).toBe(commitment)
  expect(problemIn(await redeem(brought, { verifier: 'w'.repeat(64) })).code).toBe('CLYRA_API_UNAUTHENTICATED')
  const { signature } = (await redeem(brought)).json<RedeemView>()
  const kept = await world.gateway.ledger.identities.tokensOf('default', changes[0] as string)
  const token = kept.get(signature.id_token.digest) ?? ''
  expect(digest(token)).toBe(signature.id_token.digest)
  expect(Buffer.from(token.split('.')[2] ?? '', 'base64url').toString('base64')).toBe(signature.sig)
  expect((await redeem(brought)).statusCode).toBe(401)
})

test('a sign-on about one change is worth nothing for another, nor for a session', async () => {
  const { code: brought } = await code()
  expect((await redeem(brought, { id: changes[1] as string })).statusCode).toBe(401)
  const { code: second } = await code()
  const headers = { 'content-type': 'application/json' }
  const claimed = await world.gateway.app.inject({
    method: 'POST',
    url: '/approve/terminal/claim',
    headers,
    payload: { code: second, verifier: code_verifier },
  })
  expect([claimed.statusCode, claimed.json().token]).toEqual([401, undefined])
})

test.each<[string, (statement: string) => [string, string]]>([
  ['of another change', (statement) => [statement, changes[1] as string]],
  ['of another person', (statement) => [Buffer.from(statement, 'base64').toString().replace('"ben"', '"eve"'), changes[0] as string]],
  ['that is none', () => ['null', changes[0] as string]],
])('no sign-on begins over a statement %s', async (_name, bend) => {
  const { statement } = (await post('statements', { decision: 'approve', reason: '' })).json<StatementView>()
  const [text, id] = bend(statement)
  const sent = text === statement ? statement : Buffer.from(text).toString('base64')
  const answer = await post('sign-ons', { statement: sent, redirect_uri, code_challenge: 'c'.repeat(43) }, id)
  expect([answer.statusCode, problemIn(answer).code]).toEqual([409, 'CLYRA_APPROVAL_MALFORMED'])
})

test.each(['http://localhost:1/signed-on', 'https://evil.example/signed-on', 'http://127.0.0.1:1/signed-on?x', 'http://127.0.0.1:1/other'])(
  'a browser is sent nowhere but to a terminal of its own machine: %s',
  async (address) => {
    const answer = await post('sign-ons', { statement: 'e30=', redirect_uri: address, code_challenge: 'c'.repeat(43) })
    expect(problemIn(answer).code).toBe('CLYRA_API_INVALID')
  },
)

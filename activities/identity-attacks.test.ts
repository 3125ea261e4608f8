// Attacks on who approves, where a decision is judged: two proofs, one person; one proof, two gates; a provider that says too little.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { canonical } from '../core/canonical.ts'
import type { Verdict } from '../core/generated/types.ts'
import { changeStream } from '../core/receipts.ts'
import type { Provider } from '../core/sign-on.ts'
import { assertionChallenge } from '../evidence/assertion.ts'
import { type DecisionInput, decisionStatementBytes } from '../evidence/decision.ts'
import { envelopeOf, statementMessage } from '../evidence/dsse.ts'
import { subjectId } from '../evidence/id-token.ts'
import { matchCode } from '../evidence/match-code.ts'
import { oidcProvider } from '../plugins/oidc/index.ts'
import { softAuthenticator } from '../tests/support/authenticator.ts'
import { someActor } from '../tests/support/ledger-bodies.ts'
import { type EmulatedIdp, startEmulatedIdp } from '../tests/support/oidc-emulated.ts'
import { softProvider } from '../tests/support/sign-on.ts'
import { approval, type Gates, openGates } from './testing/gates.ts'

const door = { origin: 'https://door.example', rp_id: 'door.example' }
const redirect_uri = `${door.origin}/approve/callback`
const idp = softProvider('https://idp.example', { acr_values: ['urn:mfa'] })
let gates: Gates
let ofOkta: Gates
let okta: EmulatedIdp
let oktaSays: Provider

beforeAll(async () => {
  gates = await openGates(idp.provider)
  await gates.store.ledger.identities.seeKey('acme', idp.key, someActor)
  okta = await startEmulatedIdp('okta', redirect_uri)
  const { issuer: iss, client_id } = okta.client
  oktaSays = { iss, client_id, tenant_claim: null, acr_values: ['urn:mfa'], max_age_seconds: 300 }
  ofOkta = await openGates(oktaSays)
}, 60_000)
afterAll(async () => {
  await gates?.store.stop()
  await ofOkta?.store.stop()
  await okta?.stop()
})

type Signature = ReturnType<typeof envelopeOf>['signatures'][number]
type Tokens = (nonce: string) => Promise<{ sub: string; token: string; key: Omit<typeof idp.key, 'seen_at'> }>

/** Signs the message at a provider, with an account that is linked to the person; the token is kept as the door keeps it. */
async function signedOn({ store }: Gates, input: DecisionInput, tokens: Tokens): Promise<Signature> {
  const { sub, token, key } = await tokens(assertionChallenge(statementMessage(decisionStatementBytes(input))))
  const { iss, kid, alg } = key
  await store.ledger.identities.link('acme', { person: input.person, subject_id: subjectId(iss, sub), iss, sub }, someActor)
  await store.ledger.identities.seeKey('acme', key, someActor)
  const digest = await store.ledger.identities.keepToken('acme', input.change_id, token)
  return { sig: Buffer.from(token.split('.')[2] ?? '', 'base64url').toString('base64'), id_token: { digest, iss, kid, alg } }
}
const soft =
  (claims: object): Tokens =>
  async (nonce) => {
    const auth_time = Math.floor(Date.parse(await gates.store.ledger.log.now()) / 1000) - 30
    return { sub: 'ben', token: idp.token({ sub: 'ben', nonce, auth_time, iat: auth_time, exp: auth_time + 600, ...claims }), key: idp.key }
  }
/** What the emulated Okta really sends. */
const fromOkta: Tokens = async (nonce) => {
  const provider = oidcProvider(okta.client)
  const asked = { redirect_uri, state: 's'.repeat(43), nonce }
  const { url, verifier } = await provider.begin({ ...asked, acr_values: oktaSays.acr_values, max_age_seconds: 300 })
  const query = (await okta.walk(url)).search.slice(1)
  const { id_token, key } = await provider.finish({ ...asked, query, verifier })
  return { sub: JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString()).sub, token: id_token, key }
}

const enhanced = { grade: 'enhanced' as const }
const numbered = (verdict: Verdict, person = 'ben'): DecisionInput => ({
  ...approval(verdict, person),
  match_code: matchCode(verdict) ?? '',
})
async function passkeyOf({ store }: Gates, person = 'ben') {
  const passkey = softAuthenticator(door)
  await store.ledger.approvers.enroll('acme', person, passkey.spki, someActor, passkey.passkey)
  return (input: DecisionInput): Signature => passkey.assert(statementMessage(decisionStatementBytes(input)))
}
const sent = (input: DecisionInput, ...signatures: [Signature, ...Signature[]]) =>
  canonical(envelopeOf(decisionStatementBytes(input), ...signatures))

async function refused(at: Gates, verdict: Verdict, envelope: string, code: string): Promise<void> {
  expect(await at.decide(verdict.change_id, envelope)).toMatchObject({ status: 'refused', code, certified: false })
  const { receipt } = (await at.store.ledger.log.read(changeStream(verdict.change_id))).at(-1) ?? {}
  expect([receipt?.kind, receipt?.body.status, receipt?.body.code]).toEqual(['decision', 'refused', code])
  expect(at.applied).not.toContain(verdict.change_id)
}

test('without an attack passkey and sign-on make an approval of grade enhanced', async () => {
  const verdict = await gates.waiting(enhanced)
  const [input, sign] = [numbered(verdict), await passkeyOf(gates)]
  const token = await signedOn(gates, input, soft({ acr: 'urn:mfa', amr: ['pwd', 'otp'] }))
  expect(await gates.decide(verdict.change_id, sent(input, sign(input), token))).toMatchObject({ status: 'counted', certified: true })
})

describe('a provider that does not say what is demanded', () => {
  test.each<[string, object]>([
    ['amr that lies: a password alone, under an acr that was not asked for', { acr: 'urn:pwd', amr: ['pwd', 'mfa'] }],
    ['no acr, and amr says mfa', { amr: ['mfa'] }],
    ['mfa: true in the token', { mfa: true, amr: ['pwd'] }],
    ['an acr in other letters', { acr: 'URN:MFA' }],
  ])('%s', async (_, claims) => {
    const verdict = await gates.waiting(enhanced)
    const [input, sign] = [numbered(verdict), await passkeyOf(gates)]
    await refused(gates, verdict, sent(input, sign(input), await signedOn(gates, input, soft(claims))), 'CLYRA_SSO_ACR')
  })

  test('one with the claims of Okta, that sends neither acr nor amr: grade enhanced is not reached', async () => {
    const verdict = await ofOkta.waiting(enhanced)
    const [input, sign] = [numbered(verdict, 'ben@shop.example'), await passkeyOf(ofOkta, 'ben@shop.example')]
    await refused(ofOkta, verdict, sent(input, sign(input), await signedOn(ofOkta, input, fromOkta)), 'CLYRA_SSO_ACR')
  })
})

describe('one proof for two gates', () => {
  test('an ID token whose nonce was another decision’s (nonce reused across two certificates)', async () => {
    const [first, second] = [await gates.waiting(), await gates.waiting()]
    const input = approval(first)
    const token = await signedOn(gates, input, soft({}))
    expect(await gates.decide(first.change_id, sent(input, token))).toMatchObject({ status: 'counted' })
    await refused(gates, second, sent(approval(second), token), 'CLYRA_SSO_NONCE')
    await refused(gates, second, sent(input, token), 'CLYRA_APPROVAL_WRONG_BINDING')
  })

  test('two gates of one nonce: the decision names its change as well', async () => {
    const first = await gates.waiting()
    const second = await gates.waiting({ nonce: first.nonce })
    const input = approval(first)
    await refused(gates, second, sent(input, (await passkeyOf(gates))(input)), 'CLYRA_APPROVAL_WRONG_BINDING')
  })
})

describe('one person for a quorum of two', () => {
  test('by passkey and then by account', async () => {
    const verdict = await gates.waiting({ quorum: 2 })
    const [first, second] = [approval(verdict), approval(verdict)]
    expect(await gates.decide(verdict.change_id, sent(first, (await passkeyOf(gates))(first)))).toMatchObject({ status: 'counted' })
    await refused(gates, verdict, sent(second, await signedOn(gates, second, soft({}))), 'CLYRA_APPROVAL_DUPLICATE')
  })

  test('by two passkeys of his, and under two spellings of his name', async () => {
    const verdict = await gates.waiting({ quorum: 2 })
    const [first, second, third] = [approval(verdict), approval(verdict), approval(verdict, 'BEN')]
    expect(await gates.decide(verdict.change_id, sent(first, (await passkeyOf(gates))(first)))).toMatchObject({ status: 'counted' })
    await refused(gates, verdict, sent(second, (await passkeyOf(gates))(second)), 'CLYRA_APPROVAL_DUPLICATE')
    await refused(gates, verdict, sent(third, (await passkeyOf(gates, 'BEN'))(third)), 'CLYRA_APPROVAL_DUPLICATE')
  })
})

test('a passkey enrolled a moment ago does not approve where policy wants an older one (cooling, forwarded invitation)', async () => {
  const verdict = await gates.waiting({ authenticator_age_seconds: 3600 })
  const input = approval(verdict)
  await refused(gates, verdict, sent(input, (await passkeyOf(gates))(input)), 'CLYRA_APPROVAL_TOO_YOUNG')
})

test.each<[string, (text: string) => string]>([
  ['mfa: true in the statement', (text) => text.replace('"nonce":', '"mfa":true,"nonce":')],
  ['a key twice', (text) => text.replace('"decision":"approve"', '"decision":"reject","decision":"approve"')],
  ['an escaped letter', (text) => text.replace('"approve"', '"\\u0061pprove"')],
  ['keys in another order', (text) => text.replace(/^\{"_type":"([^"]*)",(.*)\}$/, '{$2,"_type":"$1"}')],
  ['a blank', (text) => text.replace(':{', ': {')],
  ['__proto__', (text) => text.replace('"nonce":', '"__proto__":{"grade":"enhanced"},"nonce":')],
  ['a number with a fraction', (text) => text.replace('"reason":""', '"reason":"","share":1.0')],
])('a statement that its approver really signed, with %s, is malformed', async (_, bend) => {
  const verdict = await gates.waiting()
  const input = approval(verdict)
  const text = decisionStatementBytes(input).toString()
  const bytes = Buffer.from(bend(text))
  expect(bytes.toString()).not.toBe(text)
  const one = softAuthenticator(door)
  await gates.store.ledger.approvers.enroll('acme', 'ben', one.spki, someActor, one.passkey)
  await refused(gates, verdict, canonical(envelopeOf(bytes, one.assert(statementMessage(bytes)))), 'CLYRA_APPROVAL_MALFORMED')
})

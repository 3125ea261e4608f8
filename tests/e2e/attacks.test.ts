// Attacks on an approval between its parts: the real workflow, worker, gateway, provider and CLI. None applies anything.
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createClient } from '../../cli/client.ts'
import { verifiers } from '../../cli/quickstart/check.ts'
import type { ChangeRequest, ChangeView, DecisionResult } from '../../core/generated/types.ts'
import { allOf, changeStream, tenantStream } from '../../core/receipts.ts'
import { decisionStatementBytes, signDecision } from '../../evidence/decision.ts'
import { envelopeOf, statementMessage } from '../../evidence/dsse.ts'
import { subjectId } from '../../evidence/id-token.ts'
import { hashOf } from '../../gateway/door/sign-on.ts'
import type { Ledger } from '../../ledger/types.ts'
import { loadConfig } from '../../runtime/config.ts'
import { fileSigner, keyId } from '../../runtime/keys.ts'
import { freePort } from '../../runtime/parts/port.ts'
import { ledgerOf } from '../../temporal.config.ts'
import { browse } from '../support/browse.ts'
import { encodings, post } from '../support/crowd.ts'
import { until } from '../support/kill.ts'
import { startIdp, type TestIdp } from '../support/oidc.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'

const actor = { actor: 'root', person: null }
const personOf = (name: string) => `${name}@shop.example`
let stack: TestStack
let idp: TestIdp
let ledger: Ledger
let rows = 1000

beforeAll(async () => {
  const port = await freePort()
  idp = await startIdp(`http://localhost:${port}/approve/callback`)
  stack = await startTestStack({ sso: { client: idp.client, port } })
  ledger = await ledgerOf(loadConfig(stack.home))
  for (const name of ['ben', 'carla', 'eve', 'kay']) await enroll(stack, name)
  for (const name of ['eve', 'kim']) await ledger.identities.link('default', subjectOf(name), actor)
}, 180_000)
beforeEach(async () => {
  for (const name of ['eve', 'kim']) await ledger.signOns.settle('default', personOf(name))
})
afterAll(async () => {
  await ledger?.close()
  await stack?.stop()
  await idp?.stop()
}, 60_000)

const subjectOf = (name: string) => {
  const sub = `okta|${name}`
  return { person: personOf(name), subject_id: subjectId(idp.issuer, sub), iss: idp.issuer, sub }
}
const request = (target = 'shop', more: Partial<ChangeRequest> = {}): ChangeRequest => {
  rows += 1
  const statements = [`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > ${rows}`]
  return { kind: 'sql', target, statements, reason: 'retention', source: 'e2e-attacks', ...more }
}
const ask = (target?: string) => stack.story.ask(request(target), 'verdict')
const token = (name: string) => readFileSync(stack.key(`${name}.token`), 'utf8').trim()
const clientOf = (name: string) => createClient({ base: stack.run.gateway, token: token(name) })
const byKey = (name: string, { change_id }: ChangeView, word = 'approve') =>
  stack.story.clyra(word, change_id, '--key-file', stack.key(`${name}.pem`), '--token-file', stack.key(`${name}.token`), '--yes')
const decisionsOf = async ({ change_id }: ChangeView) =>
  allOf(await ledger.log.read(changeStream(change_id)), 'decision').map(({ body }) => [body.person, body.status, body.code])
const left = async (): Promise<number> =>
  Number((await stack.story.warehouse<{ n: string }>('select count(*) as n from shop.orders'))[0]?.n)
const revoke = async (id: string) => expect(await stack.story.clyra('approver', 'revoke', id, '--reason', 'left')).toBe(0)
const rejected = 3

/** As a terminal does it: a sign-on that tells who it is, and one over the decision. */
async function bySignOn(name: string, { change_id }: ChangeView): Promise<number> {
  idp.account = { sub: `okta|${name}` }
  const from = stack.said.length
  const ended = stack.story.clyra('approve', change_id, '--sso', '--yes')
  for (const words of [/sign on, to say who you are, at (\S+)/, /sign the decision as \S+ at (\S+)/]) {
    const lines = () => words.exec(stack.said.slice(from).join('\n'))?.[1]
    await until(async () => lines() !== undefined)
    expect((await fetch(await browse(idp, lines() as string))).status).toBe(200)
  }
  return ended
}

/** Ended by this code, with nothing applied, and evidence that both verifiers find valid. */
async function expectNothing(view: ChangeView, before: number, end: Partial<ChangeView>): Promise<void> {
  const ended = await stack.story.follow(view, 'end')
  expect(ended).toMatchObject({ state: 'CLOSED', ...end })
  expect(await left()).toBe(before)
  const file = join(stack.home, '.clyra/evidence', ended.evidence ?? 'no evidence')
  // What rests on a sign-on alone is judged with its token, by an auditor who was given it.
  const verdicts = verifiers().map(({ verify }) => verify(file).verdict)
  expect(verdicts.filter((verdict) => verdict !== 'valid' && verdict !== 'cannot_judge')).toEqual([])
}

describe('an approver who is removed between approve and consume', () => {
  test('by the revocation of his key: the certificate is not taken', async () => {
    const [view, before] = [await ask('shop_pair'), await left()]
    expect(await byKey('kay', view)).toBe(0)
    await revoke(keyId((await fileSigner(stack.key('kay.pem'))).spki))
    expect(await byKey('carla', view)).toBe(0)
    await expectNothing(view, before, { outcome: 'failed', code: 'CLYRA_APPROVAL_UNKNOWN_KEY' })
  }, 60_000)

  test('by the unlinking of his account: the certificate is not taken', async () => {
    const [view, before] = [await ask('shop_pair'), await left()]
    expect(await bySignOn('kim', view)).toBe(0)
    await revoke(subjectOf('kim').subject_id)
    expect(await byKey('carla', view)).toBe(0)
    await expectNothing(view, before, { outcome: 'failed', code: 'CLYRA_SSO_UNLINKED' })
  }, 60_000)
})

describe('a quorum of two', () => {
  test('is not filled by one person with a key and an account', async () => {
    const [view, before] = [await ask('shop_pair'), await left()]
    expect(await byKey('eve', view)).toBe(0)
    expect(await bySignOn('eve', view)).toBe(rejected)
    expect(await decisionsOf(view)).toEqual([
      [personOf('eve'), 'counted', null],
      [personOf('eve'), 'refused', 'CLYRA_APPROVAL_DUPLICATE'],
    ])
    await stack.story.ana.cancel(view.change_id, 'enough')
    await expectNothing(view, before, { outcome: 'cancelled' })
  }, 60_000)

  test('is not completed by who denied and then approves', async () => {
    const [view, before] = [await ask('shop_pair'), await left()]
    const { binding, change_id } = await stack.story.ana.approval(view.change_id)
    const said = { change_id, binding, person: personOf('carla'), reason: '', signed_at: '2026-01-01T00:00:00.000Z' }
    expect([await byKey('ben', view), await byKey('carla', view, 'reject')]).toEqual([0, 0])
    const decision = { ...said, decision: 'approve' as const, decision_id: randomUUID() }
    const approved = await signDecision(decision, await fileSigner(stack.key('carla.pem')))
    expect(await clientOf('carla').decide(change_id, JSON.parse(approved))).toMatchObject({
      status: 'refused',
      code: 'CLYRA_APPROVAL_NOT_OPEN',
    })
    await expectNothing(view, before, { outcome: 'rejected' })
  }, 60_000)
})

describe('an agent that asked by its service account', () => {
  const asked = async (more: Partial<ChangeRequest> = {}) =>
    stack.story.follow(await clientOf('pipeline').submit(request('shop', more), randomUUID()), 'verdict')

  test('cannot approve: not with its token, not with a key enrolled in its own name', async () => {
    const [view, before] = [await asked(), await left()]
    const sent = post<{ code: string }>(stack.run.gateway, `/v1/approvals/${view.change_id}/decisions`, token('pipeline'), {})
    expect(await sent).toMatchObject({ status: 403, body: { code: 'CLYRA_API_FORBIDDEN' } })
    const files = ['--key-file', stack.key('agent.pem'), '--token-file', stack.key('agent.token')]
    expect(await stack.story.clyra('approver', 'enroll', '--person', 'pipeline', ...files)).toBe(0)
    expect(await byKey('agent', view)).toBe(rejected)
    expect(await decisionsOf(view)).toEqual([['pipeline', 'refused', 'CLYRA_APPROVAL_SELF']])
    expect(await left()).toBe(before)
  }, 60_000)

  test('is not approved by the person it says it asks for', async () => {
    const view = await asked({ claimed_person: 'Ben@shop.example' })
    expect(await byKey('ben', view)).toBe(rejected)
    expect(await decisionsOf(view)).toEqual([[personOf('ben'), 'refused', 'CLYRA_APPROVAL_SELF']])
  }, 60_000)
})

describe('at the API', () => {
  const decide = (view: ChangeView, body: string | object) =>
    post<DecisionResult & { code: string }>(stack.run.gateway, `/v1/approvals/${view.change_id}/decisions`, token('eve'), body)
  const signed = async (view: ChangeView, name = 'ben') => {
    const { binding, change_id } = await stack.story.ana.approval(view.change_id)
    const said = { decision: 'approve' as const, decision_id: randomUUID(), signed_at: '2026-01-01T00:00:00.000Z' }
    const input = { change_id, binding, person: personOf('ben'), reason: '', ...said }
    return { input, envelope: JSON.parse(await signDecision(input, await fileSigner(stack.key(`${name}.pem`)))) }
  }

  test('a sign-on for one gate is worth nothing at another: the nonce is the decision’s', async () => {
    const [one, two] = [await ask(), await ask()]
    const [eve, before, verifier] = [clientOf('eve'), await left(), 'v'.repeat(64)]
    const [first, second] = await Promise.all([one, two].map((view) => eve.state(view.change_id, { decision: 'approve', reason: '' })))
    const address = 'http://127.0.0.1:49152/signed-on'
    idp.account = { sub: 'okta|eve' }
    const { begin, claim } = eve.signOn(one.change_id, first?.statement ?? '')
    const { url } = await begin({ address, challenge: hashOf(verifier) })
    const code = (await browse(idp, url)).searchParams.get('code') ?? ''
    const { signature } = await claim(code, verifier)
    const moved = {
      payload: second?.statement ?? '',
      payloadType: 'application/vnd.in-toto+json' as const,
      signatures: [signature] as [typeof signature],
    }
    expect(await eve.decide(two.change_id, moved)).toMatchObject({ status: 'refused', code: 'CLYRA_SSO_NONCE' })
    expect(await decisionsOf(two)).toEqual([[null, 'refused', 'CLYRA_SSO_NONCE']])
    expect(await left()).toBe(before)
  }, 60_000)

  test('a field nobody knows, mfa: true above all, is refused wherever it stands', async () => {
    const [view, before] = [await ask(), await left()]
    const { envelope } = await signed(view)
    const [signature] = envelope.signatures
    const bodies = [
      { envelope, mfa: true },
      { envelope: { ...envelope, mfa: true } },
      { envelope: { ...envelope, signatures: [{ ...signature, mfa: true }] } },
    ]
    for (const body of [...bodies, JSON.stringify({ envelope }).replace('{', '{"__proto__":{"mfa":true},')])
      expect((await decide(view, body)).status).toBe(400)
    const statement = Buffer.from(envelope.payload, 'base64').toString().replace('"nonce":', '"mfa":true,"nonce":')
    const signer = await fileSigner(stack.key('ben.pem'))
    const sig = Buffer.from(await signer.sign(statementMessage(Buffer.from(statement)))).toString('base64')
    const injected = envelopeOf(Buffer.from(statement), { sig })
    expect((await decide(view, { envelope: injected })).body).toMatchObject({ status: 'refused', code: 'CLYRA_APPROVAL_MALFORMED' })
    expect(await decisionsOf(view)).toEqual([[null, 'refused', 'CLYRA_APPROVAL_MALFORMED']])
    expect(await left()).toBe(before)
  }, 60_000)

  test('the same decision in other JSON is the same decision; of a key given twice none approves but what is signed', async () => {
    const view = await ask()
    const [{ envelope, input }, forged] = [await signed(view), await signed(view, 'eve')]
    const twice = (first: object, last: object) => `{"envelope":${JSON.stringify(first)},"envelope":${JSON.stringify(last)}}`
    expect((await decide(view, twice(envelope, forged.envelope))).body).toMatchObject({ code: 'CLYRA_APPROVAL_BAD_SIGNATURE' })
    const unsigned = { ...envelope, payload: decisionStatementBytes({ ...input, reason: 'x' }).toString('base64') }
    expect((await decide(view, twice(envelope, unsigned))).body).toMatchObject({ code: 'CLYRA_APPROVAL_BAD_SIGNATURE' })
    const reversed = JSON.stringify({ envelope: Object.fromEntries(Object.entries(envelope).reverse()) })
    const answers = []
    for (const text of [...encodings({ envelope }), reversed]) answers.push((await decide(view, text)).body)
    expect(answers.map(({ decision_id }) => decision_id)).toEqual(answers.map(() => input.decision_id))
    expect((await decisionsOf(view)).map(([, status]) => status)).toEqual(['refused', 'refused', 'counted'])
    expect((await stack.story.follow(view, 'end')).outcome).toBe('enforced')
  }, 60_000)

  test('numbers: 10, 10.0 and 1e1 are one change; a fraction, a text and what is rounded are none', async () => {
    const asking = JSON.stringify({ ...request(), max_rows: 4711 })
    const site = randomUUID()
    const submit = (number: string) =>
      post<ChangeView>(stack.run.gateway, '/v1/changes', token('ana'), asking.replace('4711', number), { 'idempotency-key': site })
    const ids = []
    for (const number of ['10', '10.0', '1e1']) ids.push((await submit(number)).body.change_id)
    expect(new Set(ids).size).toBe(1)
    for (const number of ['10.5', '"10"', '9007199254740993', '1e400']) expect((await submit(number)).status).toBe(400)
  }, 60_000)
})

test('every refused decision of these stands in a log with its code, and no door told a stranger more than one answer', async () => {
  const kept = (await ledger.log.read(tenantStream('default'))).filter(({ receipt }) => receipt.kind === 'late_decision')
  expect(kept.map(({ receipt }) => receipt.body.code)).toContain('CLYRA_APPROVAL_NOT_OPEN')
  const answers = await Promise.all(
    ['/approve/callback', '/approve/callback?state=x&code=y', '/approve/callback?error=z'].map(async (path) => {
      const { status, code } = (await (await fetch(new URL(path, stack.run.gateway))).json()) as { status: number; code: string }
      return { status, code }
    }),
  )
  expect(answers).toEqual(answers.map(() => ({ status: 401, code: 'CLYRA_DOOR_REFUSED' })))
})

test('an approver whom policy names no more between approve and consume: the certificate is not enough', async () => {
  const [view, before] = [await ask('shop_pair'), await left()]
  expect(await byKey('ben', view)).toBe(0)
  const policy = join(stack.home, 'pair.yaml')
  const shorter = `eligible_approvers: [${personOf('carla')}, ${personOf('eve')}]`
  writeFileSync(policy, readFileSync(policy, 'utf8').replace('eligible_approvers: []', shorter))
  await stack.restart()
  expect(await byKey('carla', view)).toBe(0)
  await expectNothing(view, before, { outcome: 'failed', code: 'CLYRA_ENFORCE_POLICY_CHANGED' })
}, 120_000)

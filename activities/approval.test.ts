// What the run is told of a decision when it missed the news of an earlier one. The ledger and the signatures are real.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { canonical } from '../core/canonical.ts'
import type { Verdict } from '../core/generated/types.ts'
import { changeBody } from '../core/kinds/change.ts'
import type { DecisionMessage } from '../core/messages.ts'
import { changeStream, receiptKey } from '../core/receipts.ts'
import { clockSkewSeconds } from '../core/sign-on.ts'
import type { DecisionChecked, Recorded } from '../core/stages.ts'
import { assertionChallenge } from '../evidence/assertion.ts'
import { decisionStatementBytes, signDecision } from '../evidence/decision.ts'
import { envelopeOf, statementMessage } from '../evidence/dsse.ts'
import { subjectId } from '../evidence/id-token.ts'
import { doorKey } from '../evidence/testing/registry.ts'
import { sha256Hex } from '../runtime/digest.ts'
import { keySigner } from '../runtime/keys.ts'
import { verdictBody } from '../tests/support/approvals.ts'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import { changeIdOf, newChange } from '../tests/support/ledger-bodies.ts'
import { softProvider } from '../tests/support/sign-on.ts'
import { checkDecision } from './approval.ts'
import type { Deps } from './index.ts'
import { record } from './record.ts'

const ben = { person: 'ben', signer: keySigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey) }
const actor = { actor: 'cli:ann', person: 'ann' }
let store: TestLedger
let changes = 0

beforeAll(async () => {
  store = await startTestLedger()
  await store.ledger.approvers.enroll('acme', ben.person, ben.signer.spki, actor)
})
afterAll(() => store.stop())

const env = (runId: string) =>
  new MockActivityEnvironment({ workflowExecution: { workflowId: 'any', runId } }, { logger: new DefaultLogger('ERROR') })
const idp = softProvider()
const inRun = <T>(runId: string, stage: (deps: Deps) => Promise<T>): Promise<T> =>
  env(runId).run(() =>
    stage({ ledger: store.ledger, certificateSigner: doorKey, provider: idp.provider, times: () => undefined } as unknown as Deps),
  ) as Promise<T>

/** A change that waits for one approver. */
async function asked(): Promise<Verdict> {
  changes += 1
  const change_id = changeIdOf(changes)
  const { row } = await store.ledger.changes.register(newChange(change_id))
  const verdict: Verdict = verdictBody({ change_id, predecessor: '', payload_digest: row.payload_digest, certificate_ttl_seconds: 60 })
  await store.ledger.log.append(changeStream(change_id), [
    { key: receiptKey.change(1), kind: 'change', actor, body: changeBody(row) },
    {
      key: receiptKey.verdict(1, verdict.run_id),
      kind: 'verdict',
      actor,
      body: ([change]) => ({ ...verdict, predecessor: change?.leaf ?? '' }),
    },
  ])
  return verdict
}

async function said(verdict: Verdict, decision: 'approve' | 'reject'): Promise<DecisionMessage> {
  const { change_id, payload_digest, policy_digest, display_hash, nonce } = verdict
  const binding = { payload_digest, policy_digest, display_hash, nonce: nonce ?? '' }
  const signed_at = '2026-01-01T00:00:00.000Z'
  const about = { change_id, binding, decision, person: ben.person, reason: 'seen', decision_id: randomUUID(), signed_at }
  const envelope = await signDecision(about, ben.signer)
  return { id: sha256Hex(envelope), envelope, delivered_by: { actor: 'cli:ben', person: ben.person } }
}

const runOf = ({ change_id }: Verdict) => ({ tenant: 'acme', change_id, attempt: 1 })
const check = (verdict: Verdict, message: DecisionMessage, runId = verdict.run_id): Promise<DecisionChecked> =>
  inRun(runId, (deps) => checkDecision(deps, runOf(verdict), message))

test('whoever decides after the certificate is refused, and the run is told that it stands', async () => {
  const verdict = await asked()
  const first = await said(verdict, 'approve')
  expect(await check(verdict, first)).toMatchObject({ status: 'counted', certified: true })
  const later = await check(verdict, await said(verdict, 'approve'))
  expect(later).toMatchObject({ status: 'refused', code: 'CLYRA_APPROVAL_NOT_OPEN', certified: true, approvals: 1 })
  const forged = { ...first, envelope: '{}', id: sha256Hex('{}') }
  expect(await check(verdict, forged)).toMatchObject({ status: 'refused', code: 'CLYRA_APPROVAL_MALFORMED', certified: false })
  expect(await check(verdict, first)).toMatchObject({ status: 'counted', certified: true })
})

test('a certificate of another run says nothing to this one', async () => {
  const verdict = await asked()
  await check(verdict, await said(verdict, 'approve'))
  const later = await check(verdict, await said(verdict, 'approve'), 'run-2')
  expect(later).toMatchObject({ status: 'refused', code: 'CLYRA_APPROVAL_VOID', certified: false, voided: true })
})

test('a rejection the run never heard of is what the change ends with at its deadline', async () => {
  const verdict = await asked()
  expect(await check(verdict, await said(verdict, 'reject'))).toMatchObject({ status: 'counted', certified: false })
  const recorded = await inRun<Recorded>(verdict.run_id, (deps) => record(deps, runOf(verdict), 'deadline'))
  expect(recorded.outcome).toBe('rejected')
})

describe('a decision by sign-on', () => {
  /** Ben signs on at the provider so many seconds ago, for this very decision. */
  const signedOn = async (verdict: Verdict, secondsAgo: number): Promise<DecisionMessage> => {
    const { identities, log } = store.ledger
    const { change_id, payload_digest, policy_digest, display_hash, nonce } = verdict
    const binding = { payload_digest, policy_digest, display_hash, nonce: nonce ?? '' }
    const said = { person: ben.person, reason: '', decision_id: randomUUID(), signed_at: '2026-01-01T00:00:00.000Z' }
    const bytes = decisionStatementBytes({ change_id, binding, decision: 'approve', ...said })
    const auth_time = Math.floor(Date.parse(await log.now()) / 1000) - secondsAgo
    const times = { auth_time, iat: auth_time, exp: auth_time + 3600 }
    const token = idp.token({ sub: 'ben', nonce: assertionChallenge(statementMessage(bytes)), ...times })
    const { iss, kid, alg } = idp.key
    await identities.link('acme', { person: ben.person, subject_id: subjectId(iss, 'ben'), iss, sub: 'ben' }, actor)
    await identities.seeKey('acme', idp.key, actor)
    const digest = await identities.keepToken('acme', change_id, token)
    const sig = Buffer.from(token.split('.')[2] ?? '', 'base64url').toString('base64')
    const envelope = canonical(envelopeOf(bytes, { sig, id_token: { digest, iss, kid, alg } }))
    return { id: sha256Hex(envelope), envelope, delivered_by: { actor: 'approver:ben', person: ben.person } }
  }

  test('counts, with the account and what the token said, and no key', async () => {
    const verdict = await asked()
    expect(await check(verdict, await signedOn(verdict, 30))).toMatchObject({ status: 'counted', certified: true })
    const receipts = await store.ledger.log.read(changeStream(verdict.change_id))
    const decision = receipts.find(({ receipt }) => receipt.kind === 'decision')?.receipt.body
    expect(decision).toMatchObject({ key_id: null, subject_id: subjectId(idp.key.iss, 'ben'), grade: 'standard', sign_on: { acr: null } })
  })

  test('is refused where it would be too old a moment later: verifiers go by the receipt’s time', async () => {
    const verdict = await asked()
    const atTheEdge = idp.provider.max_age_seconds + clockSkewSeconds - 5
    expect(await check(verdict, await signedOn(verdict, atTheEdge))).toMatchObject({ status: 'refused', code: 'CLYRA_SSO_STALE' })
    expect(await check(verdict, await signedOn(verdict, atTheEdge - 10))).toMatchObject({ status: 'counted' })
  })
})

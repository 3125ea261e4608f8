// A decision signed by a passkey, from the gate to enforcement, and those who would borrow one. The ledger is real.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { requestersOf } from '../core/approval.ts'
import { canonical } from '../core/canonical.ts'
import { renderDisplay } from '../core/display.ts'
import type { Change, Verdict } from '../core/generated/types.ts'
import { changeBody } from '../core/kinds/change.ts'
import { changeStream, receiptKey } from '../core/receipts.ts'
import { type DecisionInput, decisionStatementBytes } from '../evidence/decision.ts'
import { envelopeOf, statementMessage } from '../evidence/dsse.ts'
import { doorKey } from '../evidence/testing/registry.ts'
import { digest, sha256Hex } from '../runtime/digest.ts'
import { loadPolicy } from '../runtime/policy-file.ts'
import { type Lies, softAuthenticator } from '../tests/support/authenticator.ts'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import { changeIdOf, newChange, someActor } from '../tests/support/ledger-bodies.ts'
import { payloadOf } from '../tests/support/shop.ts'
import { checkDecision } from './approval.ts'
import type { Deps } from './deps.ts'
import { enforce } from './enforce.ts'

const door = { origin: 'https://door.example', rp_id: 'door.example' }
const actorOfBen = { actor: 'approver:ben', person: 'ben' }
const policy = loadPolicy(
  `
spec: 0
policy_id: test
title: A policy under test
data_platform: { max_rows_without_approval: 0, max_rows: 1000, rules: [{ id: all, when: 'true', then: needs_approval, why: all }] }
enforcement: { approval: { quorum: 1, deadline_seconds: 60, certificate_ttl_seconds: 60, eligible_approvers: [] } }
compliance: { frameworks: [sox], body_storage: none }
`,
  'test.yaml',
)

let store: TestLedger
let changes = 0
const applied: string[] = []

beforeAll(async () => {
  store = await startTestLedger()
})
afterAll(() => store.stop())

const env = () => new MockActivityEnvironment({ attempt: 1 }, { logger: new DefaultLogger('ERROR') })
const runId = () => env().context.info.workflowExecution?.runId ?? ''
// Remembers what it was asked to apply. That it gets so far is what these tests are about, so it applies nothing.
const warehouse = {
  now: () => store.ledger.log.now(),
  async enforce({ change_id }: { change_id: string }) {
    applied.push(change_id)
    return { outcome: 'failed', code: 'CLYRA_ENFORCE_ROW_LIMIT', sqlstate: null, statement: null, settled_by: 'tombstone' }
  },
}
const timed: unknown[][] = []
const deps = () => {
  const times = (...time: unknown[]) => void timed.push(time)
  return {
    ledger: store.ledger,
    targets: { shop: { warehouse, policy } },
    certificateSigner: doorKey,
    provider: null,
    times,
  } as unknown as Deps
}

/** A change that waits for one approval. */
async function waiting(): Promise<Verdict> {
  changes += 1
  const [change_id, { ledger }] = [changeIdOf(changes), store]
  const payload = payloadOf('dml', [`update shop.orders set amount = ${changes} where id = 1`])
  const bytes = Buffer.from(canonical(payload))
  const payload_digest = digest(bytes)
  await ledger.payloads.put('acme', payload_digest, bytes)
  const { row } = await ledger.changes.register({ ...newChange(change_id), payload_digest })
  const verdict: Omit<Verdict, 'predecessor'> = {
    change_id,
    attempt: 1,
    run_id: runId(),
    outcome: 'needs_approval',
    mode: 'gate',
    policy_id: policy.policy_id,
    policy_digest: policy.digest,
    payload_digest,
    display_hash: digest('shown'),
    facts: {
      parsed: 'parsed',
      role: 'dml',
      statements: [],
      estimated_rows: 1,
      refusals: [],
      platform: 'postgres',
      server_version: '18.0',
      simulated: false,
      history: { changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: false },
    },
    reasons: [{ rule: 'all', outcome: 'needs_approval', why: 'all', refs: [] }],
    row_limit: 1000,
    quorum: 1,
    grade: 'standard',
    authenticator_age_seconds: 0,
    eligible_approvers: [],
    nonce: sha256Hex(change_id),
    deadline: '2099-01-01T00:00:00.000Z',
    certificate_ttl_seconds: 600,
  }
  const change = changeBody(row)
  const shown = {
    change_id,
    payload,
    verdict: { ...verdict, predecessor: '' },
    requesters: requestersOf([change as unknown as Change]),
    reason: row.reason,
  }
  verdict.display_hash = digest(renderDisplay(shown))
  const [, stored] = await ledger.log.append(changeStream(change_id), [
    { key: receiptKey.change(1), kind: 'change', actor: someActor, body: { ...change } },
    { key: 'verdict', kind: 'verdict', actor: someActor, body: ([change]) => ({ ...verdict, predecessor: change?.leaf ?? '' }) },
  ])
  return stored?.receipt.body as unknown as Verdict
}

const approval = ({ change_id, payload_digest, policy_digest, display_hash, nonce }: Verdict, person = 'ben'): DecisionInput => ({
  change_id,
  binding: { payload_digest, policy_digest, display_hash, nonce: nonce ?? '' },
  decision: 'approve',
  person,
  reason: '',
  decision_id: randomUUID(),
  signed_at: '2026-01-01T00:00:00.000Z',
})

/** Enrolls a passkey of this person; signs decisions with it, or lies. */
async function enrolled(person = 'ben') {
  const one = softAuthenticator(door)
  const { key_id } = await store.ledger.approvers.enroll('acme', person, one.spki, actorOfBen, one.passkey)
  const sign = (input: DecisionInput, lies?: Lies): string => {
    const bytes = decisionStatementBytes(input)
    return canonical(envelopeOf(bytes, one.assert(statementMessage(bytes), lies)))
  }
  return { key_id, sign }
}

const runOf = (change_id: string) => ({ tenant: 'acme', change_id, attempt: 1 })
const decide = (change_id: string, envelope: string) =>
  env().run(() => checkDecision(deps(), runOf(change_id), { id: sha256Hex(envelope), envelope, delivered_by: actorOfBen }))
const enforced = (change_id: string) => env().run(() => enforce(deps(), runOf(change_id)))

describe('an approval by a passkey', () => {
  test('is counted under its key, completes the certificate, and enforcement finds it right', async () => {
    const [verdict, ben] = [await waiting(), await enrolled()]
    expect(await decide(verdict.change_id, ben.sign(approval(verdict)))).toMatchObject({
      status: 'counted',
      person: 'ben',
      certified: true,
    })
    const receipts = await store.ledger.log.read(changeStream(verdict.change_id))
    expect(receipts.at(-1)?.receipt).toMatchObject({
      kind: 'approval_certificate',
      body: { decisions: [{ person: 'ben', key_id: ben.key_id }] },
    })
    await enforced(verdict.change_id)
    expect(applied).toContain(verdict.change_id)
  })

  test('is timed stage by stage, once: sent again it is not timed again', async () => {
    const [verdict, ben] = [await waiting(), await enrolled()]
    const envelope = ben.sign(approval(verdict))
    timed.length = 0
    await decide(verdict.change_id, envelope)
    await decide(verdict.change_id, envelope)
    await enforced(verdict.change_id)
    expect(timed).toEqual([
      ['check', 'counted', expect.any(Number)],
      ['record', 'counted', expect.any(Number)],
      ['wait', 'counted', expect.any(Number)],
      ['release', 'begun', expect.any(Number)],
    ])
    const at = Object.fromEntries(
      (await store.ledger.log.read(changeStream(verdict.change_id))).map(({ receipt }) => [receipt.kind, receipt]),
    )
    const between = (from: string, to = '') => (Date.parse(to) - Date.parse(from)) / 1000
    expect(timed[2]?.[2]).toBe(between(at.verdict?.at as string, at.decision?.at))
    expect(timed[3]?.[2]).toBe(between(at.approval_certificate?.body.approved_at as string, at.attempt?.at))
  })

  test('whose passkey was revoked before enforcement applies nothing', async () => {
    const [verdict, ben] = [await waiting(), await enrolled()]
    expect(await decide(verdict.change_id, ben.sign(approval(verdict)))).toMatchObject({ certified: true })
    await store.ledger.approvers.revoke('acme', ben.key_id, 'lost', someActor)
    expect(await enforced(verdict.change_id)).toMatchObject({ outcome: 'failed', code: 'CLYRA_APPROVAL_UNKNOWN_KEY' })
    expect(applied).not.toContain(verdict.change_id)
  })
})

describe('an approval is refused and kept as a receipt', () => {
  const refused = async (verdict: Verdict, envelope: string, code: string) => {
    expect(await decide(verdict.change_id, envelope)).toMatchObject({ status: 'refused', code, certified: false })
    const { receipt } = (await store.ledger.log.read(changeStream(verdict.change_id))).at(-1) ?? {}
    expect([receipt?.kind, receipt?.body.status, receipt?.body.code]).toEqual(['decision', 'refused', code])
    expect(timed.at(-1)).toEqual(['wait', 'refused', expect.any(Number)])
    // A gate that nobody opened is left by no outcome of enforcement.
    await expect(enforced(verdict.change_id)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_INVALID_BODY' })
    expect(applied).not.toContain(verdict.change_id)
  }

  test.each<[string, Lies]>([
    ['the passkey signed at another origin', { origin: 'https://door.example.evil.example' }],
    ['the passkey signed for another relying party', { rp_id: 'evil.example' }],
    ['nobody verified the user', { flags: 0x01 }],
  ])('where %s', async (_, lies) => {
    const [verdict, ben] = [await waiting(), await enrolled()]
    await refused(verdict, ben.sign(approval(verdict), lies), 'CLYRA_APPROVAL_BAD_SIGNATURE')
  })

  test('where an assertion is replayed for another change', async () => {
    const [first, second, ben] = [await waiting(), await waiting(), await enrolled()]
    const envelope = ben.sign(approval(first))
    await refused(second, envelope, 'CLYRA_APPROVAL_WRONG_BINDING')
    const { signatures } = JSON.parse(envelope)
    const moved = canonical({ ...envelopeOf(decisionStatementBytes(approval(second)), { sig: '' }), signatures })
    await refused(await waiting(), moved, 'CLYRA_APPROVAL_BAD_SIGNATURE')
  })

  test('where the passkey was revoked', async () => {
    const [verdict, ben] = [await waiting(), await enrolled('zoe')]
    await store.ledger.approvers.revoke('acme', ben.key_id, 'lost', someActor)
    await refused(verdict, ben.sign(approval(verdict, 'zoe')), 'CLYRA_APPROVAL_UNKNOWN_KEY')
  })

  test('where the passkey is another person’s', async () => {
    const [verdict, eve] = [await waiting(), await enrolled('eve')]
    await enrolled()
    await refused(verdict, eve.sign(approval(verdict)), 'CLYRA_APPROVAL_BAD_SIGNATURE')
  })

  test('where the passkey is the requester’s own', async () => {
    const [verdict, ann] = [await waiting(), await enrolled('ann')]
    await refused(verdict, ann.sign(approval(verdict, 'ann')), 'CLYRA_APPROVAL_SELF')
  })
})

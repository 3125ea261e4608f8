// Gates that one approval opens, over a real ledger and a warehouse that remembers what it was asked.
import { randomUUID } from 'node:crypto'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { claimedOf, requestersOf } from '../../core/approval.ts'
import { canonical } from '../../core/canonical.ts'
import { renderDisplay } from '../../core/display.ts'
import type { Change, Verdict } from '../../core/generated/types.ts'
import { changeBody } from '../../core/kinds/change.ts'
import { changeStream, receiptKey } from '../../core/receipts.ts'
import type { Provider } from '../../core/sign-on.ts'
import { type DecisionInput, decisionStatementBytes } from '../../evidence/decision.ts'
import { envelopeOf, statementMessage } from '../../evidence/dsse.ts'
import { doorKey } from '../../evidence/testing/registry.ts'
import { digest, sha256Hex } from '../../runtime/digest.ts'
import { loadPolicy } from '../../runtime/policy-file.ts'
import { type Lies, softAuthenticator } from '../../tests/support/authenticator.ts'
import { startTestLedger } from '../../tests/support/ledger.ts'
import { changeIdOf, newChange, someActor } from '../../tests/support/ledger-bodies.ts'
import { payloadOf } from '../../tests/support/shop.ts'
import { checkDecision } from '../approval.ts'
import type { Deps } from '../deps.ts'
import { enforce } from '../enforce.ts'

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

/** What somebody says who approves exactly what the verdict asks. */
export const approval = ({ change_id, payload_digest, policy_digest, display_hash, nonce }: Verdict, person = 'ben'): DecisionInput => ({
  change_id,
  binding: { payload_digest, policy_digest, display_hash, nonce: nonce ?? '' },
  decision: 'approve',
  person,
  reason: '',
  decision_id: randomUUID(),
  signed_at: '2026-01-01T00:00:00.000Z',
})

/** A ledger with approvers, gates and their stages; `provider`: the company's sign-on they believe. */
export async function openGates(provider: Provider | null = null) {
  const store = await startTestLedger()
  let changes = 0
  const applied: string[] = []
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
      provider,
      times,
    } as unknown as Deps
  }

  /** A change that waits for one approval, but for what `part` says; `shownAs` is done to what its approvers are shown. */
  async function waiting(part: Partial<Verdict> = {}, shownAs = (text: string): string => text): Promise<Verdict> {
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
      ...part,
    }
    const change = changeBody(row)
    const shown = {
      change_id,
      payload,
      verdict: { ...verdict, predecessor: '' },
      requesters: requestersOf([change as unknown as Change]),
      claimed: claimedOf([change as unknown as Change]),
      reason: row.reason,
    }
    verdict.display_hash = digest(shownAs(renderDisplay(shown)))
    const [, stored] = await ledger.log.append(changeStream(change_id), [
      { key: receiptKey.change(1), kind: 'change', actor: someActor, body: { ...change } },
      { key: 'verdict', kind: 'verdict', actor: someActor, body: ([change]) => ({ ...verdict, predecessor: change?.leaf ?? '' }) },
    ])
    return stored?.receipt.body as unknown as Verdict
  }

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
  return { store, applied, timed, waiting, enrolled, decide, enforced }
}

export type Gates = Awaited<ReturnType<typeof openGates>>

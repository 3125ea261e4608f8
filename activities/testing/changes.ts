// Changes that policy allowed, ready to be enforced, in a real ledger; and the place where an activity runs.
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { canonical } from '../../core/canonical.ts'
import type { Payload, Verdict } from '../../core/generated/types.ts'
import { changeBody } from '../../core/kinds/change.ts'
import { changeStream, receiptKey } from '../../core/receipts.ts'
import type { Ledger } from '../../ledger/types.ts'
import { digest } from '../../runtime/digest.ts'
import { loadPolicy } from '../../runtime/policy-file.ts'
import { changeIdOf, newChange, someActor } from '../../tests/support/ledger-bodies.ts'
import { payloadOf } from '../../tests/support/shop.ts'
import type { GovernedTarget } from '../deps.ts'

/** A policy whose one verdict on data changes is the given one. */
export function shopPolicy(outcome = 'allow', limit = 100): GovernedTarget['policy'] {
  const { policy, policy_id, digest, canonicalText } = loadPolicy(
    `
spec: 0
policy_id: test
title: A policy under test
data_platform: { max_rows_without_approval: ${limit}, max_rows: 1000, rules: [{ id: dml, when: 'facts.role == "dml"', then: ${outcome}, why: dml }] }
enforcement: { approval: { quorum: 1, deadline_seconds: 60, certificate_ttl_seconds: 60, eligible_approvers: [] } }
compliance: { frameworks: [sox], body_storage: none }
`,
    'test.yaml',
  )
  return { policy, policy_id, digest, canonicalText }
}

let changes = 0

/** A change that `policy` allowed in this run; `part` says what its payload has besides a small UPDATE. */
export async function allowedChange(ledger: Ledger, { policy_id, digest: policy_digest } = shopPolicy(), part: Partial<Payload> = {}) {
  changes += 1
  const change_id = changeIdOf(changes)
  const payload = { ...payloadOf('dml', [`update shop.orders set amount = ${changes} where id = 1`]), ...part }
  const bytes = Buffer.from(canonical(payload))
  const payload_digest = digest(bytes)
  await ledger.payloads.put('acme', payload_digest, bytes)
  const { row } = await ledger.changes.register({ ...newChange(change_id), executor: payload.executor, payload_digest })
  const verdict: Omit<Verdict, 'predecessor'> = {
    change_id,
    attempt: 1,
    run_id: activity().context.info.workflowExecution?.runId ?? '',
    outcome: 'allow',
    mode: 'gate',
    policy_id,
    policy_digest,
    payload_digest,
    display_hash: digest('shown'),
    facts,
    reasons: [{ rule: 'dml', outcome: 'allow', why: 'dml', refs: [] }],
    row_limit: 100,
    quorum: 0,
    grade: 'standard',
    authenticator_age_seconds: 0,
    eligible_approvers: [],
    nonce: null,
    deadline: null,
    certificate_ttl_seconds: 60,
  }
  await ledger.log.append(changeStream(change_id), [
    { key: receiptKey.change(1), kind: 'change', actor: someActor, body: changeBody(row) },
    { key: 'verdict', kind: 'verdict', actor: someActor, body: ([change]) => ({ ...verdict, predecessor: change?.leaf ?? '' }) },
  ])
  return change_id
}

const facts: Verdict['facts'] = {
  parsed: 'parsed',
  role: 'dml',
  statements: [
    {
      kind: 'update',
      relations: [{ schema: 'shop', name: 'orders', access: 'write' }],
      functions: [],
      predicate: 'bounded',
      details: [],
      estimated_rows: 1,
      estimate_basis: 'explain',
      relation_rows: 3000,
    },
  ],
  estimated_rows: 1,
  refusals: [],
  platform: 'postgres',
  server_version: '18.0',
  simulated: false,
  history: { changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: false },
}

/** The `attempt`-th try of an activity. */
export const activity = (attempt = 1) => new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') })

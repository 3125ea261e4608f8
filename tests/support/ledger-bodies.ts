// Receipts and registry rows that are right, for tests that need some.
import type { Entry, NewChange } from '../../ledger/types.ts'

export const someActor = { actor: 'cli:ann', person: 'ann' }
const zeros = `sha256:${'0'.repeat(64)}`

/** A change id for a number. */
export const changeIdOf = (number: number): string =>
  `chg_${String(number)
    .replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))
    .padStart(26, 'a')}`

export const newChange = (changeId: string, tenant = 'acme'): NewChange => ({
  change_id: changeId,
  tenant,
  kind: 'sql',
  source: 'cli',
  site_key_digest: zeros,
  revision: 1,
  target: 'shop',
  mode: 'gate',
  executor: 'clyra',
  role: 'dml',
  statements: 1,
  payload_digest: zeros,
  requester: someActor,
  claimed_person: null,
  reason: 'because',
})

const entry = (key: string, kind: string, body: Record<string, unknown>): Entry => ({ key, kind, actor: someActor, body })

/** The receipt that opens an attempt. */
export const changeEntry = (changeId: string, attempt = 1): Entry =>
  entry(`change:${attempt}`, 'change', { ...newChange(changeId), attempt })

/** A receipt that moves no state, as many as one likes. */
export const requesterEntry = (changeId: string, key: string): Entry =>
  entry(key, 'requester', { change_id: changeId, requester: someActor, claimed_person: null, predecessor: zeros })

/** The receipt that asks for an approval. */
export const verdictEntry = (changeId: string, attempt = 1): Entry =>
  entry(`verdict:${attempt}`, 'verdict', {
    change_id: changeId,
    attempt,
    run_id: `run-${attempt}`,
    predecessor: zeros,
    outcome: 'needs_approval',
    mode: 'gate',
    policy_id: 'test',
    policy_digest: zeros,
    payload_digest: zeros,
    display_hash: zeros,
    facts: {
      parsed: 'parsed',
      role: 'dml',
      statements: [],
      estimated_rows: 1,
      refusals: [],
      platform: 'postgres',
      server_version: '18.0',
      simulated: false,
    },
    reasons: [{ rule: 'all', outcome: 'needs_approval', why: 'all', refs: [] }],
    row_limit: 1,
    quorum: 1,
    eligible_approvers: [],
    nonce: '5'.repeat(64),
    deadline: '2099-01-01T00:00:00.000Z',
    certificate_ttl_seconds: 60,
  })

/** The receipts from `change` to `ticket` of an attempt that was cancelled at once. */
export function cancelledEntries(changeId: string, attempt = 1): Entry[] {
  const of = { change_id: changeId, attempt }
  const governance = { reliability: [0], transparency: [0], accuracy: [0], oversight: [0] }
  return [
    changeEntry(changeId, attempt),
    entry(`outcome:${attempt}`, 'outcome', {
      ...of,
      predecessor: zeros,
      outcome: 'cancelled',
      code: 'CLYRA_CANCELLED',
      sqlstate: null,
      statement: null,
      payload_digest: zeros,
      affected_rows: null,
      rows_by_statement: [],
      settled_by: 'not_started',
      effect: null,
      enforcement: null,
      redemption: null,
    }),
    entry(`recorded:${attempt}`, 'recorded', { ...of, predecessor: zeros, outcome: 'cancelled', receipts: 3, governance }),
    entry(`attestation:${attempt}`, 'attestation', {
      ...of,
      framework: 'sox',
      bundle_id: zeros,
      statement_digest: zeros,
      key_id: '0'.repeat(64),
    }),
    entry(`ticket:${attempt}`, 'ticket', { ...of, predecessor: zeros, bundle_id: zeros, tracker: 'file', reference: 'T-1' }),
  ]
}

/** A receipt of a tenant's stream. */
export const modeEntry = (key: string, reason = 'because'): Entry =>
  entry(key, 'target_mode', { target: 'shop', mode: 'review', policy_id: null, reason })

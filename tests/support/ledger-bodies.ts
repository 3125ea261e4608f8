// Receipts and registry rows that are right, for tests that need some.
import type { Entry, NewChange } from '../../ledger/types.ts'
import { verdictBody } from './approvals.ts'

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
  late: null,
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
  entry(`verdict:${attempt}`, 'verdict', verdictBody({ change_id: changeId, attempt, predecessor: zeros }))

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

import { describe, expect, test } from '@jest/globals'
import type { ChangeRow, Stored } from '../../ledger/types.ts'
import { viewOf } from './change-view.ts'

const row: ChangeRow = {
  change_id: `chg_${'a'.repeat(26)}`,
  tenant: 'default',
  seq: 3,
  attempt: 2,
  state: 'CLOSED',
  outcome: 'enforced',
  code: null,
  version: 9,
  kind: 'sql',
  source: 'cli',
  site_key_digest: `sha256:${'0'.repeat(64)}`,
  revision: 1,
  target: 'shop',
  mode: 'gate',
  executor: 'clyra',
  role: 'dml',
  statements: 1,
  payload_digest: `sha256:${'1'.repeat(64)}`,
  requester: { actor: 'ana', person: null },
  claimed_person: null,
  reason: '',
  late: null,
  submitted_at: '2026-01-01T00:00:00.000Z',
  bundle_id: null,
  evidence_file: null,
}
const links = { temporalUi: null, namespace: 'default', door: { origin: 'https://door.example' } }

function receipts(...bodies: [kind: string, body: Record<string, unknown>][]): Stored[] {
  return bodies.map(([kind, body], seq) => ({
    receipt: { stream: 's', seq, prev: '', kind, at: `2026-01-01T00:00:${10 + seq}.000Z`, actor: row.requester, body },
    line: '',
    leaf: `leaf-${seq}`,
  }))
}
const decision = (person: string, predecessor: string, more: object = {}) =>
  ['decision', { person, predecessor, decision: 'approve', status: 'counted', ...more }] as [string, Record<string, unknown>]
const verdict = { outcome: 'needs_approval', facts: { estimated_rows: 4 }, reasons: [], quorum: 2, deadline: null }
const after = { position: 'after', platform: 'postgres', database: 'shop', timeline: 1, lsn: '0/1A2B', xid: '745' }

describe('viewOf', () => {
  test('takes rows, anchor, verdict and approvers from the current attempt alone', () => {
    const stream = receipts(
      ['change', { attempt: 1 }],
      ['verdict', { ...verdict, quorum: 9 }],
      decision('old', 'leaf-1'),
      ['outcome', { affected_rows: 99 }],
      ['change', { attempt: 2 }],
      ['verdict', verdict],
      decision('ben', 'leaf-5'),
      decision('eve', 'leaf-5', { status: 'refused' }),
      decision('cleo', 'leaf-5', { decision: 'reject' }),
      decision('void', 'leaf-1'),
      ['outcome', { affected_rows: 4 }],
      ['anchor', { anchor: { ...after, position: 'before', lsn: '0/0' } }],
      ['anchor', { anchor: after }],
    )
    const view = viewOf(row, stream, links, '2026-01-01T01:00:00.000Z')
    expect(view).toMatchObject({ affected_rows: 4, approvers: ['ben'], verdict: { quorum: 2, estimated_rows: 4 }, stalled: false })
    expect(view.anchor).toBe('postgres shop timeline 1 lsn 0/1A2B xid 745')
    expect(view.links).toEqual({
      self: `/v1/changes/${row.change_id}`,
      evidence: null,
      page: `https://door.example/approve/${row.change_id}`,
      temporal: null,
    })
  })

  test('an attempt without receipts shows nothing of the one before', () => {
    const stream = receipts(['change', { attempt: 1 }], ['verdict', verdict], ['outcome', { affected_rows: 99 }])
    const view = viewOf({ ...row, state: 'OPEN', outcome: null }, stream, links, row.submitted_at)
    expect([view.verdict, view.affected_rows, view.approvers, view.anchor]).toEqual([null, null, [], null])
  })

  test('is stalled when nothing moves it on for more than ten seconds', () => {
    const open = { ...row, attempt: 1, state: 'OPEN' }
    const at = (state: string, stream: Stored[], now: string) => viewOf({ ...open, state }, stream, links, now).stalled
    expect(at('OPEN', [], '2026-01-01T00:00:10.000Z')).toBe(false)
    expect(at('OPEN', [], '2026-01-01T00:00:10.001Z')).toBe(true)
    expect(at('OPEN', receipts(['change', { attempt: 1 }]), '2026-01-01T00:00:19.000Z')).toBe(false)
    const judged = receipts(['change', { attempt: 1 }], ['verdict', { ...verdict, deadline: '2026-01-01T01:00:00.000Z' }])
    const stalled = ['APPROVED', 'ENFORCED', 'RECORDED', 'ATTESTED', 'AWAITING_APPROVAL', 'ENFORCING', 'CLOSED'].filter((state) =>
      at(state, judged, '2026-01-01T01:00:10.000Z'),
    )
    expect(stalled).toEqual(['APPROVED', 'ENFORCED', 'RECORDED', 'ATTESTED'])
    expect(at('AWAITING_APPROVAL', judged, '2026-01-01T01:00:10.001Z')).toBe(true)
  })
})

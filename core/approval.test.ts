import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type Authority,
  approvals,
  claimedOf,
  type DecisionPredicate,
  enforcementRefusal,
  type Gate,
  refusalOf,
  requestersOf,
  type Standing,
} from './approval.ts'
import type { ApprovalCertificate, Verdict } from './generated/types.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const verdict: Verdict = {
  change_id: 'chg_a',
  attempt: 1,
  run_id: 'run',
  predecessor: digest('0'),
  outcome: 'needs_approval',
  mode: 'gate',
  policy_id: 'p',
  policy_digest: digest('1'),
  payload_digest: digest('2'),
  display_hash: digest('3'),
  facts: {
    parsed: 'parsed',
    role: 'dml',
    statements: [],
    estimated_rows: 1,
    refusals: [],
    platform: 'postgres',
    server_version: null,
    simulated: false,
    history: { changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: false },
  },
  reasons: [],
  row_limit: 10,
  quorum: 1,
  grade: 'standard',
  authenticator_age_seconds: 0,
  eligible_approvers: [],
  nonce: 'f'.repeat(64),
  deadline: '2026-01-02T00:00:00.000Z',
  certificate_ttl_seconds: 60,
}
const decision: DecisionPredicate = {
  decision_id: 'd1',
  change_id: 'chg_a',
  payload_digest: digest('2'),
  policy_digest: digest('1'),
  display_hash: digest('3'),
  nonce: 'f'.repeat(64),
  decision: 'approve',
  person: 'ben@x',
  reason: '',
  signed_at: '2026-01-01T00:00:00.000Z',
}
const gate: Gate = {
  state: 'AWAITING_APPROVAL',
  verdict,
  run_id: verdict.run_id,
  requesters: ['ana@x'],
  counted: [],
  now: '2026-01-01T12:00:00.000Z',
}
const certificate: ApprovalCertificate = {
  cert_id: '019aa7c2-0000-7000-8000-000000000000',
  aud: 'clyra/t/chg_a',
  target: 'w',
  grade: 'standard',
  max_uses: 1,
  envelope_digest: digest('6'),
  change_id: 'chg_a',
  attempt: 1,
  run_id: 'run',
  predecessor: digest('9'),
  payload_digest: digest('2'),
  policy_digest: digest('1'),
  display_hash: digest('3'),
  nonce: 'f'.repeat(64),
  quorum: 1,
  requesters: ['ana@x'],
  decisions: [{ person: 'ben@x', key_id: 'e'.repeat(64), subject_id: null, grade: 'standard', envelope_digest: digest('4') }],
  approved_at: '2026-01-01T12:00:00.000Z',
  expires_at: '2026-01-01T12:01:00.000Z',
}
const proved: Standing = { grade: 'standard', enrolled_at: '2025-12-01T00:00:00.000Z', match_code: null }
const authority: Authority = { verdict, certificate, run_id: 'run', payload_digest: digest('2'), now: '2026-01-01T12:00:30.000Z' }

describe('a decision', () => {
  test('counts when it fits the gate', () => expect(refusalOf(decision, gate, proved)).toBeNull())

  test.each<[string, string, Partial<DecisionPredicate>, Partial<Gate>]>([
    ['before the nonce exists', 'CLYRA_APPROVAL_NOT_OPEN', {}, { verdict: null, state: 'OPEN' }],
    ['at a gate that is not open', 'CLYRA_APPROVAL_NOT_OPEN', {}, { state: 'APPROVED' }],
    ['of a run that was reset', 'CLYRA_APPROVAL_VOID', {}, { run_id: 'the run after it' }],
    ['after somebody rejected', 'CLYRA_APPROVAL_NOT_OPEN', {}, { counted: [{ person: 'cy@x', decision_id: 'd0', decision: 'reject' }] }],
    ['after the deadline', 'CLYRA_APPROVAL_EXPIRED', {}, { now: '2026-01-02T00:00:00.001Z' }],
    ['by the requester', 'CLYRA_APPROVAL_SELF', { person: 'ana@x' }, {}],
    ['by the requester, spelled otherwise', 'CLYRA_APPROVAL_SELF', { person: ' ANA@x' }, {}],
    ['by a person the policy does not name', 'CLYRA_APPROVAL_NOT_ELIGIBLE', {}, { verdict: { ...verdict, eligible_approvers: ['cy@x'] } }],
    ['by a person who decided', 'CLYRA_APPROVAL_DUPLICATE', {}, { counted: [{ person: 'Ben@x', decision_id: 'd0', decision: 'approve' }] }],
    ['with an id that was used', 'CLYRA_APPROVAL_DUPLICATE', {}, { counted: [{ person: 'cy@x', decision_id: 'd1', decision: 'approve' }] }],
    ['for another change', 'CLYRA_APPROVAL_WRONG_BINDING', { change_id: 'chg_b' }, {}],
    ['for another payload', 'CLYRA_APPROVAL_WRONG_BINDING', { payload_digest: digest('a') }, {}],
    ['under another policy', 'CLYRA_APPROVAL_WRONG_BINDING', { policy_digest: digest('a') }, {}],
    ['on another display', 'CLYRA_APPROVAL_WRONG_BINDING', { display_hash: digest('a') }, {}],
    ['with an old nonce', 'CLYRA_APPROVAL_WRONG_BINDING', { nonce: 'a'.repeat(64) }, {}],
  ])('is refused %s', (_when, code, changed, at) => {
    expect(refusalOf({ ...decision, ...changed }, { ...gate, ...at }, proved)).toBe(code)
  })

  const enhanced: Verdict = { ...verdict, grade: 'enhanced', authenticator_age_seconds: 3600 }
  const strong: Standing = { grade: 'enhanced', enrolled_at: '2026-01-01T11:00:00.000Z', match_code: '012345' }
  test.each<[string, string | null, Partial<DecisionPredicate>, Partial<Standing>]>([
    ['counts with both proofs, the number, and a key that is old enough', null, { match_code: '012345' }, {}],
    ['is refused with one proof', 'CLYRA_APPROVAL_GRADE', { match_code: '012345' }, { grade: 'standard' }],
    ['is refused by the door’s own key', 'CLYRA_APPROVAL_GRADE', { match_code: '012345' }, { enrolled_at: null }],
    [
      'is refused with a key of yesterday’s',
      'CLYRA_APPROVAL_TOO_YOUNG',
      { match_code: '012345' },
      { enrolled_at: '2026-01-01T11:00:00.001Z' },
    ],
    ['is refused with another number', 'CLYRA_APPROVAL_MATCH_CODE', { match_code: '543210' }, {}],
    ['is refused without the number', 'CLYRA_APPROVAL_MATCH_CODE', {}, {}],
    ['rejects with none of it', null, { decision: 'reject' }, { grade: 'standard', enrolled_at: null }],
  ])('where grade enhanced is asked for %s', (_what, code, said, proof) => {
    expect(refusalOf({ ...decision, ...said }, { ...gate, verdict: enhanced }, { ...strong, ...proof })).toBe(code)
  })

  test('brings no number where none was asked for', () => {
    expect(refusalOf({ ...decision, match_code: '012345' }, gate, proved)).toBe('CLYRA_APPROVAL_MATCH_CODE')
  })

  test('counts once, whatever the order and number of deliveries', () => {
    const person = fc.constantFrom('ben@x', 'BEN@x', 'cy@x', 'ana@x', 'dee@x')
    fc.assert(
      fc.property(fc.array(fc.record({ person, decision_id: fc.constantFrom('1', '2', '3', '4') }), { maxLength: 30 }), (deliveries) => {
        const counted: DecisionPredicate[] = []
        for (const delivery of deliveries)
          if (refusalOf({ ...decision, ...delivery }, { ...gate, counted }, proved) === null) counted.push({ ...decision, ...delivery })
        const persons = counted.map(({ person }) => person.toLowerCase())
        expect(new Set(persons).size).toBe(persons.length)
        expect(new Set(counted.map(({ decision_id }) => decision_id)).size).toBe(counted.length)
        expect(persons).not.toContain('ana@x')
        expect(approvals(counted)).toHaveLength(counted.length)
      }),
      { seed: 3, numRuns: 500 },
    )
  })
})

describe('enforcement', () => {
  test('may rest on a certificate for exactly this payload', () => expect(enforcementRefusal(authority)).toBeNull())
  test('may rest on a verdict that allows', () =>
    expect(enforcementRefusal({ ...authority, verdict: { ...verdict, outcome: 'allow' }, certificate: null })).toBeNull())

  test.each<[string, string, Partial<Authority>]>([
    ['in review', 'CLYRA_ENFORCE_NOT_AUTHORISED', { verdict: { ...verdict, outcome: 'allow', mode: 'review' } }],
    ['after a deny', 'CLYRA_ENFORCE_NOT_AUTHORISED', { verdict: { ...verdict, outcome: 'deny' } }],
    ['without a certificate', 'CLYRA_ENFORCE_NOT_AUTHORISED', { certificate: null }],
    ['in another run', 'CLYRA_ENFORCE_NOT_AUTHORISED', { run_id: 'other' }],
    ['with other bytes', 'CLYRA_PAYLOAD_MISMATCH', { payload_digest: digest('a') }],
    ['at the moment the certificate expires', 'CLYRA_APPROVAL_EXPIRED', { now: certificate.expires_at }],
    ['before the certificate is valid', 'CLYRA_ENFORCE_NOT_AUTHORISED', { now: '2026-01-01T11:59:59.999Z' }],
    [
      'when the certificate lasts longer than policy lets it',
      'CLYRA_ENFORCE_NOT_AUTHORISED',
      { certificate: { ...certificate, expires_at: '2026-01-01T12:01:00.001Z' } },
    ],
    [
      'when the certificate was made after the deadline',
      'CLYRA_ENFORCE_NOT_AUTHORISED',
      { verdict: { ...verdict, deadline: '2026-01-01T11:59:59.999Z' } },
    ],
    ['when the only approver asked for it', 'CLYRA_ENFORCE_NOT_AUTHORISED', { certificate: { ...certificate, requesters: ['BEN@x'] } }],
    [
      'when one person fills a quorum of two',
      'CLYRA_ENFORCE_NOT_AUTHORISED',
      {
        verdict: { ...verdict, quorum: 2 },
        certificate: {
          ...certificate,
          quorum: 2,
          decisions: certificate.decisions.flatMap((approved) => [approved, { ...approved, person: 'Ben@x' }]),
        },
      },
    ],
  ])('is refused %s', (_when, code, changed) => {
    expect(enforcementRefusal({ ...authority, ...changed })).toBe(code)
  })

  test('is refused when any bound field of the certificate differs', () => {
    for (const field of ['change_id', 'payload_digest', 'policy_digest', 'display_hash', 'nonce', 'run_id'] as const)
      expect([field, enforcementRefusal({ ...authority, certificate: { ...certificate, [field]: 'other' } })]).toEqual([
        field,
        'CLYRA_ENFORCE_NOT_AUTHORISED',
      ])
  })
})

const asked = (actor: string, person: string | null, claimed_person: string | null) =>
  ({ requester: { actor, person }, claimed_person }) as never

test('everybody who asked is a requester: person, else actor, and whoever was named', () => {
  expect(requestersOf([asked('airflow', null, 'dee@x'), asked('ana-cli', 'ana@x', null), asked('ana-ci', 'ana@x', null)])).toEqual([
    'airflow',
    'ana@x',
    'dee@x',
  ])
})

test('whoever was only named is told from those who asked, however he was named', () => {
  expect(claimedOf([asked('airflow', null, 'dee@x'), asked('ana-cli', 'ana@x', 'eve@x'), asked('dagster', null, 'ana@x')])).toEqual([
    'dee@x',
    'eve@x',
  ])
  expect(claimedOf([asked('airflow', null, null)])).toEqual([])
})

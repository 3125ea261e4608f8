import { describe, expect, test } from '@jest/globals'
import { noticeOf } from './notice.ts'
import type { Found } from './receipts.ts'

const about = { change_id: `chg_${'a'.repeat(26)}`, attempt: 1, target: 'shop', url: 'http://localhost/approve/x' }
const reason = 'canary: delete from t where email = 1'

const found = (kind: string, leaf: string, body: Record<string, unknown>): Found => ({
  receipt: { kind, seq: 0, at: '2026-01-01T00:00:00.000Z', body },
  leaf,
})
const change = found('change', 'c', { attempt: 1, requester: { actor: 'ana', person: 'ana@x' }, claimed_person: 'carl@x', reason })
const verdict = (leaf: string, outcome: string) =>
  found('verdict', leaf, {
    outcome,
    mode: 'gate',
    deadline: outcome === 'needs_approval' ? '2099-01-01T00:00:00.000Z' : null,
    quorum: 2,
    eligible_approvers: ['ben@x'],
    facts: { parsed: 'parsed', statements: [], estimated_rows: 7 },
    reasons: [
      { rule: 'rows', outcome: 'needs_approval', why: 'many', refs: [] },
      { rule: 'fine', outcome: 'allow', why: 'small', refs: [] },
    ],
  })
const decision = (predecessor: string, person: string, word: string, status = 'counted') =>
  found('decision', `d-${person}`, { predecessor, person, decision_id: person, decision: word, status })

describe('a notice', () => {
  test('tells who asks, why, who decided; refused decisions and the requester’s reason are not in it', () => {
    const receipts = [
      change,
      verdict('v', 'needs_approval'),
      decision('v', 'ben@x', 'approve'),
      decision('v', 'eva@x', 'approve', 'refused'),
    ]
    const notice = noticeOf(about, receipts)
    expect(notice).toEqual({
      ...about,
      state: 'AWAITING_APPROVAL',
      code: null,
      what: 'parsed payload',
      estimated_rows: 7,
      reasons: [{ rule: 'rows', why: 'many' }],
      requesters: ['ana@x', 'carl@x'],
      claimed_for: ['carl@x'],
      deadline: '2099-01-01T00:00:00.000Z',
      quorum: 2,
      eligible_approvers: ['ben@x'],
      approved_by: ['ben@x'],
      rejected_by: null,
    })
    expect(JSON.stringify(notice)).not.toContain('canary')
  })

  test('after a reset nothing that was decided before counts, whatever the new verdict says', () => {
    const before = [change, verdict('v', 'needs_approval'), decision('v', 'ben@x', 'approve')]
    expect(noticeOf(about, [...before, verdict('w', 'needs_approval')])).toMatchObject({ state: 'AWAITING_APPROVAL', approved_by: [] })
    expect(noticeOf(about, [...before, verdict('w', 'allow')])).toMatchObject({ state: 'APPROVED', approved_by: [], quorum: 2 })
    const denied = found('outcome', 'o', { outcome: 'denied', code: 'CLYRA_POLICY_DENIED' })
    expect(noticeOf(about, [...before, verdict('w', 'deny')])).toMatchObject({ state: 'EVALUATED' })
    expect(noticeOf(about, [...before, verdict('w', 'deny'), denied])).toMatchObject({ state: 'DENIED', code: 'CLYRA_POLICY_DENIED' })
  })

  test('what follows the outcome changes nothing, and another attempt is another notice', () => {
    const expired = found('outcome', 'o', { outcome: 'expired', code: 'CLYRA_APPROVAL_EXPIRED' })
    const first = [change, verdict('v', 'needs_approval'), expired]
    const more = ['recorded', 'attestation', 'ticket'].map((kind) => found(kind, kind, {}))
    const next = [found('change', 'c2', { ...change.receipt.body, attempt: 2 }), verdict('v2', 'needs_approval')]
    expect(noticeOf(about, [...first, ...more, ...next])).toEqual(noticeOf(about, first))
    expect(noticeOf({ ...about, attempt: 2 }, [...first, ...more, ...next]).state).toBe('AWAITING_APPROVAL')
  })

  test('an attempt that never asked has none', () => {
    expect(() => noticeOf(about, [change, verdict('v', 'allow')])).toThrow('asks for approval')
  })
})

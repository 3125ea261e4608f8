import { describe, expect, test } from '@jest/globals'
import type { ApprovalView } from '../../core/generated/types.ts'
import { decidePage } from './change-page.ts'

const view = (executor: string) =>
  ({
    change_id: `chg_${'a'.repeat(26)}`,
    target: 'shop',
    requesters: ['airflow', 'dee'],
    claimed_for: ['dee'],
    reason: '',
    payload: { executor },
    verdict: { facts: { estimated_rows: 5 }, row_limit: 100, reasons: [] },
    binding: { display_hash: 'sha256:0' },
    deadline: null,
    quorum: 1,
    grade: 'standard',
    authenticator_age_seconds: 0,
    decisions: [],
  }) as unknown as ApprovalView
const visitor = {
  principal: { tenant: 'default', actor: 'approver:ben', person: 'ben', roles: ['approver' as const] },
  passkey: { rp_id: 'localhost', origin: 'http://localhost:1', credential_id: 'c' },
  subject_id: null,
}
const textOf = (executor: string) => decidePage(view(executor), 'shown\n', visitor, null).body.markup

describe('the page of a change', () => {
  test('that Clyra applies says what is rolled back', () => {
    expect(textOf('clyra')).toContain('more than 100 are rolled back')
    expect(textOf('clyra')).toContain('Exactly what will run')
  })

  test('tells who asked from who is only claimed', () => {
    expect(textOf('clyra')).toMatch(/Asked by<\/dt><dd><bdi>airflow<\/bdi> <\/dd>\s*<dt>Claimed for<\/dt><dd><bdi>dee<\/bdi> </)
  })

  test('that a caller does says that nobody counts', () => {
    expect(textOf('caller')).not.toContain('rolled back')
    expect(textOf('caller')).toContain('What the caller asked to run')
  })
})

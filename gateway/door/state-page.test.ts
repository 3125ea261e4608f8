import { describe, expect, test } from '@jest/globals'
import type { ChangeView } from '../../core/generated/types.ts'
import { statePage } from './state-page.ts'

const id = `chg_${'a'.repeat(26)}`
const view = {
  change_id: id,
  version: 1,
  state: 'CLOSED',
  outcome: 'enforced',
  code: null,
  target: 'shop',
  mode: 'gate',
  kind: 'sql',
  executor: 'clyra',
  source: 'airflow',
  requester: { actor: 'airflow', person: null },
  claimed_person: null,
  reason: 'nightly',
  late: false,
  verdict: null,
  approvers: [],
  affected_rows: null,
  evidence: null,
  bundle_id: null,
  submitted_at: '2026-01-01T00:00:00.000Z',
  stalled: false,
} as unknown as ChangeView
const textOf = (differs: Partial<ChangeView>) => statePage({ ...view, ...differs }).body.markup.replaceAll(/<[^>]+>/g, '')

describe('the page of a change that waits for no decision', () => {
  test.each([
    ['This change has ended: denied.', { outcome: 'denied' }],
    ['This change was observed', { outcome: 'observed', mode: 'review' }],
    ['the caller is at work', { outcome: null, state: 'ENFORCING', executor: 'caller' }],
    ['it is being applied', { outcome: null, state: 'ENFORCING' }],
    ['it is about to be applied', { outcome: null, state: 'APPROVED' }],
    ['its target is in review', { outcome: null, state: 'OPEN', mode: 'review' }],
    ['policy is being asked', { outcome: null, state: 'OPEN' }],
    ['stalled: nothing moves it on', { outcome: null, state: 'OPEN', stalled: true }],
  ] as [string, Partial<ChangeView>][])('says: %s', (text, differs) => {
    expect(textOf(differs)).toContain(text)
  })

  test('has the evidence once it is sealed, and says that it is coming before', () => {
    expect(textOf({ outcome: null, state: 'OPEN' })).not.toMatch(/evidence/i)
    expect(textOf({})).toContain('Its evidence is being sealed')
    expect(textOf({ evidence: `${id}-6.zip`, bundle_id: 'sha256:0' })).toMatch(/Download evidence\s+chg_a+-6\.zip/)
  })

  test('tells whom a tool only named, what came late, and what a read-back said', () => {
    const resolution = { outcome: 'failed', code: null, settled_by: 'tombstone', resolved_at: '2026-01-02T00:00:00.000Z' } as const
    const text = textOf({ claimed_person: 'dee@x', late: true, outcome: 'ambiguous', resolution })
    expect(text).toMatch(/Asked byairflow through airflow[\s\S]*Claimed fordee@x[\s\S]*Late/)
    expect(text).toContain('Resolvedfailed, 2026-01-02 00:00 UTC')
    expect(textOf({})).not.toMatch(/Claimed for|Late|Resolved/)
  })
})

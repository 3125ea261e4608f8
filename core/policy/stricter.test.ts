import { describe, expect, test } from '@jest/globals'
import type { ApprovalCertificate, Change, PolicyRule, Verdict } from '../generated/types.ts'
import { compilePolicy, type PolicyDocument } from './compile.ts'
import { type Judgement, stricter } from './stricter.ts'

const today = (outcome: PolicyRule['then'], more: Partial<PolicyDocument['enforcement']['approval']> = {}, max_rows = 1000) => {
  // Written as JSON: a literal with a property `then` looks like a promise.
  const rule = JSON.parse(`{ "id": "source", "when": "change.source == 'cli'", "then": "${outcome}", "why": "by source" }`) as PolicyRule
  const approval = { quorum: 1, deadline_seconds: 60, certificate_ttl_seconds: 60, eligible_approvers: [], ...more }
  const policy = compilePolicy({
    spec: 0,
    policy_id: 'test',
    title: 'A policy under test',
    data_platform: { max_rows_without_approval: 100, max_rows, rules: [rule] },
    enforcement: { approval },
    compliance: { frameworks: ['sox'], body_storage: 'none' },
  })
  return { policy, digest: 'sha256:today' }
}

const change = {
  target: 'shop',
  kind: 'sql',
  mode: 'gate',
  source: 'cli',
  requester: { actor: 'ana', person: null },
  role: 'dml',
  statements: 1,
  reason: 'why',
} as Change
const facts: Verdict['facts'] = {
  parsed: 'parsed',
  role: 'dml',
  statements: [
    {
      kind: 'update',
      relations: [],
      functions: [],
      predicate: 'bounded',
      details: [],
      estimated_rows: 1,
      estimate_basis: 'explain',
      relation_rows: 10,
    },
  ],
  estimated_rows: 1,
  refusals: [],
  platform: 'postgres',
  server_version: null,
  simulated: false,
  history: { changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: false },
}
const certificate = {
  decisions: [{ person: 'Ben@x' }, { person: 'cleo@x' }],
  approved_at: '2026-01-01T12:00:00.000Z',
} as ApprovalCertificate
const allowed: Judgement = {
  change,
  verdict: { outcome: 'allow', policy_digest: 'sha256:then', facts, row_limit: 100 } as Verdict,
  certificate: null,
  max_rows: 500,
  at: '2026-01-01T12:00:30.000Z',
}
const approved: Judgement = { ...allowed, verdict: { ...allowed.verdict, outcome: 'needs_approval', row_limit: 500 }, certificate }

describe('a policy that did not change', () => {
  test('is not asked again', () => {
    const same = { ...today('deny'), digest: 'sha256:then' }
    expect(stricter(same, allowed)).toEqual({ refused: false, row_limit: 100 })
  })
})

describe('a policy that changed', () => {
  test.each<[string, Judgement, ReturnType<typeof today>, boolean]>([
    ['allowed then, allowed now', allowed, today('allow'), false],
    ['allowed then, to be approved now', allowed, today('needs_approval'), true],
    ['allowed then, denied now', allowed, today('deny'), true],
    ['approved then, allowed now', approved, today('allow'), false],
    ['approved then, to be approved now by as many', approved, today('needs_approval', { quorum: 2 }), false],
    ['approved then, to be approved now by more', approved, today('needs_approval', { quorum: 3 }), true],
    [
      'approved by two, one of whom may not any more',
      approved,
      today('needs_approval', { quorum: 2, eligible_approvers: ['ben@x', 'dan@x'] }),
      true,
    ],
    ['approved by two, one of whom is enough', approved, today('needs_approval', { eligible_approvers: ['ben@x'] }), false],
    ['approved too long ago for today', approved, today('needs_approval', { certificate_ttl_seconds: 30 }), true],
    ['approved just in time for today', approved, today('needs_approval', { certificate_ttl_seconds: 31 }), false],
    ['approved then, denied now', approved, today('deny'), true],
  ])('%s: refused or not', (_, given, now, refused) => {
    expect(stricter(now, given).refused).toBe(refused)
  })

  test('the smaller limit counts, whichever policy it comes from', () => {
    expect(stricter(today('needs_approval', {}, 300), approved).row_limit).toBe(300)
    expect(stricter(today('needs_approval', {}, 9000), { ...approved, max_rows: 9000 }).row_limit).toBe(500)
  })
})

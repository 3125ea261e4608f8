import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Facts, FactsStatement, PolicyRule } from '../generated/types.ts'
import { compilePolicy, type PolicyDocument } from './compile.ts'
import { evaluate, explain, type PolicyInput } from './evaluate.ts'

const rule = (id: string, when: string, outcome: PolicyRule['then']): PolicyRule =>
  Object.fromEntries([
    ['id', id],
    ['when', when],
    ['then', outcome],
    ['why', `why ${id}`],
  ]) as unknown as PolicyRule

const document = (...rules: PolicyRule[]): PolicyDocument => ({
  spec: 0,
  policy_id: 'test',
  title: 'A policy under test',
  data_platform: { max_rows_without_approval: 100, max_rows: 1000, rules },
  enforcement: { approval: { quorum: 2, deadline_seconds: 60, certificate_ttl_seconds: 30, eligible_approvers: ['bo', 'cy'] } },
  compliance: { frameworks: ['sox'], body_storage: 'none' },
})

const statement = (part: Partial<FactsStatement> = {}): FactsStatement => ({
  kind: 'update',
  relations: [{ schema: 'shop', name: 'orders', access: 'write' }],
  functions: [],
  predicate: 'bounded',
  details: [],
  estimated_rows: 1,
  estimate_basis: 'explain',
  relation_rows: 4000,
  ...part,
})

const input = (part: Partial<Facts> = {}, max_rows = 500): PolicyInput => ({
  facts: {
    parsed: 'parsed',
    role: 'dml',
    statements: [statement()],
    estimated_rows: 1,
    refusals: [],
    platform: 'postgres',
    server_version: null,
    simulated: false,
    history: { changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: false },
    ...part,
  },
  change: {
    target: 'shop',
    kind: 'sql',
    mode: 'gate',
    executor: 'clyra',
    source: 'cli',
    requester: 'ana',
    person: '',
    role: 'dml',
    statements: part.statements?.length ?? 1,
    reason: 'because',
    claimed_person: '',
    late: false,
  },
  max_rows,
})

const judge = (rules: PolicyRule[], given = input()) => evaluate(compilePolicy(document(...rules)), given)
const always = (outcome: PolicyRule['then'], id: string = outcome.replace('_', '-')): PolicyRule => rule(id, 'true', outcome)

describe('a verdict', () => {
  test('allows up to the smaller of the payload limit and max_rows_without_approval', () => {
    expect(judge([always('allow')])).toEqual({
      outcome: 'allow',
      reasons: [{ rule: 'allow', outcome: 'allow', why: 'why allow', refs: [] }],
      quorum: 0,
      row_limit: 100,
      eligible_approvers: ['bo', 'cy'],
      deadline_seconds: 60,
      certificate_ttl_seconds: 30,
      grade: 'standard',
      authenticator_age_seconds: 0,
    })
    expect(judge([always('allow')], input({}, 7)).row_limit).toBe(7)
  })

  test('asks for the quorum and caps rows by max_rows where approval is needed', () => {
    expect(judge([always('allow'), always('needs_approval')])).toMatchObject({ outcome: 'needs_approval', quorum: 2, row_limit: 500 })
    expect(judge([always('needs_approval')], input({}, 5000)).row_limit).toBe(1000)
  })

  test('denies with no rows and no quorum, and names only the rules that deny', () => {
    const result = judge([always('deny', 'z'), always('allow'), always('deny', 'a'), always('needs_approval')])
    expect(result).toMatchObject({ outcome: 'deny', quorum: 0, row_limit: 0 })
    expect(result.reasons.map(({ rule }) => rule)).toEqual(['a', 'z'])
  })

  test('denies where no rule matches', () => {
    expect(judge([rule('never', 'false', 'allow')]).reasons.map(({ rule }) => rule)).toEqual(['clyra:no-match'])
    expect(judge([]).outcome).toBe('deny')
  })

  test('denies what was told of late on a target in gate mode, and judges it like any other in review', () => {
    const late = (mode: 'gate' | 'review') => ({ ...input(), change: { ...input().change, late: true, mode } })
    expect(judge([always('allow')], late('gate'))).toMatchObject({ outcome: 'deny', reasons: [{ rule: 'clyra:late' }], row_limit: 0 })
    expect(judge([always('allow')], late('review'))).toMatchObject({ outcome: 'allow', reasons: [{ rule: 'allow' }] })
    expect(judge([always('allow'), rule('no-late', 'change.late', 'deny')], late('review')).outcome).toBe('deny')
  })

  test('tells who is verified from who is only claimed', () => {
    const unverified = rule('verified', "change.person == '' && change.claimed_person != ''", 'deny')
    const by = (who: { person: string; claimed_person: string }) =>
      judge([always('allow'), unverified], { ...input(), change: { ...input().change, ...who } }).outcome
    expect(by({ person: '', claimed_person: 'dee@x' })).toBe('deny')
    expect(by({ person: 'ana@x', claimed_person: 'dee@x' })).toBe('allow')
    expect(by({ person: '', claimed_person: '' })).toBe('allow')
  })

  test('does not let a built-in stand in for a rule that matches', () => {
    const unknown = input({ statements: [statement({ estimated_rows: null, estimate_basis: 'never_analysed' })], estimated_rows: null })
    expect(judge([], unknown).outcome).toBe('deny')
    expect(judge([always('allow')], unknown)).toMatchObject({
      outcome: 'needs_approval',
      reasons: [{ rule: 'clyra:unknown-estimate' }],
    })
  })

  test('denies when a rule cannot be evaluated, with no value in the reason', () => {
    const result = judge([rule('null-order', 'facts.estimated_rows > 5', 'allow'), always('allow')], input({ estimated_rows: null }))
    expect(result.outcome).toBe('deny')
    expect(result.reasons).toEqual([
      { rule: 'null-order', outcome: 'deny', why: 'CLYRA_POLICY_ERROR: the rule could not be evaluated, so it denies.', refs: [] },
    ])
  })

  test('counts in integers beyond doubles and compares them exactly', () => {
    const big = input({ estimated_rows: Number.MAX_SAFE_INTEGER })
    expect(judge([rule('exact', 'facts.estimated_rows + 1 == 9007199254740992', 'allow')], big).outcome).toBe('allow')
    expect(judge([rule('overflow', 'facts.estimated_rows * 9007199254740991 > 0', 'allow')], big).outcome).toBe('deny')
  })

  test.each<[string, Partial<Facts>, string]>([
    ['an opaque payload', { parsed: 'opaque' }, 'clyra:opaque'],
    ['a payload no parser accepts', { parsed: 'unparsed', statements: [] }, 'clyra:unparsed'],
    ['a word for parsed that nobody knows', { parsed: 'perhaps' as 'parsed' }, 'clyra:unparsed'],
    ['a refusal of the guard', { refusals: [{ code: 'CLYRA_SQL_X', statement: 0, detail: 'd' }] }, 'clyra:refused'],
    ['facts without a statement', { statements: [] }, 'clyra:uncovered'],
  ])('denies %s although a rule allows it', (_, facts, reason) => {
    const result = judge([always('allow')], { ...input(facts), change: input().change })
    expect(result.outcome).toBe('deny')
    expect(result.reasons.map(({ rule }) => rule)).toContain(reason)
  })

  test.each<[string, Partial<FactsStatement>, string]>([
    ['a DML estimate that is missing', { estimated_rows: null }, 'needs_approval'],
    ['an estimate that rests on no statistics', { estimate_basis: 'never_analysed' }, 'needs_approval'],
    ['a TRUNCATE without a count', { kind: 'truncate', estimated_rows: null, estimate_basis: 'not_applicable' }, 'needs_approval'],
    ['a SELECT that writes in a WITH', { kind: 'select', details: ['cte_write'], estimated_rows: null }, 'needs_approval'],
    ['a SELECT that only reads', { kind: 'select', relations: [], estimated_rows: null, estimate_basis: 'unexplainable' }, 'allow'],
    ['DDL, which has no estimate', { kind: 'create_table', estimated_rows: null, estimate_basis: 'not_applicable' }, 'allow'],
  ])('takes %s for %j, where the rules allow', (_, part, outcome) => {
    expect(judge([always('allow')], input({ statements: [statement(part)] })).outcome).toBe(outcome)
  })
})

describe('an explanation', () => {
  test('says of every rule whether it matched, or why it failed', () => {
    const policy = compilePolicy(
      document(always('allow'), rule('broken', 'facts.estimated_rows > 5', 'deny'), rule('not', 'false', 'deny')),
    )
    const { result, trace } = explain(policy, input({ estimated_rows: null }))
    expect(result).toEqual(evaluate(policy, input({ estimated_rows: null })))
    expect(trace.filter(({ section }) => section !== 'builtin')).toEqual([
      { rule: 'allow', section: 'data_platform', outcome: 'allow', grade: null, why: 'why allow', matched: true, value: true, error: null },
      {
        rule: 'broken',
        section: 'data_platform',
        outcome: 'deny',
        grade: null,
        why: 'why broken',
        matched: false,
        value: null,
        error: expect.any(String),
      },
      { rule: 'not', section: 'data_platform', outcome: 'deny', grade: null, why: 'why not', matched: false, value: false, error: null },
    ])
    expect(trace.some(({ rule, matched }) => rule === 'clyra:opaque' && !matched)).toBe(true)
  })
})

describe('a grade', () => {
  const strict = (id: string, then: PolicyRule['then']): PolicyRule => ({ ...rule(id, 'true', then), grade: 'enhanced' })

  test('is what the strictest rule that asks for approval says; its certificate lasts ten minutes at most', () => {
    const asks = [rule('a', 'true', 'needs_approval'), rule('b', 'true', 'needs_approval')]
    expect(judge(asks)).toMatchObject({ outcome: 'needs_approval', grade: 'standard' })
    expect(judge([...asks, strict('c', 'needs_approval')])).toMatchObject({ outcome: 'needs_approval', grade: 'enhanced' })
    const { enforcement } = document()
    const approval = { ...enforcement.approval, certificate_ttl_seconds: 3600 }
    const long = { ...document(strict('c', 'needs_approval')), enforcement: { approval } }
    expect(evaluate(compilePolicy(long), input()).certificate_ttl_seconds).toBe(600)
  })

  test.each(['allow', 'deny'] as const)('beside %s is a fault, with its place', (then) => {
    expect(() => compilePolicy(document(strict('c', then)))).toThrow(
      expect.objectContaining({
        code: 'CLYRA_POLICY_INVALID',
        faults: [expect.objectContaining({ pointer: '/data_platform/rules/0/grade' })],
      }),
    )
  })
})

const conditions = [
  'true',
  'false',
  'facts.estimated_rows > 50',
  'facts.statements.exists(s, s.kind == "delete")',
  'facts.statements.all(s, s.predicate == "bounded")',
  'change.statements == 1',
  'facts.statements.exists(s, s.relation_rows > policy.max_rows)',
]
const anyRules = fc
  .array(fc.tuple(fc.constantFrom(...conditions), fc.constantFrom('allow', 'needs_approval', 'deny')), { maxLength: 6 })
  .map((rules) => rules.map(([when, outcome], index) => rule(`r${index}`, when, outcome as PolicyRule['then'])))
const anyRows = fc.option(fc.nat(200), { nil: null })
const anyStatement = fc
  .record({
    kind: fc.constantFrom('select', 'update', 'delete', 'alter_table', 'do'),
    predicate: fc.constantFrom('bounded' as const, 'missing' as const),
    estimated_rows: anyRows,
    relation_rows: anyRows,
    estimate_basis: fc.constantFrom('explain' as const, 'never_analysed' as const, 'not_applicable' as const),
  })
  .map(statement)
const anyInput = fc
  .record({
    parsed: fc.constantFrom('parsed' as const, 'opaque' as const, 'unparsed' as const),
    statements: fc.array(anyStatement, { maxLength: 3 }),
    estimated_rows: anyRows,
  })
  .map((facts) => input(facts))
const strength = { allow: 0, needs_approval: 1, deny: 2 }
const seeded = { seed: 20261101, numRuns: 300 }

describe('for every policy and every change', () => {
  test('the order and the section of the rules never change the verdict', () => {
    const shuffled = anyRules.chain((rules) =>
      fc.record({ rules: fc.constant(rules), order: fc.shuffledSubarray(rules, { minLength: rules.length }), at: fc.nat(6) }),
    )
    fc.assert(
      fc.property(shuffled, anyInput, ({ rules, order, at }, given) => {
        const moved = document(...order.slice(0, at))
        moved.enforcement.rules = order.slice(at, at + 1)
        moved.compliance.rules = order.slice(at + 1)
        expect(evaluate(compilePolicy(moved), given)).toEqual(judge(rules, given))
      }),
      seeded,
    )
  })

  test('one more deny rule, and one more rule that fails, never weakens the verdict', () => {
    fc.assert(
      fc.property(anyRules, anyInput, fc.constantFrom(...conditions), (rules, given, when) => {
        const before = strength[judge(rules, given).outcome]
        expect(strength[judge([...rules, rule('more', when, 'deny')], given).outcome]).toBeGreaterThanOrEqual(before)
        expect(judge([...rules, rule('fails', '1 / 0 > change.statements', 'allow')], given).outcome).toBe('deny')
      }),
      seeded,
    )
  })

  test('what is not allowed by a rule, or not seen through, is never allowed', () => {
    fc.assert(
      fc.property(anyRules, anyInput, (rules, given) => {
        const { outcome, row_limit, reasons } = judge(rules, given)
        const { facts } = given
        if (facts.parsed !== 'parsed' || facts.statements.length === 0) expect(outcome).toBe('deny')
        if (!rules.some((rule) => rule.then !== 'deny')) expect(outcome).toBe('deny')
        if (outcome === 'deny') expect(row_limit).toBe(0)
        expect(reasons.length).toBeGreaterThan(0)
        expect(reasons.every((reason) => reason.outcome === outcome)).toBe(true)
      }),
      seeded,
    )
  })
})

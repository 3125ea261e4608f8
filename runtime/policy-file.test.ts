import { describe, expect, test } from '@jest/globals'
import type { ClyraError } from '../core/errors.ts'
import { digest } from './digest.ts'
import { loadPolicy } from './policy-file.ts'
import { lintPolicy } from './policy-lint.ts'

const policy = (rules: string, approval = 'quorum: 1'): string => `spec: 0
policy_id: test
title: A policy under test
data_platform:
  max_rows_without_approval: 100
  max_rows: 1000
  rules:
${rules}
enforcement:
  approval: { ${approval}, deadline_seconds: 60, certificate_ttl_seconds: 60, eligible_approvers: [] }
compliance: { frameworks: [sox], body_storage: none }
`
const rule = (id: string, when: string, outcome = 'allow'): string =>
  `    - id: ${id}\n      when: ${when}\n      then: ${outcome}\n      why: Because.`

function faultsOf(text: string): string[] {
  try {
    loadPolicy(text, 'p.yaml')
  } catch (error) {
    expect((error as ClyraError).code).toBe('CLYRA_POLICY_INVALID')
    return (error as ClyraError).faults.map(({ pointer, detail }) => `${pointer} ${detail}`)
  }
  return []
}

describe('a policy file', () => {
  test('gives the document, its digest and a policy that judges', () => {
    const text = policy(rule('all', 'change.statements >= 1'))
    const { document, policy_id, digest: found, canonicalText, policy: compiled } = loadPolicy(text, 'p.yaml')
    expect([policy_id, compiled.rules.length, document.data_platform.max_rows]).toEqual(['test', 1, 1000])
    expect(found).toBe(digest(canonicalText))
    expect(JSON.parse(canonicalText)).toEqual(document)
  })

  test('has a digest that comments, order and style do not change and a threshold does', () => {
    const text = policy(rule('all', 'change.statements >= 1'))
    const of = (changed: string): string => loadPolicy(changed, 'p.yaml').digest
    expect(of(`# comment\n${text.replace('spec: 0\npolicy_id: test', 'policy_id: "test"\nspec: 0x0')}`)).toBe(of(text))
    expect(of(text.replace('1000', '1001'))).not.toBe(of(text))
  })

  test('names every fault of the schema with its line and column', () => {
    const text = policy(rule('Bad Id', '1 == 1', 'maybe'), 'quorum: 0, extra: 1').replace('max_rows: 1000', 'max_rows: 1.5')
    expect(faultsOf(text)).toEqual([
      'p.yaml:6:13 max_rows must be integer',
      expect.stringMatching(/^p\.yaml:8:11 id must match pattern/),
      'p.yaml:10:13 then must be "deny" or "needs_approval" or "allow"',
      'p.yaml:13:26 expected no key extra here',
      'p.yaml:13:23 quorum must be >= 1',
    ])
    expect(
      faultsOf(text.replace('compliance:', 'complaints:')).some((fault) => fault.startsWith('p.yaml:14:1 expected no key complaints')),
    ).toBe(true)
    expect(faultsOf('')).toEqual([expect.stringMatching(/^p\.yaml:1:1 the policy must be object/)])
  })

  test.each([
    ['plain', 'facts.nope == 1', '9:18'],
    ['single-quoted', `'change.kind == "sql" && facts.nope == 1'`, '9:43'],
    ['double-quoted', '"facts.nope == 1"', '9:19'],
    ['double-quoted with escapes', '"change.kind == \\"sql\\" && facts.nope == 1"', '9:45'],
    ['folded', '>-\n        change.kind == "sql" &&\n          facts.nope == 1', '11:16'],
    ['literal', '|\n        change.kind == "sql" &&\n        facts.nope == 1', '11:14'],
    ['plain over two lines', 'change.kind == "sql" &&\n        facts.nope == 1', '10:14'],
  ])('finds the column of a fault in a %s expression', (_, when, place) => {
    expect(faultsOf(policy(rule('r', when)))).toEqual([expect.stringMatching(new RegExp(`^p\\.yaml:${place} expected a field of facts`))])
  })

  test('names repeated rule ids across sections, and thresholds and quorums that contradict, all at once', () => {
    const text = policy([rule('twice', '1 == 1'), rule('typo', 'facts.parsed = 1')].join('\n'), 'quorum: 3')
      .replace('max_rows: 1000', 'max_rows: 99')
      .replace('eligible_approvers: []', 'eligible_approvers: [bo, Bo, cy]')
      .replace('body_storage: none }', 'body_storage: none, rules: [{ id: twice, when: "true", then: deny, why: x }] }')
    expect(faultsOf(text)).toEqual([
      'p.yaml:5:30 expected at most max_rows, 99',
      expect.stringMatching(/^p\.yaml:17:\d+ expected at least quorum, 3, distinct persons, found 2/),
      expect.stringMatching(/^p\.yaml:13:26 expected a CEL expression/),
      expect.stringMatching(/^p\.yaml:18:68 expected an id of its own, found twice/),
    ])
  })

  test.each([
    ['a key twice', 'spec: 0\nspec: 0', 'p.yaml:2:1 '],
    ['a second document', 'spec: 0\n---\nspec: 0', 'p.yaml:2:1 '],
    ['broken flow', 'spec: [', 'p.yaml:1:8 '],
  ])('refuses %s, with its place', (_, text, place) => {
    expect(faultsOf(text)[0]?.startsWith(place)).toBe(true)
  })

  test('refuses aliases that grow without bound', () => {
    const levels = Array.from(
      { length: 20 },
      (_, n) =>
        `a${n}: &a${n} [${
          n === 0
            ? 'x'
            : Array(9)
                .fill(`*a${n - 1}`)
                .join(', ')
        }]`,
    )
    expect(faultsOf(levels.join('\n'))).toEqual([expect.stringContaining('p.yaml:1:1')])
  })
})

describe('lint', () => {
  const lint = (...rules: string[]): string[] =>
    lintPolicy(loadPolicy(policy(rules.join('\n')), 'p.yaml'), null).map(({ pointer, detail }) => `${pointer} ${detail}`)

  test('warns of a rule that a stronger or earlier one with the same condition makes void', () => {
    expect(
      lint(rule('a', 'change.statements > 1'), rule('b', '"change.statements  > 1"', 'deny'), rule('c', 'change.statements > 1', 'deny')),
    ).toEqual(['p.yaml:9:13 rule a never decides: b has the same condition', 'p.yaml:17:13 rule c never decides: b has the same condition'])
  })

  test('warns of a policy without rules, and of nothing in a sound one', () => {
    expect(lint('    []')).toEqual(['p.yaml:8:5 no rules, so every change is denied'])
    expect(lint(rule('a', '1 == 1'), rule('b', '1 == 2', 'deny'))).toEqual([])
  })
})

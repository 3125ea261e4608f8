import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ClyraError } from '../core/errors.ts'
import { evaluate } from '../core/policy/evaluate.ts'
import { lintPolicy } from './policy-lint.ts'
import { readExample, testPack } from './policy-pack.ts'

const packs = join(import.meta.dirname, '../packs')
const pack = join(packs, 'sox-controls')

describe.each(['sox-controls', 'payment-tables', 'orchestrators'])('the pack %s', (name) => {
  const result = testPack(join(packs, name))

  test.each(result.examples.map((example) => [example.file, example] as const))('judges %s as its folder says', (_, example) => {
    expect({ ...example.found, rules: example.found.rules.includes(example.expected.rule) }).toEqual({
      outcome: example.expected.outcome,
      rules: true,
    })
  })

  test('has an example for every rule, and nothing to warn of', () => {
    expect(result.coverage.filter(({ examples }) => examples === 0)).toEqual([])
    expect(lintPolicy(result.loaded, result)).toEqual([])
  })

  // A rule whose loss no example notices is not tested.
  test.each(result.loaded.policy.rules.map(({ id }) => id))('fails an example when rule %s is taken away', (id) => {
    const { policy, document } = result.loaded
    const without = { document, rules: policy.rules.filter((rule) => rule.id !== id) }
    const failing = result.examples.filter(({ file, expected }) => {
      const { facts, change } = readExample(join(packs, name, file))
      const { outcome, reasons } = evaluate(without, { facts, change, max_rows: document.data_platform.max_rows })
      return outcome !== expected.outcome || !reasons.some(({ rule }) => rule === expected.rule)
    })
    expect(failing.length).toBeGreaterThan(0)
  })
})

describe('a pack', () => {
  let dir = ''
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'clyra-pack-'))
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  const copy = (name: string): string => {
    cpSync(pack, join(dir, name), { recursive: true })
    return join(dir, name)
  }

  test('fails an example that stands in the wrong folder or expects another rule', () => {
    const place = copy('wrong')
    const example = readExample(join(pack, 'allow/select.json'))
    writeFileSync(join(place, 'deny/select.json'), JSON.stringify(example))
    writeFileSync(join(place, 'allow/select.json'), JSON.stringify({ ...example, expect: 'small-change' }))
    expect(
      testPack(place)
        .examples.filter(({ passed }) => !passed)
        .map(({ file }) => file),
    ).toEqual(['allow/select.json', 'deny/select.json'])
  })

  test('is warned of when a folder of examples or the example of a rule is missing', () => {
    const place = copy('bare')
    rmSync(join(place, 'allow'), { recursive: true })
    const result = testPack(place)
    expect(lintPolicy(result.loaded, result).map(({ detail }) => detail)).toEqual([
      'rule small-change has no example',
      'rule read-only has no example',
      'no example in allow/',
    ])
  })

  test('may treat callers differently; where an example does not say who does the work, Clyra does', () => {
    const place = copy('callers')
    const example = readExample(join(pack, 'allow/narrow-update.json'))
    expect(example.change.executor).toBe('clyra')
    const byCaller = { ...example, change: { ...example.change, executor: 'caller' }, expect: 'second-person' }
    writeFileSync(join(place, 'needs_approval/by-caller.json'), JSON.stringify(byCaller))
    const rule = `rules:
    - { id: second-person, when: 'change.executor == "caller"', then: needs_approval, why: Rows of a caller are not counted. }`
    const file = join(place, 'policy.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('rules:', rule))
    const { examples } = testPack(place)
    expect(examples.filter(({ passed }) => !passed)).toEqual([])
    expect(examples.find(({ file }) => file === 'needs_approval/by-caller.json')?.found.rules).toEqual(['second-person'])
    writeFileSync(file, readFileSync(file, 'utf8').replace('"caller"', '7'))
    expect(() => testPack(place)).toThrow('expected a sound policy')
  })

  test('refuses an example whose facts do not fit the schema, with the place', () => {
    const place = copy('misfit')
    const file = join(place, 'allow/select.json')
    const example = readExample(file)
    writeFileSync(file, JSON.stringify({ ...example, facts: { ...example.facts, parsed: 'maybe' } }))
    const faults = (): unknown => {
      try {
        return testPack(place)
      } catch (error) {
        return (error as ClyraError).faults.map(({ pointer }) => pointer)
      }
    }
    expect(faults()).toEqual([`${file}#/facts/parsed`])
  })
})

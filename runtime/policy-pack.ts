// A policy pack: policy.yaml beside allow/, needs_approval/ and deny/ examples, which are its tests.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { ClyraError } from '../core/errors.ts'
import type { Facts, VerdictReason } from '../core/generated/types.ts'
import { type ChangeInput, evaluate } from '../core/policy/evaluate.ts'
import { type LoadedPolicy, loadPolicy } from './policy-file.ts'

/** One example: what is known of a change, and the rule that must carry the verdict. The folder names the outcome; Clyra does the work unless `executor` says `caller`; nobody is claimed, and nothing late, unless it says so. */
export interface PolicyExample {
  title?: string
  facts: Facts
  change: ChangeInput
  expect: string
}

export interface ExampleResult {
  /** `allow/narrow-update.json`. */
  file: string
  title: string
  expected: { outcome: VerdictReason['outcome']; rule: string }
  found: { outcome: VerdictReason['outcome']; rules: string[] }
  passed: boolean
}

export interface PackResult {
  loaded: LoadedPolicy
  examples: ExampleResult[]
  /** For each rule of the document, in its order, the examples whose verdict it carries. */
  coverage: { rule: string; examples: number }[]
}

const outcomes = ['allow', 'needs_approval', 'deny'] as const

const text = { type: 'string' }
const change = {
  type: 'object',
  required: ['target', 'kind', 'mode', 'source', 'requester', 'person', 'role', 'statements', 'reason'],
  additionalProperties: false,
  properties: {
    target: text,
    kind: { const: 'sql' },
    mode: { enum: ['gate', 'review'] },
    executor: { enum: ['clyra', 'caller'], default: 'clyra' },
    source: text,
    requester: text,
    person: text,
    role: { enum: ['dml', 'ddl'] },
    statements: { type: 'integer', minimum: 1 },
    reason: text,
    claimed_person: { type: 'string', default: '' },
    late: { type: 'boolean', default: false },
  },
}

const factsSchema = JSON.parse(readFileSync(join(import.meta.dirname, '../spec/common/schemas/facts.schema.json'), 'utf8'))
const fits = new Ajv2020({ allErrors: true, allowUnionTypes: true, useDefaults: true, schemas: [factsSchema] }).compile<PolicyExample>({
  type: 'object',
  required: ['facts', 'change', 'expect'],
  additionalProperties: false,
  properties: { title: text, facts: { $ref: factsSchema.$id }, change, expect: text },
})

/** Reads an example. CLYRA_POLICY_INVALID lists every fault with its JSON pointer. */
export function readExample(file: string): PolicyExample {
  const example = parseJson(file)
  if (fits(example)) return example
  const faults = (fits.errors ?? []).map(({ instancePath, message }) => ({
    pointer: `${file}#${instancePath || '/'}`,
    detail: message ?? 'is invalid',
  }))
  throw new ClyraError('CLYRA_POLICY_INVALID', `expected an example of a policy in ${file}, found ${faults.length} faults`, { faults })
}

/** Judges every example of a pack by its policy. Throws CLYRA_POLICY_INVALID when the policy or an example cannot be read. */
export function testPack(dir: string): PackResult {
  const file = join(dir, 'policy.yaml')
  const loaded = loadPolicy(readFileSync(file, 'utf8'), file)
  const examples = outcomes.flatMap((outcome) => examplesOf(dir, outcome).map((name) => testExample(loaded, dir, outcome, name)))
  const coverage = loaded.policy.rules.map(({ id }) => ({
    rule: id,
    examples: examples.filter(({ found }) => found.rules.includes(id)).length,
  }))
  return { loaded, examples, coverage }
}

const examplesOf = (dir: string, outcome: string): string[] => {
  const folder = join(dir, outcome)
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .sort()
    : []
}

function testExample({ policy, document }: LoadedPolicy, dir: string, outcome: (typeof outcomes)[number], name: string): ExampleResult {
  const { title, facts, change, expect } = readExample(join(dir, outcome, name))
  const result = evaluate(policy, { facts, change, max_rows: document.data_platform.max_rows })
  const rules = result.reasons.map(({ rule }) => rule)
  return {
    file: `${outcome}/${name}`,
    title: title ?? name,
    expected: { outcome, rule: expect },
    found: { outcome: result.outcome, rules },
    passed: result.outcome === outcome && rules.includes(expect),
  }
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new ClyraError(
      'CLYRA_POLICY_INVALID',
      `expected JSON in ${file}, found ${cause instanceof SyntaxError ? 'a syntax error' : 'no such file'}`,
      { cause },
    )
  }
}

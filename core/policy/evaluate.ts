// A verdict over facts: deny beats needs_approval beats allow, an evaluation error denies, no match denies.
import type { CelInput } from '@bufbuild/cel'
import type { Facts, VerdictReason } from '../generated/types.ts'
import { enhancedTtlSeconds, type Grade } from '../grade.ts'
import { builtins, noMatch } from './builtin.ts'
import type { Policy, Rule } from './compile.ts'

/**
 * What rules may know of a change besides its facts. `person` is empty when the requester is no known person, `claimed_person` when the
 * requesting tool names none; `late` when it was told of only after the work was done.
 */
export interface ChangeInput {
  target: string
  kind: string
  mode: 'gate' | 'review'
  executor: 'clyra' | 'caller'
  source: string
  requester: string
  person: string
  role: 'dml' | 'ddl'
  statements: number
  reason: string
  claimed_person: string
  late: boolean
}

export interface PolicyInput {
  facts: Facts
  change: ChangeInput
  /** The payload's own limits.max_rows. */
  max_rows: number
}

export interface PolicyResult {
  outcome: VerdictReason['outcome']
  /** The rules that carry the outcome, sorted by id. Never empty. */
  reasons: VerdictReason[]
  quorum: number
  grade: Grade
  authenticator_age_seconds: number
  /** Rows enforcement may affect at most; 0 when denied. */
  row_limit: number
  eligible_approvers: string[]
  deadline_seconds: number
  certificate_ttl_seconds: number
}

/** What one rule had to say. `value` is null after an error; `error` may quote the input and is for the author's eyes, not for receipts. */
export interface RuleTrace {
  rule: string
  section: Rule['section'] | 'builtin'
  /** What the rule stands for; null for a built-in that did not speak. */
  outcome: VerdictReason['outcome'] | null
  /** What an approval must be where it asks for one; null where it does not say. */
  grade: Grade | null
  matched: boolean
  value: boolean | null
  error: string | null
  why: string | null
}

/** The verdict of a policy on a change. Pure and total: the same input gives the same result, in any order of the rules. */
export function evaluate(policy: Policy, input: PolicyInput): PolicyResult {
  return conclude(policy, input, reasonsOf(policy, input))
}

/** The verdict, and what every rule had to say on the way to it. */
export function explain(policy: Policy, input: PolicyInput): { result: PolicyResult; trace: RuleTrace[] } {
  const { facts, change } = input
  const trace = [
    ...builtins.map(({ id, test }) => builtinTrace(id, test(facts, change))),
    ...testRules(policy, input).map(({ rule, tested }) => ruleTrace(rule, tested)),
  ]
  return { result: evaluate(policy, input), trace }
}

const testRules = (policy: Policy, { facts, change }: PolicyInput) => {
  const { max_rows, max_rows_without_approval } = policy.document.data_platform
  const bindings = asCel({ facts, change, policy: { max_rows, max_rows_without_approval } }) as Record<string, CelInput>
  return policy.rules.map((rule) => ({ rule, tested: rule.test(bindings) }))
}

function reasonsOf(policy: Policy, input: PolicyInput): VerdictReason[] {
  const builtin = builtins.map(({ test }) => test(input.facts, input.change)).filter((reason) => reason !== null)
  const spoken = testRules(policy, input).flatMap(({ rule: { id, outcome, why, refs }, tested }): VerdictReason[] => {
    if ('error' in tested) return [{ rule: id, outcome: 'deny', why: evaluationError, refs: [...refs] }]
    return tested.matched ? [{ rule: id, outcome, why, refs: [...refs] }] : []
  })
  return [...builtin, ...spoken]
}

const evaluationError = 'CLYRA_POLICY_ERROR: the rule could not be evaluated, so it denies.'

function conclude(policy: Policy, input: PolicyInput, spoken: VerdictReason[]): PolicyResult {
  const { document } = policy
  const { approval } = document.enforcement
  const { max_rows, max_rows_without_approval } = document.data_platform
  const outcome = strongest(spoken)
  const carrying = spoken.filter((reason) => reason.outcome === outcome)
  const grade = outcome === 'needs_approval' ? gradeAsked(policy, carrying) : 'standard'
  const caps = { allow: Math.min(max_rows, max_rows_without_approval), needs_approval: max_rows, deny: 0 }
  return {
    outcome,
    reasons: carrying.length === 0 ? [noMatch] : carrying.sort((a, b) => (a.rule < b.rule ? -1 : 1)),
    quorum: outcome === 'needs_approval' ? approval.quorum : 0,
    grade,
    authenticator_age_seconds: approval.authenticator_age_seconds ?? 0,
    row_limit: Math.min(input.max_rows, caps[outcome]),
    eligible_approvers: [...approval.eligible_approvers],
    deadline_seconds: approval.deadline_seconds,
    certificate_ttl_seconds: Math.min(approval.certificate_ttl_seconds, grade === 'enhanced' ? enhancedTtlSeconds : Infinity),
  }
}

// Of the policy, or of any rule that asks for approval here.
function gradeAsked({ document, rules }: Policy, carrying: readonly VerdictReason[]): Grade {
  const strict = new Set(rules.filter(({ grade }) => grade === 'enhanced').map(({ id }) => id))
  return document.enforcement.approval.grade === 'enhanced' || carrying.some(({ rule }) => strict.has(rule)) ? 'enhanced' : 'standard'
}

// A built-in needs_approval raises an allow, but does not stand in for a rule: what no rule knows stays denied.
function strongest(spoken: VerdictReason[]): VerdictReason['outcome'] {
  const has = (outcome: VerdictReason['outcome']): boolean => spoken.some((reason) => reason.outcome === outcome)
  if (has('deny')) return 'deny'
  if (!spoken.some(({ rule }) => !rule.startsWith('clyra:'))) return 'deny'
  return has('needs_approval') ? 'needs_approval' : 'allow'
}

const builtinTrace = (id: string, reason: VerdictReason | null): RuleTrace => ({
  rule: id,
  section: 'builtin',
  outcome: reason?.outcome ?? null,
  grade: null,
  matched: reason !== null,
  value: reason !== null,
  error: null,
  why: reason?.why ?? null,
})

const ruleTrace = ({ id, section, outcome, grade, why }: Rule, tested: ReturnType<Rule['test']>): RuleTrace => {
  const base = { rule: id, section, outcome, grade: grade ?? null, why }
  return 'error' in tested
    ? { ...base, matched: false, value: null, error: tested.error }
    : { ...base, matched: tested.matched, value: tested.matched, error: null }
}

// CEL's int is a bigint; a JS number would be a double.
function asCel(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  if (Array.isArray(value)) return value.map(asCel)
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, asCel(item)]))
  return value
}

// From a policy document to rules that can be evaluated. What the schema of spec/policy cannot say is checked here.
import { type CelInput, celEnv, isCelError, parse, plan } from '@bufbuild/cel'
import { ClyraError } from '../errors.ts'
import type { Policy as PolicyDocument, PolicyRule } from '../generated/types.ts'
import { checkExpression } from './check.ts'

export type { PolicyDocument }

export const sections = ['data_platform', 'enforcement', 'compliance'] as const

/** What a rule's condition gave: true or false, or the evaluator's message. */
export type Tested = { matched: boolean } | { error: string }

export interface Rule {
  readonly id: string
  readonly section: (typeof sections)[number]
  readonly when: string
  readonly outcome: PolicyRule['then']
  /** What approvals must be where it speaks; undefined: what the policy says. */
  readonly grade: PolicyRule['grade']
  readonly why: string
  readonly refs: readonly string[]
  readonly test: (bindings: Record<string, CelInput>) => Tested
}

/** A policy that can judge. */
export interface Policy {
  readonly document: PolicyDocument
  readonly rules: readonly Rule[]
}

/** One fault of a document: the path to the value, and the offset within it where it is an expression. */
export interface PolicyFault {
  path: readonly (string | number)[]
  offset: number | null
  detail: string
}

/** Every fault of a document that fits policy.schema.json: expressions, repeated rule ids, thresholds and quorums that contradict. */
export function policyFaults(document: PolicyDocument): PolicyFault[] {
  const { data_platform, enforcement } = document
  const { quorum, eligible_approvers } = enforcement.approval
  const eligible = new Set(eligible_approvers.map((person) => person.trim().toLowerCase())).size
  return [
    ...(data_platform.max_rows_without_approval > data_platform.max_rows
      ? [fault(['data_platform', 'max_rows_without_approval'], `expected at most max_rows, ${data_platform.max_rows}`)]
      : []),
    ...(eligible > 0 && eligible < quorum
      ? [
          fault(
            ['enforcement', 'approval', 'eligible_approvers'],
            `expected at least quorum, ${quorum}, distinct persons, found ${eligible}`,
          ),
        ]
      : []),
    ...ruleFaults(document),
  ]
}

/** Compiles a document that fits policy.schema.json. Throws CLYRA_POLICY_INVALID with every fault of `policyFaults`. */
export function compilePolicy(document: PolicyDocument): Policy {
  const faults = policyFaults(document)
  if (faults.length > 0)
    throw new ClyraError('CLYRA_POLICY_INVALID', `expected a sound policy, found ${faults.length} faults`, {
      faults: faults.map(({ path, offset, detail }) => ({
        pointer: `/${path.join('/')}${offset === null ? '' : `:${offset}`}`,
        detail,
      })),
    })
  return { document, rules: rulesOf(document).map(({ section, rule }) => compileRule(section, rule)) }
}

const fault = (path: PolicyFault['path'], detail: string, offset: number | null = null): PolicyFault => ({ path, offset, detail })

const rulesOf = (document: PolicyDocument): { section: Rule['section']; index: number; rule: PolicyRule }[] =>
  sections.flatMap((section) => (document[section].rules ?? []).map((rule, index) => ({ section, index, rule })))

function ruleFaults(document: PolicyDocument): PolicyFault[] {
  const seen = new Set<string>()
  return rulesOf(document).flatMap(({ section, index, rule }) => {
    const path = [section, 'rules', index]
    const repeated = seen.has(rule.id)
    seen.add(rule.id)
    return [
      ...(repeated ? [fault([...path, 'id'], `expected an id of its own, found ${rule.id} a second time`)] : []),
      ...(rule.grade !== undefined && rule.then !== 'needs_approval'
        ? [fault([...path, 'grade'], `expected no grade beside ${rule.then}: only what needs approval has one`)]
        : []),
      ...checkExpression(rule.when).map(({ offset, detail }) => fault([...path, 'when'], detail, offset)),
    ]
  })
}

function compileRule(section: Rule['section'], { id, when, then: outcome, grade, why, refs }: PolicyRule): Rule {
  const evaluate = plan(celEnv(), parse(when))
  const test: Rule['test'] = (bindings) => {
    const result = evaluate(bindings)
    if (isCelError(result)) return { error: result.message }
    return typeof result === 'boolean' ? { matched: result } : { error: 'expected a bool' }
  }
  return { id, section, when, outcome, grade, why, refs: refs ?? [], test }
}

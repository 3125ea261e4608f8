// What is allowed in a policy but most likely not meant.
import type { Rule } from '../core/policy/compile.ts'
import type { LoadedPolicy } from './policy-file.ts'
import type { PackResult } from './policy-pack.ts'

/** `pointer` is `file:line:column`. */
export interface PolicyWarning {
  pointer: string
  detail: string
}

/** Warnings about a policy; with the results of its pack, also about examples that are missing. */
export function lintPolicy(loaded: LoadedPolicy, pack: PackResult | null): PolicyWarning[] {
  return [...(loaded.policy.rules.length === 0 ? [noRules(loaded)] : []), ...duplicates(loaded), ...(pack === null ? [] : missing(pack))]
}

const noRules = ({ placeOf }: LoadedPolicy): PolicyWarning => ({
  pointer: placeOf(['data_platform', 'rules']),
  detail: 'no rules, so every change is denied',
})

const strength = { deny: 2, needs_approval: 1, allow: 0 }
const withoutSpace = (text: string): string => text.replace(/\s+/g, ' ').trim()

// A rule is without effect where another says the same or something stronger under the same condition.
function duplicates({ policy, placeOf }: LoadedPolicy): PolicyWarning[] {
  return policy.rules.flatMap((rule, index) => {
    const shadows = (other: Rule, at: number): boolean =>
      at !== index &&
      withoutSpace(other.when) === withoutSpace(rule.when) &&
      (strength[other.outcome] > strength[rule.outcome] || (other.outcome === rule.outcome && at < index))
    const other = policy.rules.find(shadows)
    return other === undefined
      ? []
      : [{ pointer: placeOf(pathOf(policy.rules, index)), detail: `rule ${rule.id} never decides: ${other.id} has the same condition` }]
  })
}

const pathOf = (rules: readonly Rule[], index: number): (string | number)[] => {
  const section = rules[index]?.section ?? 'data_platform'
  return [section, 'rules', rules.slice(0, index).filter((rule) => rule.section === section).length, 'when']
}

function missing({ loaded, examples, coverage }: PackResult): PolicyWarning[] {
  const { policy, placeOf } = loaded
  const uncovered = coverage.flatMap(({ rule, examples }, index) =>
    examples > 0 ? [] : [{ pointer: placeOf(pathOf(policy.rules, index)), detail: `rule ${rule} has no example` }],
  )
  const empty = (['allow', 'deny'] as const)
    .filter((outcome) => !examples.some(({ expected }) => expected.outcome === outcome))
    .map((outcome) => ({ pointer: placeOf([]), detail: `no example in ${outcome}/` }))
  return [...uncovered, ...empty]
}

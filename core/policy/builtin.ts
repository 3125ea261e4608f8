// What holds under every policy, before its rules: no rule can allow what could not be seen through.
import type { Facts, FactsStatement, VerdictReason } from '../generated/types.ts'
import type { ChangeInput } from './evaluate.ts'

/** A built-in rule: a reason when it speaks, null when it does not. Their ids carry a colon, which no rule of a document may. */
export type Builtin = (facts: Facts, change: ChangeInput) => VerdictReason | null

const reason = (rule: string, outcome: VerdictReason['outcome'], why: string): VerdictReason => ({
  rule: `clyra:${rule}`,
  outcome,
  why,
  refs: [],
})

const refused: Builtin = ({ refusals }) => {
  const codes = [...new Set(refusals.map(({ code }) => code))]
  const named = codes.slice(0, 5).join(', ') + (codes.length > 5 ? ` and ${codes.length - 5} more` : '')
  return codes.length === 0 ? null : reason('refused', 'deny', `The guard refused the payload: ${named}.`.slice(0, 500))
}

const opaque: Builtin = ({ parsed }) =>
  parsed === 'opaque' ? reason('opaque', 'deny', 'A statement hides what it does (such as DO, CALL or EXECUTE).') : null

// Anything but the two known words is read as not parsed.
const unparsed: Builtin = ({ parsed }) =>
  parsed === 'parsed' || parsed === 'opaque' ? null : reason('unparsed', 'deny', 'The payload could not be parsed.')

// A payload that was refused or not parsed has its reason already.
const uncovered: Builtin = (facts, { statements }) =>
  facts.parsed === 'parsed' && facts.refusals.length === 0 && facts.statements.length < Math.max(1, statements)
    ? reason('uncovered', 'deny', `Facts were found for ${facts.statements.length} of ${statements} statements.`)
    : null

const unknownEstimate: Builtin = ({ statements }) =>
  statements.some(hasUnknownEstimate)
    ? reason('unknown-estimate', 'needs_approval', 'The rows a statement would write could not be estimated.')
    : null

// What is done already cannot be held up: a gate that answers afterwards would only seem to be one.
const late: Builtin = (_facts, change) =>
  change.late && change.mode === 'gate'
    ? reason('late', 'deny', 'The work was done before it was asked for, and the target is in gate mode.')
    : null

const writesRows = new Set(['insert', 'update', 'delete', 'merge', 'truncate', 'copy'])

/** True when a statement changes something. */
export const writes = ({ kind, relations, details }: FactsStatement): boolean =>
  kind !== 'select' || details.includes('cte_write') || relations.some(({ access }) => access === 'write')

// DDL has no row estimate (not_applicable); whether it may run is for the rules to say.
function hasUnknownEstimate(statement: FactsStatement): boolean {
  const { kind, details, estimated_rows, estimate_basis } = statement
  if (!writes(statement)) return false
  if (estimate_basis === 'never_analysed' || estimate_basis === 'unexplainable') return true
  return estimated_rows === null && (estimate_basis !== 'not_applicable' || writesRows.has(kind) || details.includes('cte_write'))
}

/** The built-in rules, in the order they are explained. */
export const builtins: readonly { id: string; test: Builtin }[] = [
  { id: 'clyra:refused', test: refused },
  { id: 'clyra:opaque', test: opaque },
  { id: 'clyra:unparsed', test: unparsed },
  { id: 'clyra:uncovered', test: uncovered },
  { id: 'clyra:unknown-estimate', test: unknownEstimate },
  { id: 'clyra:late', test: late },
]

/** Speaks when nothing else does. */
export const noMatch: VerdictReason = reason('no-match', 'deny', 'No rule of the policy matches the change.')

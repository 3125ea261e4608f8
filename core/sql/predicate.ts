// Does the WHERE of a write narrow it? One that folds to a constant, or never looks at the row it would write, does not.
import type { FactsStatement } from '../generated/types.ts'
import { fold } from './fold.ts'
import { isTree, names, type Tree, visits } from './tree.ts'

export type Predicate = FactsStatement['predicate']

const severity: Predicate[] = ['not_applicable', 'bounded', 'constant', 'missing']

/** The least narrowing of several predicates. */
export const worst = (predicates: readonly Predicate[]): Predicate =>
  severity[Math.max(0, ...predicates.map((one) => severity.indexOf(one)))] ?? 'missing'

/** The predicate of an UPDATE or DELETE node. */
export function predicateOf(node: Tree): Predicate {
  if (!isTree(node.whereClause)) return 'missing'
  if (fold(node.whereClause) !== 'unknown') return 'constant'
  return looksAtRow(node.whereClause, targetName(node), selfSelects(node)) ? 'bounded' : 'constant'
}

/** The predicate of a MERGE node: its join, unless a clause also writes every target row the source does not match. */
export function mergePredicate(node: Tree): Predicate {
  const clauses: unknown[] = Array.isArray(node.mergeWhenClauses) ? node.mergeWhenClauses : []
  const writes = clauses.flatMap((clause) => (isTree(clause) && isTree(clause.MergeWhenClause) ? [clause.MergeWhenClause] : []))
  const unmatched = writes.filter(
    ({ matchKind, commandType }) => matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE' && commandType !== 'CMD_NOTHING',
  )
  if (unmatched.some(({ condition }) => !isTree(condition))) return 'missing'
  if (unmatched.some(({ condition }) => fold(condition) !== 'unknown')) return 'constant'
  if (fold(node.joinCondition) !== 'unknown') return 'constant'
  return looksAtRow(node.joinCondition, targetName(node), new Set()) ? 'bounded' : 'constant'
}

function targetName({ relation }: Tree): string {
  if (!isTree(relation)) return ''
  return String(isTree(relation.alias) ? relation.alias.aliasname : relation.relname)
}

// Whether some column reference in the predicate can be one of the target: named by it, or bare and outside any sub-select.
// A bare column inside a sub-select may be the sub-select's own, so it proves nothing. With other relations in FROM, an
// unqualified column is taken for the target's: the planner's estimate stands behind this rule.
function looksAtRow(clause: unknown, target: string, ignored: ReadonlySet<unknown>): boolean {
  if (!isTree(clause)) return false
  const all = visits({ Root: { clause } }) ?? []
  const inner = new Set<unknown>()
  for (const { tag, node } of all) {
    if (tag !== 'SubLink' || !isTree(node.subselect)) continue
    for (const { node: nested } of visits(node.subselect) ?? []) inner.add(nested)
  }
  return all.some(({ tag, node }) => {
    if (tag !== 'ColumnRef' || ignored.has(node)) return false
    const parts = names(node.fields)
    if (parts.length > 1) return parts.at(-2) === target
    return !inner.has(node)
  })
}

// `id IN (SELECT id FROM the_same_table)` keeps every row: its column references do not count.
function selfSelects(node: Tree): ReadonlySet<unknown> {
  const { relation } = node
  const ignored = new Set<unknown>()
  if (!isTree(relation) || !isTree(node.whereClause)) return ignored
  for (const { tag, node: link } of visits({ Root: { clause: node.whereClause } }) ?? []) {
    if (tag !== 'SubLink' || !isTree(link.subselect) || !isTree(link.subselect.SelectStmt)) continue
    if (!selectsAll(link.subselect.SelectStmt, relation)) continue
    for (const inside of visits({ Root: link }) ?? []) ignored.add(inside.node)
  }
  return ignored
}

function selectsAll({ fromClause, whereClause, limitCount }: Tree, relation: Tree): boolean {
  const [from] = Array.isArray(fromClause) && fromClause.length === 1 ? (fromClause as unknown[]) : []
  if (!isTree(from) || !isTree(from.RangeVar) || limitCount !== undefined) return false
  const { schemaname, relname } = from.RangeVar
  return schemaname === relation.schemaname && relname === relation.relname && (whereClause === undefined || fold(whereClause) === 'true')
}

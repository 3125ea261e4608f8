// Three-valued folding of predicates: does a WHERE say the same of every row? What it cannot prove it calls unknown.
import { isTree, names, type Tree } from './tree.ts'

export type Truth = 'true' | 'false' | 'null' | 'unknown'

const inverse: Record<Truth, Truth> = { true: 'false', false: 'true', null: 'null', unknown: 'unknown' }
const negations = new Map([
  ['=', '<>'],
  ['<>', '='],
  ['<', '>='],
  ['>=', '<'],
  ['>', '<='],
  ['<=', '>'],
])

/**
 * The truth of a predicate that does not depend on the row. A comparison of a column with itself counts as true,
 * although a null makes it null: it narrows nothing anybody meant. `depth` of the tree must be bounded by the caller.
 */
export function fold(node: unknown): Truth {
  if (!isTree(node)) return 'unknown'
  if (isTree(node.A_Const)) return foldConstant(node.A_Const)
  if (isTree(node.TypeCast)) return foldCast(node.TypeCast)
  if (isTree(node.BoolExpr)) return foldBoolean(node.BoolExpr)
  if (isTree(node.A_Expr)) return foldExpression(node.A_Expr)
  if (isTree(node.NullTest)) return foldNullTest(node.NullTest)
  if (isTree(node.BooleanTest)) return foldBooleanTest(node.BooleanTest)
  if (isTree(node.SubLink)) return foldSubLink(node.SubLink)
  return 'unknown'
}

function foldConstant(value: Tree): Truth {
  if (value.isnull === true) return 'null'
  if (isTree(value.boolval)) return value.boolval.boolval === true ? 'true' : 'false'
  return 'unknown'
}

function foldCast(cast: Tree): Truth {
  const inner = isTree(cast.arg) && isTree(cast.arg.A_Const) && isTree(cast.arg.A_Const.sval) ? String(cast.arg.A_Const.sval.sval) : null
  if (inner === null) return fold(cast.arg)
  if (/^\s*(t|tr|tru|true|y|ye|yes|on|1)\s*$/i.test(inner)) return 'true'
  return /^\s*(f|fa|fal|fals|false|n|no|of|off|0)\s*$/i.test(inner) ? 'false' : 'unknown'
}

function foldBoolean({ boolop, args }: Tree): Truth {
  const list: unknown[] = Array.isArray(args) ? args : []
  const truths = list.map(fold)
  if (boolop === 'NOT_EXPR') return inverse[truths[0] ?? 'unknown']
  const [absorbing, neutral]: [Truth, Truth] = boolop === 'AND_EXPR' ? ['false', 'true'] : ['true', 'false']
  if (truths.includes(absorbing) || hasComplement(list)) return absorbing
  if (truths.includes('unknown')) return 'unknown'
  return truths.includes('null') ? 'null' : neutral
}

// `x OR NOT x`, `x IS NULL OR x IS NOT NULL`, `a > 1 OR a <= 1`, and the same under AND.
function hasComplement(list: unknown[]): boolean {
  const seen = new Set(list.map(text))
  return list.some((item) => {
    const complement = negate(item)
    return complement !== null && seen.has(complement)
  })
}

function negate(node: unknown): string | null {
  if (!isTree(node)) return null
  if (isTree(node.BoolExpr) && node.BoolExpr.boolop === 'NOT_EXPR' && Array.isArray(node.BoolExpr.args)) return text(node.BoolExpr.args[0])
  if (isTree(node.NullTest))
    return text({ NullTest: { ...node.NullTest, nulltesttype: node.NullTest.nulltesttype === 'IS_NULL' ? 'IS_NOT_NULL' : 'IS_NULL' } })
  if (!isTree(node.A_Expr) || node.A_Expr.kind !== 'AEXPR_OP') return null
  const opposite = negations.get(operator(node.A_Expr))
  return opposite === undefined ? null : text({ A_Expr: { ...node.A_Expr, name: [{ String: { sval: opposite } }] } })
}

function foldExpression(expression: Tree): Truth {
  const { kind, lexpr, rexpr } = expression
  if (isNull(lexpr) || isNull(rexpr)) return kind === 'AEXPR_OP' ? 'null' : 'unknown'
  if (kind === 'AEXPR_OP') return foldComparison(operator(expression), lexpr, rexpr)
  if (kind === 'AEXPR_LIKE' || kind === 'AEXPR_ILIKE') return foldLike(operator(expression), rexpr)
  if (kind === 'AEXPR_IN') return foldMembership(operator(expression), lexpr, rexpr)
  if (kind === 'AEXPR_BETWEEN') return same(lexpr, item(rexpr, 0)) && same(lexpr, item(rexpr, 1)) ? 'true' : 'unknown'
  if (kind === 'AEXPR_NOT_DISTINCT') return same(lexpr, rexpr) ? 'true' : 'unknown'
  if (kind === 'AEXPR_DISTINCT') return same(lexpr, rexpr) ? 'false' : 'unknown'
  return 'unknown'
}

function foldComparison(name: string, left: unknown, right: unknown): Truth {
  if (same(left, right)) {
    if (['=', '<=', '>='].includes(name)) return 'true'
    if (['<>', '<', '>'].includes(name)) return 'false'
  }
  const truths = [fold(left), fold(right)]
  if (name === '=' && truths.includes('true')) return truths.find((truth) => truth !== 'true') ?? 'true'
  return 'unknown'
}

function foldLike(name: string, pattern: unknown): Truth {
  const constant = isTree(pattern) && isTree(pattern.A_Const) && isTree(pattern.A_Const.sval) ? String(pattern.A_Const.sval.sval) : ''
  if (!/^%+$/.test(constant)) return 'unknown'
  return name.startsWith('!') ? 'false' : 'true'
}

function foldMembership(name: string, left: unknown, list: unknown): Truth {
  const items = isTree(list) && isTree(list.List) && Array.isArray(list.List.items) ? list.List.items : []
  if (!items.some((member) => same(left, member))) return 'unknown'
  return name === '=' ? 'true' : 'false'
}

function foldNullTest({ arg, nulltesttype }: Tree): Truth {
  if (isNull(arg)) return nulltesttype === 'IS_NULL' ? 'true' : 'false'
  if (isTree(arg) && isTree(arg.A_Const)) return nulltesttype === 'IS_NULL' ? 'false' : 'true'
  return 'unknown'
}

function foldBooleanTest({ arg, booltesttype }: Tree): Truth {
  const truth = fold(arg)
  if (truth === 'unknown') return 'unknown'
  const wanted: Record<string, Truth> = { TRUE: 'true', FALSE: 'false', UNKNOWN: 'null' }
  const [, not, value] = /^IS_(NOT_)?(TRUE|FALSE|UNKNOWN)$/.exec(String(booltesttype)) ?? []
  if (value === undefined) return 'unknown'
  return (wanted[value] === truth) === (not === undefined) ? 'true' : 'false'
}

// EXISTS over a query without FROM, WHERE, HAVING or LIMIT always finds its one row.
function foldSubLink({ subLinkType, subselect }: Tree): Truth {
  if (subLinkType !== 'EXISTS_SUBLINK' || !isTree(subselect) || !isTree(subselect.SelectStmt)) return 'unknown'
  const { fromClause, whereClause, havingClause, limitCount, limitOffset, op } = subselect.SelectStmt
  const plain = [fromClause, whereClause, havingClause, limitCount, limitOffset].every((clause) => clause === undefined)
  return plain && op === 'SETOP_NONE' ? 'true' : 'unknown'
}

const operator = (expression: Tree): string => names(expression.name).at(-1) ?? ''
const isNull = (node: unknown): boolean => isTree(node) && isTree(node.A_Const) && node.A_Const.isnull === true

function item(list: unknown, index: number): unknown {
  return isTree(list) && isTree(list.List) && Array.isArray(list.List.items) ? list.List.items[index] : undefined
}

const same = (left: unknown, right: unknown): boolean => isTree(left) && isTree(right) && text(left) === text(right)

// The tree without its source positions.
function text(node: unknown): string {
  return JSON.stringify(node, (key, value: unknown) => (key === 'location' ? undefined : value)) ?? ''
}

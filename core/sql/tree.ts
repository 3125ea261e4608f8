// A walk over the JSON tree of a parsed statement (libpg_query's shape), without recursion: hostile depth must not end the process.

/** A JSON object of the tree. A node is wrapped in its tag, `{ "UpdateStmt": {…} }`; a typed field is not. */
export type Tree = { readonly [key: string]: unknown }

/** One object of the tree. `tag` is the node's tag, or `.field` for an unwrapped typed field of `parent`. */
export interface Visit {
  readonly tag: string
  readonly node: Tree
  readonly parent: string
  /** Names that WITH clauses around this object define. */
  readonly scope: ReadonlySet<string>
  /** Whether a WITH clause lies between this object and the top. */
  readonly inCte: boolean
}

/** Deepest nesting the guard reads; beyond it a statement is refused, so that recursion over a part of it is safe. */
export const maxDepth = 1000

interface Pending {
  readonly key: string
  readonly value: unknown
  readonly parent: string
  readonly scope: ReadonlySet<string>
  readonly inCte: boolean
  readonly depth: number
}

/** Every object under `root`, in document order; null when it is nested deeper than `maxDepth`. */
export function visits(root: Tree): Visit[] | null {
  const found: Visit[] = []
  const stack: Pending[] = [{ key: '', value: root, parent: '', scope: new Set(), inCte: false, depth: 0 }]
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (item.depth > maxDepth) return null
    const { value } = item
    if (Array.isArray(value)) {
      for (const child of [...value].reverse()) stack.push({ ...item, value: child, depth: item.depth + 1 })
      continue
    }
    // An empty object is how a null in a list, and the number 0, are written.
    if (!isTree(value) || Object.keys(value).length === 0) continue
    const tag = tagOf(value)
    const node = tag === null ? value : (value[tag] as Tree)
    const name = tag ?? `.${item.key}`
    const scope = withNames(node, item.scope)
    const inCte = item.inCte || name === 'CommonTableExpr'
    if (tag !== null || item.key !== '') found.push({ tag: name, node, parent: item.parent, scope, inCte })
    // A typed field keeps its own name as the parent of what is inside it, so that `relation` of an UPDATE is told from one of a clause.
    for (const [key, child] of Object.entries(node).reverse())
      stack.push({ key, value: child, parent: name, scope, inCte, depth: item.depth + 1 })
  }
  return found
}

/** The tag of a wrapped node, null for a typed field. */
export function tagOf(value: Tree): string | null {
  const keys = Object.keys(value)
  const [only] = keys
  return keys.length === 1 && only !== undefined && /^[A-Z]/.test(only) && isTree(value[only]) ? only : null
}

export const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The text of the String nodes of a name list; a star reads as `*`. */
export function names(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.map((item: unknown) => (isTree(item) && isTree(item.String) ? String(item.String.sval ?? '') : '*'))
}

function withNames(node: Tree, scope: ReadonlySet<string>): ReadonlySet<string> {
  const clause = node.withClause
  if (!isTree(clause) || !Array.isArray(clause.ctes)) return scope
  const own = clause.ctes.map((cte: unknown) => (isTree(cte) && isTree(cte.CommonTableExpr) ? String(cte.CommonTableExpr.ctename) : ''))
  return new Set([...scope, ...own])
}

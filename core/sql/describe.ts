// What one parsed statement is: kind, relations, functions, predicate, marks, and every reason of the guard to refuse it.
import type { FactsRelation } from '../generated/types.ts'
import { opaque, parts, type Role, statements } from './allowed.ts'
import { clauseRefusals } from './clauses.ts'
import { nameRefused } from './functions.ts'
import { marksOf } from './marks.ts'
import { mergePredicate, type Predicate, predicateOf, worst } from './predicate.ts'
import { distinct, type Refusal, refusal } from './refusals.ts'
import { relationsOf } from './relations.ts'
import { names, type Tree, tagOf, type Visit, visits } from './tree.ts'

export interface Description {
  readonly kind: string
  readonly opaque: boolean
  readonly relations: FactsRelation[]
  /** Qualified names of the functions it names, sorted; pg_catalog where no schema is given, as the search path has it. */
  readonly functions: string[]
  readonly predicate: Predicate
  readonly details: string[]
  readonly refusals: Refusal[]
}

/** Writes inside a statement, worst first: a SELECT over a DELETE is a delete. */
const byWeight = ['DeleteStmt', 'MergeStmt', 'UpdateStmt', 'InsertStmt']

/** Describes a statement's tree (`{ "UpdateStmt": {…} }`) as the role would run it. Never throws. */
export function describe(statement: Tree, role: Role): Description {
  const tag = tagOf(statement) ?? ''
  const all = visits(statement)
  if (all === null) return { ...nothing(tag), refusals: [refusal('CLYRA_SQL_TOO_COMPLEX', 'expected at most 1000 levels')] }
  const { relations, refusals } = relationsOf(all)
  const functions = calledNames(all)
  return {
    kind: kindOf(tag, all),
    opaque: all.some((visit) => opaque.has(visit.tag)),
    relations,
    functions: functions.map(({ schema, name }) => `${schema}.${name}`.slice(0, 200)),
    predicate: worst(all.map(predicateAt)),
    details: marksOf(all),
    refusals: distinct([...(notListed(tag, all, role) ?? inside(tag, all, role, functions)), ...refusals]),
  }
}

const nothing = (tag: string): Description => ({
  kind: snake(tag),
  opaque: false,
  relations: [],
  functions: [],
  predicate: 'not_applicable',
  details: [],
  refusals: [],
})

function kindOf(tag: string, all: readonly Visit[]): string {
  const known = statements.dml.get(tag) ?? statements.ddl.get(tag)
  if (known === undefined || statements.ddl.has(tag)) return known ?? snake(tag)
  const heaviest = byWeight.find((write) => all.some((visit) => visit.tag === write))
  return heaviest === undefined ? known : (statements.dml.get(heaviest) ?? known)
}

const snake = (tag: string): string =>
  tag
    .replace(/Stmt$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .slice(0, 40)

function predicateAt({ tag, node }: Visit): Predicate {
  if (tag === 'UpdateStmt' || tag === 'DeleteStmt') return predicateOf(node)
  return tag === 'MergeStmt' ? mergePredicate(node) : 'not_applicable'
}

function calledNames(all: readonly Visit[]): { schema: string; name: string }[] {
  const called = all.flatMap(({ tag, node }) => (tag === 'FuncCall' || tag === '.funccall' ? [names(node.funcname)] : []))
  const qualified = called.map((parts) => ({ schema: parts.slice(0, -1).join('.') || 'pg_catalog', name: parts.at(-1) ?? '' }))
  const distinctNames = new Map(qualified.map((one) => [`${one.schema}.${one.name}`, one]))
  return [...distinctNames].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

// A statement that is not on the list at all is refused in one word; what it holds no longer matters.
function notListed(tag: string, all: readonly Visit[], role: Role): Refusal[] | null {
  const hidden = all.find((visit) => opaque.has(visit.tag))
  if (hidden !== undefined) return [refusal('CLYRA_SQL_OPAQUE', `${snake(hidden.tag)} hides what it does`)]
  return statements[role].has(tag) ? null : [refusal('CLYRA_SQL_STATEMENT', `${snake(tag)} is not on the list of role ${role}`)]
}

const inside = (tag: string, all: readonly Visit[], role: Role, functions: { schema: string; name: string }[]): Refusal[] => [
  ...all
    .filter((visit) => visit.tag !== tag && !parts[role].has(visit.tag))
    .map((visit) => refusal('CLYRA_SQL_CLAUSE', `${visit.tag} is not on the list of role ${role}`)),
  ...functions
    .filter(({ schema, name }) => nameRefused(schema, name))
    .map(({ schema, name }) => refusal('CLYRA_SQL_FUNCTION', `${schema}.${name}`)),
  ...clauseRefusals(all),
]

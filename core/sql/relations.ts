// Which relations a statement names, and which of them it writes. Every one must carry its schema.
import type { FactsRelation } from '../generated/types.ts'
import { isSystemSchema } from './allowed.ts'
import { type Refusal, refusal } from './refusals.ts'
import { isTree, names, type Tree, type Visit } from './tree.ts'

/** Where a RangeVar is the thing written: the parent's tag and the field it stands in. */
const writes: ReadonlySet<string> = new Set([
  'InsertStmt.relation',
  'UpdateStmt.relation',
  'DeleteStmt.relation',
  'MergeStmt.relation',
  'AlterTableStmt.relation',
  'CreateStmt.relation',
  'CreateStmt RangeVar',
  'IndexStmt.relation',
  'RenameStmt.relation',
  'TruncateStmt RangeVar',
  'ViewStmt.view',
  'PartitionCmd.name',
])

export interface NamedRelations {
  readonly relations: FactsRelation[]
  readonly refusals: Refusal[]
}

/** Relations by schema, name and access, sorted and distinct; CTE names are none. A missing or forbidden schema is refused. */
export function relationsOf(visits: readonly Visit[]): NamedRelations {
  const found = visits.flatMap((visit) => [...fromRangeVar(visit), ...fromObjects(visit), ...fromRename(visit)])
  const refusals = visits.flatMap(({ tag, node }) => rangeVarRefusals(tag, node))
  for (const { schema, name } of found) {
    if (schema === '') refusals.push(refusal('CLYRA_SQL_UNQUALIFIED', `expected schema.name, found ${name}`))
    else if (isSystemSchema(schema)) refusals.push(refusal('CLYRA_SQL_SYSTEM_RELATION', `${schema}.${name}`))
  }
  const relations = new Map(found.map((one) => [JSON.stringify([one.schema, one.name, one.access]), one]))
  return { relations: [...relations].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one), refusals }
}

const isRangeVar = (tag: string, node: Tree): boolean => (tag === 'RangeVar' || tag.startsWith('.')) && typeof node.relname === 'string'

function fromRangeVar({ tag, node, parent, scope }: Visit): FactsRelation[] {
  if (!isRangeVar(tag, node)) return []
  const access = writes.has(tag === 'RangeVar' ? `${parent} ${tag}` : `${parent}${tag}`) ? 'write' : 'read'
  const name = String(node.relname)
  if (node.schemaname === undefined && access === 'read' && scope.has(name)) return []
  return [{ schema: String(node.schemaname ?? ''), name, access }]
}

function rangeVarRefusals(tag: string, node: Tree): Refusal[] {
  if (!isRangeVar(tag, node)) return []
  const refusals: Refusal[] = []
  if (node.catalogname !== undefined)
    refusals.push(refusal('CLYRA_SQL_UNQUALIFIED', 'expected schema.name, found a database name before it'))
  if (node.relpersistence !== undefined && node.relpersistence !== 'p')
    refusals.push(refusal('CLYRA_SQL_CLAUSE', 'expected a permanent relation, found TEMPORARY or UNLOGGED'))
  return refusals
}

// DROP TABLE a.b, c.d; COMMENT ON COLUMN a.b.c: lists of names instead of RangeVars.
function fromObjects({ tag, node }: Visit): FactsRelation[] {
  if (tag === 'DropStmt' && Array.isArray(node.objects)) return node.objects.map((object: unknown) => named(listNames(object)))
  if (tag !== 'CommentStmt') return []
  const parts = listNames(node.object)
  return [named(node.objtype === 'OBJECT_COLUMN' ? parts.slice(0, -1) : parts)]
}

// A renamed relation is written under both names; the new one stays in the schema.
function fromRename({ tag, node }: Visit): FactsRelation[] {
  if (tag !== 'RenameStmt' || node.renameType === 'OBJECT_COLUMN' || !isTree(node.relation)) return []
  return [{ schema: String(node.relation.schemaname ?? ''), name: String(node.newname), access: 'write' }]
}

const listNames = (object: unknown): string[] => (isTree(object) && isTree(object.List) ? names(object.List.items) : [])

// Three names are a database, a schema and a name: no schema that may be named, so it reads as unqualified.
function named(parts: readonly string[]): FactsRelation {
  const [schema, name] = parts.length === 2 ? parts : ['', parts.at(-1)]
  return { schema: schema ?? '', name: name ?? '', access: 'write' }
}

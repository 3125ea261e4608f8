// The difference of two snapshots, as a sorted list: the same two snapshots give the same list, in whatever order they were read.
import type { SchemaSnapshot, SchemaSnapshotColumn, SchemaSnapshotPart, SchemaSnapshotRelation, SemanticDelta } from '../generated/types.ts'

type Difference = SemanticDelta['changes'][number]

/** What a relation says of itself, flat: path → text. Two relations differ where these differ. */
type Facets = Map<string, string>

/** Every difference between two snapshots of the same relations, sorted by relation and path. Pure. */
export function diffSnapshots(before: SchemaSnapshot, after: SchemaSnapshot): Difference[] {
  const [old, now] = [byName(before), byName(after)]
  const all = [...new Set([...old.keys(), ...now.keys()])]
  return all.flatMap((relation) => diffRelation(relation, old.get(relation), now.get(relation))).sort(order)
}

const byName = ({ relations }: SchemaSnapshot): Map<string, SchemaSnapshotRelation> =>
  new Map(relations.map((relation) => [`${word(relation.schema)}.${word(relation.name)}`, relation]))

function diffRelation(relation: string, old: SchemaSnapshotRelation | undefined, now: SchemaSnapshotRelation | undefined): Difference[] {
  if (old === undefined) return [{ relation, path: 'relation', change: 'added', before: null, after: now?.kind ?? null }]
  if (now === undefined) return [{ relation, path: 'relation', change: 'removed', before: old.kind, after: null }]
  const [left, right] = [facets(old), facets(now)]
  const paths = [...new Set([...left.keys(), ...right.keys()])]
  return paths.flatMap((path) => diffFacet(relation, path, left.get(path) ?? null, right.get(path) ?? null, left, right))
}

function diffFacet(relation: string, path: string, before: string | null, after: string | null, left: Facets, right: Facets): Difference[] {
  if (before === after) return []
  // The facets of a column that came or went are said by the column itself.
  const owner = /^(column\..*)\.(?:ordinal|nullable|default|collation)$/s.exec(path)?.[1]
  if (owner !== undefined && left.has(owner) !== right.has(owner)) return []
  return [{ relation, path, change: before === null ? 'added' : after === null ? 'removed' : 'altered', before, after }]
}

function facets(relation: SchemaSnapshotRelation): Facets {
  return new Map([
    ['kind', relation.kind],
    ['owner', relation.owner],
    ['grants', relation.grants_hash],
    ['row_security', String(relation.row_security)],
    ...present('definition', relation.definition_hash),
    ...relation.columns.flatMap(columnFacets),
    ...relation.parts.map((part): [string, string] => [partPath(part), part.definition_hash]),
  ])
}

const columnFacets = (column: SchemaSnapshotColumn): [string, string][] => [
  [`column.${word(column.name)}`, column.type],
  [`column.${word(column.name)}.ordinal`, String(column.ordinal)],
  [`column.${word(column.name)}.nullable`, String(column.nullable)],
  ...present(`column.${word(column.name)}.default`, column.default_hash),
  ...present(`column.${word(column.name)}.collation`, column.collation),
]

// A constraint and its index share a name, so the kind is part of the path.
const partPath = ({ kind, name }: SchemaSnapshotPart): string => `part.${kind}.${word(name)}`

// A name that holds a dot or a quote is quoted, so that no two paths read the same.
const word = (name: string): string => (/[."]/.test(name) ? JSON.stringify(name) : name)

const present = (path: string, value: string | null): [string, string][] => (value === null ? [] : [[path, value]])

function order(a: Difference, b: Difference): number {
  if (a.relation !== b.relation) return a.relation < b.relation ? -1 : 1
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}

// The delta of two snapshots, computed again (spec/delta.md).
import type { SchemaSnapshot, SemanticDelta } from './generated/types.ts'

type Difference = SemanticDelta['changes'][number]

/** What a snapshot says at a place. Of what came or went, the owner alone tells; the relation itself has none. */
interface Fact {
  relation: string
  path: string
  value: string
  owner: string | null
}

/** The differences of two snapshots, in their order. */
export function deltaOf(before: SchemaSnapshot, after: SchemaSnapshot): Difference[] {
  const [old, now] = [factsOf(before), factsOf(after)]
  const differences: Difference[] = []
  for (const [place, { relation, path, owner }] of new Map([...old, ...now])) {
    const [from, to] = [old.get(place)?.value ?? null, now.get(place)?.value ?? null]
    const isSaidElsewhere = owner === null ? old.has(place) && now.has(place) : !(old.has(owner) && now.has(owner))
    if (from === to || isSaidElsewhere) continue
    const change = from === null ? 'added' : to === null ? 'removed' : 'altered'
    differences.push({ after: to, before: from, change, path, relation })
  }
  return differences.sort((a, b) => (a.relation < b.relation || (a.relation === b.relation && a.path < b.path) ? -1 : 1))
}

function factsOf({ relations }: SchemaSnapshot): Map<string, Fact> {
  const facts = new Map<string, Fact>()
  for (const { schema, name, kind, owner, definition_hash, grants_hash, row_security, columns, parts } of relations) {
    const relation = `${word(schema)}.${word(name)}`
    const say = (path: string, value: string | null, by: string | null = 'relation') => {
      if (value !== null) facts.set(`${relation} ${path}`, { relation, path, value, owner: by && `${relation} ${by}` })
    }
    say('relation', kind, null)
    say('kind', kind)
    say('owner', owner)
    say('definition', definition_hash)
    say('grants', grants_hash)
    say('row_security', String(row_security))
    for (const part of parts) say(`part.${part.kind}.${word(part.name)}`, part.definition_hash)
    for (const column of columns) {
      const path = `column.${word(column.name)}`
      say(path, column.type)
      say(`${path}.ordinal`, String(column.ordinal), path)
      say(`${path}.nullable`, String(column.nullable), path)
      say(`${path}.default`, column.default_hash, path)
      say(`${path}.collation`, column.collation, path)
    }
  }
  return facts
}

const word = (name: string): string => (/[."]/.test(name) ? JSON.stringify(name) : name)

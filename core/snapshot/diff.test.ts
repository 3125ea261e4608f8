import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { canonical } from '../canonical.ts'
import type { SchemaSnapshot, SchemaSnapshotRelation } from '../generated/types.ts'
import { diffSnapshots } from './diff.ts'

const hash = (digit: string) => `sha256:${digit.repeat(64)}`
const column = (name: string, type = 'integer', ordinal = 1) => ({
  ordinal,
  name,
  type,
  nullable: true,
  default_hash: null,
  collation: null,
})
const table = (part: Partial<SchemaSnapshotRelation> = {}): SchemaSnapshotRelation => ({
  schema: 'shop',
  name: 't',
  kind: 'table',
  owner: 'o',
  columns: [column('id')],
  parts: [],
  definition_hash: null,
  grants_hash: hash('0'),
  row_security: false,
  ...part,
})
const snapshot = (...relations: SchemaSnapshotRelation[]): SchemaSnapshot => ({ platform: 'postgresql', relations })

describe('diffSnapshots', () => {
  test('a relation that came or went is one difference', () => {
    const difference = { relation: 'shop.t', path: 'relation', before: null, after: 'table' }
    expect(diffSnapshots(snapshot(), snapshot(table()))).toEqual([{ ...difference, change: 'added' }])
    expect(diffSnapshots(snapshot(table()), snapshot())).toEqual([{ ...difference, change: 'removed', before: 'table', after: null }])
  })

  test('names the column that went, not its facets', () => {
    const before = table({ columns: [column('id'), { ...column('note', 'text', 2), default_hash: hash('1'), collation: '"C"' }] })
    expect(diffSnapshots(snapshot(before), snapshot(table()))).toEqual([
      { relation: 'shop.t', path: 'column.note', change: 'removed', before: 'text', after: null },
    ])
  })

  test('names what was altered, sorted by path', () => {
    const part = (kind: string, digit: string) => ({ name: 't_pkey', kind, definition_hash: hash(digit) })
    const before = table({ parts: [part('constraint', '1'), part('index', '2')] })
    const after = table({
      columns: [{ ...column('id', 'bigint'), nullable: false, default_hash: hash('5') }],
      parts: [part('index', '3'), part('constraint', '1')],
      owner: 'p',
      grants_hash: hash('9'),
      row_security: true,
      definition_hash: hash('4'),
    })
    expect(diffSnapshots(snapshot(before), snapshot(after)).map(({ path, change }) => [path, change])).toEqual([
      ['column.id', 'altered'],
      ['column.id.default', 'added'],
      ['column.id.nullable', 'altered'],
      ['definition', 'added'],
      ['grants', 'altered'],
      ['owner', 'altered'],
      ['part.index.t_pkey', 'altered'],
      ['row_security', 'altered'],
    ])
  })

  test('names with dots are told apart', () => {
    const before = snapshot(table({ schema: 'a.b', name: 'c' }), table({ schema: 'a', name: 'b.c' }))
    expect(diffSnapshots(before, snapshot()).map(({ relation }) => relation)).toEqual(['"a.b".c', 'a."b.c"'])
  })
})

const relations = fc.uniqueArray(
  fc
    .record({
      name: fc.constantFrom('a', 'b', 'a.b', 'ä', 'Z'),
      owner: fc.constantFrom('o', 'p'),
      columns: fc.uniqueArray(
        fc.tuple(fc.constantFrom('x', 'y', 'x.default', '_'), fc.constantFrom('int', 'text')).map(([name, type]) => column(name, type)),
        { selector: ({ name }) => name },
      ),
      parts: fc.uniqueArray(
        fc.record({
          name: fc.constantFrom('k', 'l'),
          kind: fc.constantFrom('index', 'constraint'),
          definition_hash: fc.constant(hash('1')),
        }),
        { selector: ({ name, kind }) => kind + name },
      ),
    })
    .map((part) => table(part)),
  { selector: ({ name }) => name },
)

const shuffled = (list: SchemaSnapshotRelation[], by: number[]): SchemaSnapshotRelation[] => {
  const mixed = <T>(items: T[]): T[] =>
    items
      .map((item, i) => ({ item, at: by[i] ?? 0 }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item)
  return mixed(list.map((one) => ({ ...one, columns: mixed(one.columns), parts: mixed(one.parts) })))
}

describe('properties', () => {
  const by = fc.array(fc.nat(), { minLength: 5, maxLength: 5 })

  test('the same snapshots in any order give the same bytes', () => {
    fc.assert(
      fc.property(relations, relations, by, by, (before, after, one, two) => {
        const expected = canonical(diffSnapshots(snapshot(...before), snapshot(...after)))
        expect(canonical(diffSnapshots(snapshot(...shuffled(before, one)), snapshot(...shuffled(after, two))))).toBe(expected)
      }),
      { seed: 7 },
    )
  })

  test('nothing differs from itself; backwards is the mirror; no place is named twice', () => {
    fc.assert(
      fc.property(relations, relations, (before, after) => {
        const [left, right] = [snapshot(...before), snapshot(...after)]
        const there = diffSnapshots(left, right)
        expect(diffSnapshots(left, left)).toEqual([])
        const mirrored = { added: 'removed', removed: 'added', altered: 'altered' }
        expect(diffSnapshots(right, left)).toEqual(
          there.map(({ before: old, after: now, change, ...place }) => ({ ...place, change: mirrored[change], before: now, after: old })),
        )
        const places = there.map(({ relation, path }) => JSON.stringify([relation, path]))
        expect(new Set(places).size).toBe(places.length)
      }),
      { seed: 7 },
    )
  })
})

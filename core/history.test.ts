import { describe, expect, test } from '@jest/globals'
import type { FactsStatement } from './generated/types.ts'
import { writesOf, writtenRelations } from './history.ts'
import type { Examined } from './ports.ts'

const statement = (part: Partial<FactsStatement> = {}): FactsStatement => ({
  kind: 'update',
  relations: [
    { schema: 'shop', name: 'orders', access: 'write' },
    { schema: 'shop', name: 'customers', access: 'read' },
  ],
  functions: [],
  predicate: 'bounded',
  details: [],
  estimated_rows: 5,
  estimate_basis: 'explain',
  relation_rows: null,
  ...part,
})
const examined = (statements: FactsStatement[], part: Partial<Examined> = {}): Examined => ({
  parsed: 'parsed',
  role: 'dml',
  statements,
  estimated_rows: null,
  refusals: [],
  platform: 'postgres',
  server_version: null,
  simulated: false,
  ...part,
})
const relations = [{ schema: 'shop', name: 'orders' }]

describe('what a change is to write', () => {
  test('names each written relation once, and none that is only read', () => {
    expect(writtenRelations([statement(), statement()])).toEqual(relations)
    const dotted = [
      { schema: 'a', name: 'b.c', access: 'write' },
      { schema: 'a.b', name: 'c', access: 'write' },
    ] as const
    expect(writtenRelations([statement({ relations: [...dotted] })])).toHaveLength(2)
  })

  test('sums the estimates; rows do not apply to a change of the schema, and are unknown where they should be known', () => {
    const ddl = statement({ kind: 'alter_table', estimated_rows: null, estimate_basis: 'not_applicable' })
    const unknown = statement({ estimated_rows: null, estimate_basis: 'never_analysed' })
    expect(writesOf(examined([statement(), statement(), ddl]), 3)).toEqual({ relations, estimated_rows: 10 })
    expect(writesOf(examined([statement(), unknown]), 2)).toEqual({ relations, estimated_rows: null })
  })

  test.each([
    ['text that hides what it does', examined([statement()], { parsed: 'opaque' }), 1],
    ['a refused payload', examined([statement()], { refusals: [{ code: 'CLYRA_SQL_REJECTED', statement: 0, detail: '' }] }), 1],
    ['fewer statements than were asked for', examined([statement()]), 2],
  ])('is not known of %s', (_what, facts, statements) => {
    expect(writesOf(facts, statements)).toBeNull()
  })
})

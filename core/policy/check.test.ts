import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { checkExpression } from './check.ts'
import { type Type, variables } from './types.ts'

const sound = [
  'facts.parsed == "parsed"',
  'facts.estimated_rows != null && facts.estimated_rows > policy.max_rows',
  'facts.statements.exists(s, s.relations.all(r, r.schema == "shop" && r.access in ["read", "write"]))',
  'facts.statements.map(s, s.kind).size() > 1',
  'facts.statements.filter(s, s.kind == "delete").size() + 1 >= change.statements',
  'facts.statements.exists_one(s, s.kind.startsWith("alter_"))',
  'size(change.reason) > 3 ? change.mode == "gate" : !facts.simulated',
  'change.reason.matches("CHG-[0-9]+")',
  'has(facts.server_version) && facts.server_version == null',
  'facts.statements[0].kind == "select"',
  'facts.estimated_rows * 2 > 3 - -1',
]

// Each with the text the fault must point at.
const faulty: [expression: string, at: string, detail: RegExp][] = [
  ['fact.parsed == "x"', 'fact.parsed', /facts, change, policy/],
  ['facts.parse == "x"', '.parse ', /field of facts \(parsed, .*found parse/],
  ['facts.statements.exists(s, s.knd == "delete")', '.knd', /field of statement .*found knd/],
  ['facts.statements.exists(s, s.relations.exists(r, r.table == "x"))', '.table', /field of relation/],
  ['facts.statements.kind == "x"', '.kind', /value with fields before .kind, found list\(statement\)/],
  ['facts.constructor == "x"', '.constructor', /field of facts/],
  ['true && has(facts.nope)', 'has(', /field of facts/],
  ['facts.statements', '.statements', /type bool, found list\(statement\)/],
  ['change.statements', '.statements', /type bool, found int/],
  ['change.statements == "1"', '== "1"', /fit ==, found int, string/],
  ['change.statements == null', '== null', /fit ==, found int, null/],
  ['change.reason > 1', '> 1', /fit >, found string, int/],
  ['!change.reason', '!change', /fit !, found string/],
  ['change.kind in ["sql", 1]', '["sql"', /one type, found string, int/],
  ['change.kind in [1]', 'in [1]', /fit in, found string, list\(int\)/],
  ['change.kind.upper() == "SQL"', '.upper()', /expected one of .*found upper/],
  ['timestamp(change.reason) == null', 'timestamp(', /expected one of .*found timestamp/],
  ['change.exists(c, c == "x")', '.exists(', /expected a list, found change/],
  ['facts.statements.all(s, s.kind)', '.all(', /fit &&, found bool, string/],
  ['facts.statements.map(s, s.kind).exists(k, k == 1)', '== 1', /fit ==, found string, int/],
  ['change.reason.matches("(")', '.matches', /RE2 pattern/],
  ['change.reason.matches(change.kind)', '.matches', /RE2 pattern/],
  ['{"a": 1}.size() == 1', '{"a": 1}', /no map or message literal/],
  ['size(b"x") == 1', 'b"x"', /bool, int, double, string or null literal/],
  ['facts.statements.exists(a, facts.statements.exists(b, facts.statements.exists(c, true)))', '.exists(c', /at most 2 lists/],
  ['change.kind ==', '==', /syntax error/],
  ['', '', /syntax error/],
]

describe('the type check of a rule', () => {
  test.each(sound)('finds no fault in %s', (expression) => {
    expect(checkExpression(expression)).toEqual([])
  })

  test.each(faulty)('finds the fault of %s at %s', (expression, at, detail) => {
    const [fault, ...more] = checkExpression(expression)
    expect(more).toEqual([])
    expect(fault?.detail).toMatch(detail)
    const rest = expression.slice(fault?.offset).trimStart()
    expect(rest.slice(0, at.length)).toBe(at)
  })

  test('names every fault of an expression', () => {
    expect(checkExpression('facts.a == 1 || change.b == 2 || facts.statements.all(s, s.c)').map(({ offset }) => offset)).toEqual([
      5, 22, 58,
    ])
  })

  test('knows the fields of spec/common/schemas/facts.schema.json, and no other', () => {
    const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../spec/common/schemas/facts.schema.json'), 'utf8')) as Json
    expect(shapeOfType(variables.facts as Type)).toEqual(shapeOfSchema(schema, schema))
  })
})

interface Json {
  $ref?: string
  $defs?: Record<string, Json>
  type?: string | string[]
  items?: Json
  properties?: Record<string, Json>
}

const words: Record<string, string> = { boolean: 'bool', integer: 'int', string: 'string' }

function shapeOfSchema(schema: Json, root: Json): unknown {
  if (schema.$ref !== undefined) return shapeOfSchema(root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? {}, root)
  const types = [schema.type ?? []].flat()
  if (types.includes('null')) return { nullable: words[types.find((type) => type !== 'null') ?? ''] }
  if (schema.properties !== undefined)
    return Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, shapeOfSchema(field, root)]))
  return schema.items === undefined ? words[types[0] ?? ''] : { list: shapeOfSchema(schema.items, root) }
}

function shapeOfType(type: Type): unknown {
  if (type.kind === 'object') return Object.fromEntries(Object.entries(type.fields).map(([name, field]) => [name, shapeOfType(field)]))
  if (type.kind === 'list') return { list: shapeOfType(type.of) }
  return type.kind === 'nullable' ? { nullable: shapeOfType(type.of) } : type.kind
}

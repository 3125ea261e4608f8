import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type Json, readCanonical } from './canonical.ts'
import { fits, fitsSchema, type Schema } from './schema.ts'
import { type Body, build, canonical } from './testing/bundle.ts'
import { lie, random } from './testing/mutate.ts'
import { stories } from './testing/stories.ts'
import { readZip } from './zip.ts'

const spec = join(import.meta.dirname, '../../spec')
const files = readdirSync(spec, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.schema.json'))
const schemas = new Map(files.map((path) => [path, JSON.parse(readFileSync(join(spec, path), 'utf8')) as Record<string, unknown>]))

// Keywords of spec/versioning.md; below properties and $defs keys are names.
const allowed = new Set(
  (
    'type properties required additionalProperties enum const items minItems maxItems minLength maxLength minimum maximum pattern ' +
    '$ref $schema $id $defs title description'
  ).split(' '),
)

// PostgreSQL keeps no U+0000, so a request may not carry one (spec/versioning.md).
const anythingButNul = '^[^\\u0000]*$'

// At the top of a request's schema alone (spec/versioning.md); no verifier reads those.
const isCondition = (place: string, key: string): boolean => /^api\/[^#]*\.schema\.json$/.test(place) && (key === 'if' || key === 'else')

function faultsOf(schema: unknown, place: string): string[] {
  if (schema === false && /^api\/.*\.json\/else\//.test(place)) return []
  if (typeof schema !== 'object' || schema === null) return [`${place} is no schema`]
  return Object.entries(schema).flatMap(([key, value]) => {
    const here = `${place}/${key}`
    if (isCondition(place, key)) return faultsOf(value, here)
    if (!allowed.has(key)) return [`${here} is not an allowed keyword`]
    if (key === 'properties' || key === '$defs')
      return Object.entries(value as object).flatMap(([name, item]) => faultsOf(item, `${here}/${name}`))
    if (key === 'items') return faultsOf(value, here)
    if (key === 'additionalProperties' && value !== false) return [`${here} may only be false`]
    if (key === '$ref' && !/^#\/\$defs\/[a-z0-9_]+$/.test(String(value))) return [`${here} leads outside`]
    if (key === 'const' && value === null) return [`${here} may not be null`]
    if (key === 'pattern' && value !== anythingButNul && !isSimple(String(value)))
      return [`${here} is not an anchored pattern of ASCII classes`]
    return []
  })
}

const isSimple = (pattern: string): boolean => /^\^[ -~]*\$$/.test(pattern) && !/\(\?[^:]|\\[^.\\/-]/.test(pattern)

describe('the schemas of spec/', () => {
  test('use the allowed keywords only', () => {
    expect(schemas.size).toBeGreaterThan(30)
    expect([...schemas].flatMap(([path, schema]) => faultsOf(schema, path))).toEqual([])
  })

  test('it would notice another keyword, a look-ahead, an open object', () => {
    expect(faultsOf({ properties: { oneOf: { oneOf: [] } } }, '')).toEqual(['/properties/oneOf/oneOf is not an allowed keyword'])
    expect(faultsOf({ pattern: '^(?=a)a$' }, '')).toHaveLength(1)
    expect(faultsOf({ pattern: '^\\d$' }, '')).toHaveLength(1)
    expect(faultsOf({ additionalProperties: {} }, '')).toHaveLength(1)
    expect(faultsOf({ if: {}, else: { properties: { a: false } } }, 'api/schemas/x.schema.json')).toEqual([])
    expect(faultsOf({ if: {} }, 'def/schemas/x.schema.json')).toHaveLength(1)
    expect(faultsOf({ properties: { a: false } }, 'api/schemas/x.schema.json')).toHaveLength(1)
  })
})

describe('the validator', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })
  const compiled = new Map(
    [...schemas].map(([path, schema]) => [path.replace(/.*\//, '').replace('.schema.json', ''), ajv.compile(schema)]),
  )
  const bodySchema = (kind: string): string => ({ anchor: 'warehouse_anchor', delta: 'semantic_delta' })[kind] ?? kind

  // Instances of every schema a bundle holds.
  const instances: [name: string, value: Body][] = Object.values(stories).flatMap((story) =>
    [...readZip(build(story()))].flatMap(([path, bytes]): [string, Body][] => {
      const text = Buffer.from(bytes).toString()
      if (path === 'manifest.json') return [['def_manifest', JSON.parse(text)]]
      if (path.startsWith('sig/')) return [['sigstore_bundle', JSON.parse(text)]]
      if (path !== 'log/receipts.jsonl') return []
      const receipts = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Body)
      return receipts.flatMap((receipt): [string, Body][] => [
        ['data_receipt', receipt],
        [bodySchema(receipt.kind as string), receipt.body as Body],
      ])
    }),
  )

  test('judges true instances and seeded lies as ajv does', () => {
    const pick = random(11)
    const digests = [`sha256:${'a'.repeat(64)}`, `sha256:${'A'.repeat(64)}`, 'sha256:']
    const judged = { fits: 0, refused: 0 }
    for (const [name, value] of instances) {
      for (let round = 0; round < 40; round++) {
        const instance = structuredClone(value)
        for (let lies = 0; lies < round % 4; lies++) lie(instance, pick, digests)
        const text = canonical(instance)
        const expected = compiled.get(name)?.(JSON.parse(text))
        expect([text, fits(name, readCanonical(Buffer.from(text)) as Json)]).toEqual([text, expected])
        judged[expected ? 'fits' : 'refused']++
      }
    }
    expect(judged.fits).toBeGreaterThan(1000)
    expect(judged.refused).toBeGreaterThan(1000)
  })

  test.each<[string, Schema, Json[], Json[]]>([
    ['length counts code points', { maxLength: 2, minLength: 2 }, ['ab', '\u{1f600}\u{1f600}'], ['a', '\u{1f600}', 'abc']],
    ['bounds', { minimum: 1, maximum: 3 }, [1, 3, 'x'], [0, 4]],
    ['lists', { items: { type: 'integer' }, minItems: 1, maxItems: 2 }, [[1], [1, 2]], [[], [1, 2, 3], ['x']]],
    ['unions and null', { type: ['string', 'null'], enum: ['a', null] }, ['a', null], ['b', 1]],
    [
      'closed objects',
      { type: 'object', properties: { a: {} }, additionalProperties: false },
      [{}, { a: 1 }],
      [{ b: 1 }, { toString: 1 }, []],
    ],
    ['required', { required: ['a'] }, [{ a: null }, 'x'], [{}, { b: 1 }]],
    ['a pattern matches to the very end', { pattern: '^[a-z]+$' }, ['a'], ['a\n', 'A', '']],
    ['const', { const: 0 }, [0], [1, '0', false]],
  ])('%s', (_, schema, right, wrong) => {
    const peer = new Ajv2020({ strict: false }).compile({ ...schema })
    for (const value of right) expect([value, fitsSchema(value, schema, schema), peer(value)]).toEqual([value, true, true])
    for (const value of wrong) expect([value, fitsSchema(value, schema, schema), peer(value)]).toEqual([value, false, false])
  })

  test('a name no schema has fits nothing', () => {
    for (const name of ['nothing', 'constructor', '__proto__']) expect(fits(name, {})).toBe(false)
  })
})

// JSON Schema 2020-12, the keywords of spec/versioning.md and no others. ajv judges the same instances in a test.
import type { Json } from './canonical.ts'
import { schemas } from './generated/schemas.ts'

/** The schemas this verifier knows use these keywords only; a test holds spec/ to it. */
export interface Schema {
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean
  enum?: (string | number | boolean | null)[]
  const?: string | number | boolean
  items?: Schema
  minItems?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  pattern?: string
  $ref?: string
  $defs?: Record<string, Schema>
}

const patterns = new Map<string, RegExp>()

/** True when the value fits the schema of that name. A name no schema has fits nothing. */
export function fits(name: string, value: Json): boolean {
  const root = Object.hasOwn(schemas, name) ? schemas[name] : undefined
  return root !== undefined && fitsSchema(value, root, root)
}

/** True when the value fits the schema; `$ref` leads into the `$defs` of `root`. */
export function fitsSchema(value: Json, schema: Schema, root: Schema): boolean {
  if (schema.$ref !== undefined && !fitsSchema(value, definition(schema.$ref, root), root)) return false
  if (schema.type !== undefined && ![schema.type].flat().includes(typeOf(value))) return false
  if (schema.const !== undefined && value !== schema.const) return false
  if (schema.enum !== undefined && !schema.enum.some((allowed) => allowed === value)) return false
  if (typeof value === 'string') return fitsString(value, schema)
  if (typeof value === 'number') return value >= (schema.minimum ?? value) && value <= (schema.maximum ?? value)
  if (Array.isArray(value)) return fitsArray(value, schema, root)
  return value === null || typeof value === 'boolean' || fitsObject(value, schema, root)
}

function fitsString(value: string, schema: Schema): boolean {
  const { minLength, maxLength, pattern } = schema
  const length = minLength === undefined && maxLength === undefined ? 0 : [...value].length
  if (length < (minLength ?? 0) || length > (maxLength ?? length)) return false
  return pattern === undefined || regExp(pattern).test(value)
}

function fitsArray(value: Json[], schema: Schema, root: Schema): boolean {
  if (value.length < (schema.minItems ?? 0) || value.length > (schema.maxItems ?? value.length)) return false
  const { items } = schema
  return items === undefined || value.every((item) => fitsSchema(item, items, root))
}

function fitsObject(value: { [key: string]: Json }, schema: Schema, root: Schema): boolean {
  if (schema.required?.some((key) => !Object.hasOwn(value, key))) return false
  const properties = schema.properties ?? {}
  return Object.entries(value).every(([key, member]) => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    return property === undefined ? schema.additionalProperties !== false : fitsSchema(member, property, root)
  })
}

function definition(ref: string, root: Schema): Schema {
  const found = root.$defs?.[ref.replace('#/$defs/', '')]
  if (found === undefined) throw new Error(`expected a definition for ${ref}, found none`)
  return found
}

function regExp(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? new RegExp(pattern, 'u')
  patterns.set(pattern, known)
  return known
}

// Every number canonical JSON carries is an integer.
function typeOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'number' ? 'integer' : typeof value
}

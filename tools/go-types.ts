// The Go file of verifier/go that is derived from the schemas: their texts, and one struct per object. The output is gofmt-clean.
import { embeddedSchemas } from './embedded-schemas.ts'
import { pascal, type Schema, type SchemaFile } from './schemas.ts'

interface Struct {
  name: string
  fields: { name: string; type: string; key: string }[]
}

const goName = (key: string): string => pascal(key)

// An object without a name of its own is named after the struct and the field that hold it.
function typeOf(schema: Schema, prefix: string, place: string, structs: Struct[]): string {
  if (schema.$ref !== undefined) {
    const definition = schema.$ref.replace('#/$defs/', '')
    return scalar(schema.$ref, prefix, structs) ?? prefix + pascal(definition)
  }
  if ('const' in schema) return typeof schema.const === 'number' ? 'int64' : 'string'
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? 'object']
  const single = plainType(types.find((type) => type !== 'null') ?? 'object', schema, prefix, place, structs)
  return types.includes('null') ? `*${single}` : single
}

const definitions = new Map<string, Schema>()

const scalar = (ref: string, prefix: string, structs: Struct[]): string | undefined => {
  const target = definitions.get(prefix + ref)
  return target === undefined || target.type === 'object' ? undefined : typeOf(target, prefix, prefix, structs)
}

function plainType(type: string, schema: Schema, prefix: string, place: string, structs: Struct[]): string {
  switch (type) {
    case 'string':
      return 'string'
    case 'integer':
      return 'int64'
    case 'boolean':
      return 'bool'
    case 'array':
      return `[]${typeOf(schema.items ?? {}, prefix, place, structs)}`
    default:
      if (schema.properties === undefined) return 'json.RawMessage'
      declare(place, schema, prefix, structs)
      return place
  }
}

// Fields stand in the order of their keys, so that encoding/json writes canonical objects. What may be missing is a pointer.
function declare(name: string, schema: Schema, prefix: string, structs: Struct[]): void {
  const held = (key: string, type: string): string =>
    schema.required?.includes(key) === false && !type.startsWith('*') ? `*${type}` : type
  const fields = Object.entries(schema.properties ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, property]) => ({ name: goName(key), key, type: held(key, typeOf(property, prefix, name + pascal(key), structs)) }))
  structs.push({ name, fields })
}

function write({ name, fields }: Struct): string {
  const width = (column: 'name' | 'type') => Math.max(...fields.map((field) => field[column].length))
  const lines = fields.map((field) => `\t${field.name.padEnd(width('name'))} ${field.type.padEnd(width('type'))} \`json:"${field.key}"\``)
  return `type ${name} struct {\n${lines.join('\n')}\n}\n`
}

/** The text of verifier/go/generated.go. */
export function goTypes(files: SchemaFile[]): string {
  const structs: Struct[] = []
  for (const { name, schema } of files) {
    const prefix = pascal(name)
    for (const [key, value] of Object.entries(schema.$defs ?? {})) definitions.set(`${prefix}#/$defs/${key}`, value)
    declare(prefix, schema, prefix, structs)
    for (const [key, value] of Object.entries(schema.$defs ?? {})) {
      if (value.type === 'object') declare(prefix + pascal(key), value, prefix, structs)
    }
  }
  const texts = embeddedSchemas(files)
  const width = Math.max(...texts.map(({ name }) => name.length)) + 3
  const line = (name: string, value: string): string => `\t${`"${name}":`.padEnd(width)} ${JSON.stringify(value)},`
  return [
    '// Code generated from spec/**/schemas by `npm run gen`. DO NOT EDIT.',
    '',
    'package main',
    '',
    'import "encoding/json"',
    '',
    'var schemaTexts = map[string]string{',
    ...texts.map(({ name, text }) => line(name, text)),
    '}',
    '',
    '// SHA-256 of the schema files.',
    'var schemaDigests = map[string]string{',
    ...texts.map(({ name, digest }) => line(name, digest)),
    '}',
    '',
    structs.map(write).join('\n'),
  ].join('\n')
}

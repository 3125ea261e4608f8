// TypeScript types from the schemas: one interface per schema, nested definitions named <Schema><Definition>.
import { pascal, type Schema, type SchemaFile } from './schemas.ts'

// Definitions that are plain strings in every schema need no name of their own.
const plainStrings = new Set(['digest', 'time', 'change_id', 'name', 'code', 'base64'])

function typeOf(schema: Schema, prefix: string, indent: string): string {
  if (schema.$ref !== undefined) {
    const definition = schema.$ref.replace('#/$defs/', '')
    return plainStrings.has(definition) ? 'string' : prefix + pascal(definition)
  }
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? 'unknown']
  return types.map((type) => single(type, schema, prefix, indent)).join(' | ')
}

function single(type: string, schema: Schema, prefix: string, indent: string): string {
  switch (type) {
    case 'string':
      return 'string'
    case 'integer':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'null':
      return 'null'
    case 'array':
      return `Array<${typeOf(schema.items ?? {}, prefix, indent)}>`
    case 'object':
      return schema.properties === undefined ? 'Record<string, unknown>' : body(schema, prefix, indent)
    default:
      return 'unknown'
  }
}

function body(schema: Schema, prefix: string, indent: string): string {
  const required = schema.required ?? []
  const lines = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const doc = property.description === undefined ? '' : `${indent}  /** ${property.description} */\n`
    return `${doc}${indent}  ${name}${required.includes(name) ? '' : '?'}: ${typeOf(property, prefix, `${indent}  `)}`
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}

function declare(name: string, schema: Schema, prefix: string): string {
  const doc = schema.description === undefined ? '' : `/** ${schema.description} */\n`
  return `${doc}export type ${name} = ${typeOf(schema, prefix, '')}\n`
}

/** The text of a module that declares a type for each schema and each of its definitions. */
export function typescriptTypes(files: SchemaFile[]): string {
  const parts = files.flatMap(({ name, schema }) => {
    const prefix = pascal(name)
    const definitions = Object.entries(schema.$defs ?? {})
      .filter(([key]) => !plainStrings.has(key))
      .map(([key, value]) => declare(prefix + pascal(key), value, prefix))
    const { $defs: _, ...root } = schema
    return [declare(prefix, root, prefix), ...definitions]
  })
  return `// Generated from spec/**/schemas by \`npm run gen\`. Do not edit.\n/* biome-ignore-all lint: generated */\n\n${parts.join('\n')}`
}

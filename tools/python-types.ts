// Python types from the schemas: one TypedDict per object, nested ones named <Schema><Property>, each before its first use.
import { pascal, type Schema, type SchemaFile } from './schemas.ts'

const width = 120

/** Declarations written so far: name → text, in the order in which Python needs them. */
type Declared = Map<string, string>

const quoted = (value: unknown): string =>
  value === null ? 'None' : typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value)

function literal(values: unknown[], column: number): string {
  const one = `Literal[${values.map(quoted).join(', ')}]`
  return column + one.length <= width ? one : `Literal[\n${values.map((value) => `        ${quoted(value)},\n`).join('')}    ]`
}

function typeOf(schema: Schema, name: string, defs: Record<string, Schema>, prefix: string, declared: Declared, column: number): string {
  if (schema.$ref !== undefined) {
    const key = schema.$ref.replace('#/$defs/', '')
    return typeOf(defs[key] ?? {}, prefix + pascal(key), defs, prefix, declared, column)
  }
  if ('const' in schema) return literal([schema.const], column)
  if (schema.enum !== undefined) return literal(schema.enum, column)
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? 'unknown']
  return types.map((type) => single(type, schema, name, defs, prefix, declared)).join(' | ')
}

function single(type: string, schema: Schema, name: string, defs: Record<string, Schema>, prefix: string, declared: Declared): string {
  switch (type) {
    case 'string':
      return 'str'
    case 'integer':
      return 'int'
    case 'boolean':
      return 'bool'
    case 'null':
      return 'None'
    case 'array':
      return `list[${typeOf(schema.items ?? {}, `${name}Item`, defs, prefix, declared, 0)}]`
    case 'object':
      if (schema.properties === undefined) return 'dict[str, object]'
      declare(name, schema, defs, prefix, declared)
      return name
    default:
      return 'object'
  }
}

function declare(name: string, schema: Schema, defs: Record<string, Schema>, prefix: string, declared: Declared): void {
  if (declared.has(name)) return
  const required = schema.required ?? []
  const fields = Object.entries(schema.properties ?? {}).map(([key, property]) => {
    const optional = !required.includes(key)
    const column = 4 + key.length + 2 + (optional ? 'NotRequired[]'.length : 0)
    const type = typeOf(property, name + pascal(key), defs, prefix, declared, column)
    const doc = property.description === undefined ? '' : wrapped(property.description)
    return `${doc}    ${key}: ${optional ? `NotRequired[${type}]` : type}\n`
  })
  declared.set(name, `class ${name}(TypedDict):\n    """${documented(name, prefix, schema)}"""\n\n${fields.join('') || '    pass\n'}`)
}

function documented(name: string, prefix: string, { description }: Schema): string {
  const text = description ?? (name === prefix ? 'As its schema says.' : `Part of \`${prefix}\`.`)
  const lines = wrappedLines(text, width - 10)
  return lines.length === 1 ? text : `${lines.join('\n    ')}\n    `
}

const wrapped = (text: string): string =>
  wrappedLines(text, width - 6)
    .map((line) => `    # ${line}\n`)
    .join('')

function wrappedLines(text: string, limit: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= limit) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** The text of a module that declares a TypedDict for each schema and each object in it. */
export function pythonTypes(files: SchemaFile[]): string {
  const declared: Declared = new Map()
  for (const { name, schema } of files) declare(pascal(name), schema, schema.$defs ?? {}, pascal(name), declared)
  const head = '"""What the control API takes and answers. Generated from spec/api/schemas by `npm run gen`. Do not edit."""'
  return `${head}\n\nfrom typing import Literal, NotRequired, TypedDict\n\n\n${[...declared.values()].join('\n\n')}`
}

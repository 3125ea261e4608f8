// The schemas a verifier carries inside itself: keywords only, annotations stripped.
import type { SchemaFile } from './schemas.ts'

const annotations = new Set(['$schema', '$id', 'title', 'description'])

// Below `properties` and `$defs` keys are names, not keywords: a property may well be called `title`.
function strip(value: unknown, names = false): unknown {
  if (Array.isArray(value)) return value.map((item) => strip(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => names || !annotations.has(key))
      .map(([key, item]) => [key, strip(item, !names && (key === 'properties' || key === '$defs'))]),
  )
}

/** Name and one-line JSON text of every schema, without annotations. */
export const embeddedSchemas = (files: SchemaFile[]): { name: string; text: string }[] =>
  files.map(({ name, schema }) => ({ name, text: JSON.stringify(strip(schema)) }))

/** The text of a TypeScript module that exports the schemas by name. */
export function typescriptSchemas(files: SchemaFile[]): string {
  const lines = embeddedSchemas(files).map(({ name, text }) => `  ${name}: ${text},`)
  return [
    '// Generated from spec/**/schemas by `npm run gen`. Do not edit.',
    '/* biome-ignore-all lint: generated */',
    "import type { Schema } from '../schema.ts'",
    '',
    'export const schemas: Record<string, Schema> = {',
    ...lines,
    '}',
    '',
  ].join('\n')
}

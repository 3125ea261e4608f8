// The schemas a verifier carries inside itself: keywords only, annotations stripped; and the digests of their files.
import { createHash } from 'node:crypto'
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

/** Name and one-line JSON text of every schema, without annotations, and the digest of its whole file. */
export const embeddedSchemas = (files: SchemaFile[]): { name: string; text: string; digest: string }[] =>
  files.map(({ name, schema, text }) => ({
    name,
    text: JSON.stringify(strip(schema)),
    digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
  }))

/** The text of a TypeScript module that exports the schemas by name. */
export function typescriptSchemas(files: SchemaFile[]): string {
  const embedded = embeddedSchemas(files)
  return [
    '// Generated from spec/**/schemas by `npm run gen`. Do not edit.',
    '/* biome-ignore-all lint: generated */',
    "import type { Schema } from '../schema.ts'",
    '',
    'export const schemas: Record<string, Schema> = {',
    ...embedded.map(({ name, text }) => `  ${name}: ${text},`),
    '}',
    '',
    '/** SHA-256 of the schema files. */',
    'export const schemaDigests: Record<string, string> = {',
    ...embedded.map(({ name, digest }) => `  ${name}: '${digest}',`),
    '}',
    '',
  ].join('\n')
}

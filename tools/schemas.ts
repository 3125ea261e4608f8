// Reads the schemas of spec/ for the generators, in one fixed order.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The JSON Schema 2020-12 keywords Clyra allows itself (spec/versioning.md). */
export interface Schema {
  title?: string
  description?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  $ref?: string
  $defs?: Record<string, Schema>
}

export interface SchemaFile {
  name: string
  room: string
  path: string
  text: string
  schema: Schema
}

const rooms = ['common', 'def', 'policy', 'api']

/** Every schema file of the given rooms of spec/, sorted by room and name. */
export function readSchemas(root: string, only: readonly string[] = rooms): SchemaFile[] {
  return rooms
    .filter((room) => only.includes(room))
    .flatMap((room) =>
      readdirSync(join(root, 'spec', room, 'schemas'))
        .filter((file) => file.endsWith('.schema.json'))
        .sort()
        .map((file) => {
          const path = join('spec', room, 'schemas', file)
          const text = readFileSync(join(root, path), 'utf8')
          return { name: file.replace('.schema.json', ''), room, path, text, schema: JSON.parse(text) as Schema }
        }),
    )
}

/** `approval_certificate` → `ApprovalCertificate`. */
export const pascal = (name: string): string =>
  name
    .split('_')
    .filter(Boolean)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')

// The OpenAPI document as one file: spec/api/openapi.json with the schemas it points to.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '..', '..', 'spec', 'api')
const outside = /^\.\/schemas\/([a-z_]+)\.schema\.json$/

type Node = { [key: string]: unknown }

/** A self-contained OpenAPI 3.1 document: every reference points into it. */
export function openapiDocument(): Node {
  const schemas: Node = {}
  const document = inline(readJson('openapi.json'), '#', schemas) as Node & { components: Node }
  return { ...document, components: { ...document.components, schemas } }
}

// `home` is where `#/…` references of the present file now live.
function inline(value: unknown, home: string, schemas: Node): unknown {
  if (Array.isArray(value)) return value.map((item) => inline(item, home, schemas))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [
    name,
    name === '$ref' && typeof member === 'string' ? moved(member, home, schemas) : inline(member, home, schemas),
  ])
  return Object.fromEntries(members)
}

function moved(reference: string, home: string, schemas: Node): string {
  const name = outside.exec(reference)?.[1]
  if (name === undefined) return reference.replace(/^#/, home)
  const target = `#/components/schemas/${name}`
  if (!(name in schemas)) {
    schemas[name] = {}
    const { $id: _id, $schema: _schema, ...schema } = readJson(`schemas/${name}.schema.json`)
    schemas[name] = inline(schema, target, schemas)
  }
  return target
}

const readJson = (file: string): Node => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Node

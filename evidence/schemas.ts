// The schemas of spec/, as ajv judges them. Everything that leaves as evidence passes here first.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { ClyraError } from '../core/errors.ts'
import { digest } from '../runtime/digest.ts'

const spec = join(import.meta.dirname, '..', 'spec')

const texts = new Map(
  ['common', 'def', 'policy'].flatMap((room) => {
    const folder = join(spec, room, 'schemas')
    return readdirSync(folder)
      .filter((file) => file.endsWith('.schema.json'))
      .map((file) => [file.replace('.schema.json', ''), readFileSync(join(folder, file), 'utf8')] as const)
  }),
)

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })
const compiled = new Map<string, ValidateFunction>()

const schemaOfKind: Readonly<Record<string, string>> = { anchor: 'warehouse_anchor', delta: 'semantic_delta' }

/** The schema a receipt's body is judged by: the kind's own name, but for anchor and delta. */
export const bodySchema = (kind: string): string => schemaOfKind[kind] ?? kind

/** SHA-256 of the schema file. CLYRA_EVIDENCE_INVALID for a name spec/ does not know. */
export const schemaDigest = (name: string): string => digest(textOf(name))

/** True when the value fits the schema. CLYRA_EVIDENCE_INVALID for a name spec/ does not know. */
export const fits = (name: string, value: unknown): boolean => validator(name)(value)

/** Throws CLYRA_EVIDENCE_INVALID with the places (no values) unless the value fits the schema. */
export function demand(name: string, value: unknown): void {
  const validate = validator(name)
  if (validate(value)) return
  const faults = (validate.errors ?? []).map(({ instancePath, keyword }) => ({ pointer: instancePath || '/', detail: `breaks ${keyword}` }))
  throw new ClyraError(
    'CLYRA_EVIDENCE_INVALID',
    `expected a ${name}; ${faults.map((fault) => `${fault.pointer} ${fault.detail}`).join(', ')}`,
    {
      faults,
    },
  )
}

function validator(name: string): ValidateFunction {
  const known = compiled.get(name)
  if (known !== undefined) return known
  const made = ajv.compile(JSON.parse(textOf(name)))
  compiled.set(name, made)
  return made
}

function textOf(name: string): string {
  const text = texts.get(name)
  if (text === undefined) throw new ClyraError('CLYRA_EVIDENCE_INVALID', `expected a schema of spec/, got ${name}`)
  return text
}

// policy.yaml from text: every fault at once, each with file, line and column.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { type Document, LineCounter, parseDocument } from 'yaml'
import { canonical } from '../core/canonical.ts'
import { ClyraError, type Fault } from '../core/errors.ts'
import { compilePolicy, type Policy, type PolicyDocument, policyFaults } from '../core/policy/compile.ts'
import { digest } from './digest.ts'
import { type Path, placesOf } from './policy-place.ts'

/** A policy that was read, checked and compiled. */
export interface LoadedPolicy {
  document: PolicyDocument
  policy: Policy
  policy_id: string
  /** `sha256:<hex>` of canonicalText. */
  digest: string
  /** The canonical JSON of the document: a blob of every bundle it judged for. */
  canonicalText: string
  /** `file:line:column` of a value of the document. */
  placeOf: (path: Path) => string
}

const schemaFile = join(import.meta.dirname, '../spec/policy/schemas/policy.schema.json')
const fits = new Ajv2020({ allErrors: true }).compile<PolicyDocument>(JSON.parse(readFileSync(schemaFile, 'utf8')))

/** Reads a policy. Throws CLYRA_POLICY_INVALID listing every fault; a fault's pointer is `file:line:column`. */
export function loadPolicy(text: string, fileName: string): LoadedPolicy {
  const lines = new LineCounter()
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const { placeOf, keyPlaceOf, at } = placesOf(yaml, text, lines, fileName)
  if (yaml.errors.length > 0)
    throw invalid(
      fileName,
      yaml.errors.map(({ pos, message }) => ({ pointer: at(pos[0]), detail: message })),
    )
  const document = asValue(yaml, fileName)
  if (!fits(document))
    throw invalid(
      fileName,
      (fits.errors ?? []).map((error) => schemaFault(error, placeOf, keyPlaceOf)),
    )
  const faults = policyFaults(document)
  if (faults.length > 0)
    throw invalid(
      fileName,
      faults.map(({ path, offset, detail }) => ({ pointer: placeOf(path, offset ?? undefined), detail })),
    )
  const canonicalText = canonical(document)
  const policy = compilePolicy(document)
  return { document, policy, policy_id: document.policy_id, digest: digest(canonicalText), canonicalText, placeOf }
}

// Aliases are resolved here, and yaml refuses those that would grow without bound.
function asValue(yaml: Document, fileName: string): unknown {
  try {
    return yaml.toJS()
  } catch (error) {
    throw invalid(fileName, [{ pointer: `${fileName}:1:1`, detail: (error as Error).message }])
  }
}

function schemaFault(error: ErrorObject, placeOf: (path: Path) => string, keyPlaceOf: (path: Path) => string): Fault {
  const path = error.instancePath.split('/').slice(1)
  const params = error.params as { additionalProperty?: string; allowedValues?: unknown[]; allowedValue?: unknown }
  if (params.additionalProperty !== undefined)
    return { pointer: keyPlaceOf([...path, params.additionalProperty]), detail: `expected no key ${params.additionalProperty} here` }
  const values = params.allowedValues ?? ('allowedValue' in params ? [params.allowedValue] : null)
  const detail = values === null ? (error.message ?? 'is invalid') : `must be ${values.map((value) => JSON.stringify(value)).join(' or ')}`
  return { pointer: placeOf(path), detail: `${path.at(-1) ?? 'the policy'} ${detail}` }
}

const invalid = (fileName: string, faults: Fault[]): ClyraError =>
  new ClyraError('CLYRA_POLICY_INVALID', `expected a sound policy in ${fileName}, found ${faults.length} faults`, { faults })

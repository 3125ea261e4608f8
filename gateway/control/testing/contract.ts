// Holds every answer of the tests against the contract that is served.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { openapiDocument } from '../openapi.ts'

interface Operations {
  [method: string]: { responses: Record<string, { $ref?: string; content?: Record<string, unknown> }> } | undefined
}

const document = openapiDocument() as { paths: Record<string, Operations>; components: { responses: Record<string, { content: object }> } }
const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema(document, 'openapi')
const compiled = new Map<string, ValidateFunction>()

const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))

/** Throws when a path of the contract answers with a status, media type or body the contract does not have. */
export function demandConforming(request: InjectOptions, response: LightMyRequestResponse): void {
  const method = (request.method ?? 'GET').toLowerCase()
  const pathname = String(request.url).split('?')[0] ?? ''
  const found = Object.keys(document.paths).find((path) => new RegExp(`^${path.replace(/\{[a-z_]+\}/g, '[^/]+')}$`).test(pathname))
  const responses = found === undefined ? undefined : document.paths[found]?.[method]?.responses
  const type = String(response.headers['content-type']).split(';')[0] ?? ''
  const status = String(response.statusCode)
  // What fails inside is a defect, not part of the contract.
  if (found === undefined || responses === undefined || status === '500') return
  const documented = responses[status]
  if (documented === undefined) throw new Error(`${method} ${found} answered ${status}, which the contract does not have`)
  const place = documented.$ref?.slice(1) ?? `/paths/${escaped(found)}/${method}/responses/${status}`
  const content = documented.content ?? document.components.responses[place.split('/').at(-1) ?? '']?.content ?? {}
  if (!(type in content)) throw new Error(`${method} ${found} ${status} answered ${type}, which the contract does not have`)
  if (type === 'application/zip') return
  const validate = validatorAt(`openapi#${place}/content/${escaped(type)}/schema`)
  if (!validate(response.json())) throw new Error(`${method} ${found} ${status}: ${ajv.errorsText(validate.errors)}`)
}

function validatorAt(reference: string): ValidateFunction {
  const known = compiled.get(reference) ?? ajv.compile({ $ref: reference })
  compiled.set(reference, known)
  return known
}

// The served OpenAPI document with values that exist here: without them nearly every generated request would end at a 404.
import type { Existing } from './existing.ts'

type Node = Record<string, unknown>
interface Document {
  paths: Record<
    string,
    Record<string, { parameters?: { $ref: string }[]; requestBody?: { content: Record<string, { example?: unknown }> } }>
  >
  components: {
    parameters: Record<string, { schema: Node; examples?: Node }>
    schemas: Record<string, { properties: Record<string, Node> }>
  }
}

/** Half of the generated ids, keys and names are then among the existing ones; the schemas stay as strict as they were. */
export function withExisting(served: string, here: Existing): string {
  const { changes, callers, waiting, login, keyId, spki, targets, subjectId, slackUser, signOn } = here
  const document = JSON.parse(served) as Document
  const { parameters, schemas } = document.components
  const known = (name: string, values: string[]) => {
    const parameter = parameters[name]
    if (parameter === undefined) throw new Error(`expected a parameter ${name}, found none`)
    parameter.schema = { anyOf: [{ enum: values }, parameter.schema] }
    parameter.examples = Object.fromEntries(values.map((value, index) => [`existing${index}`, { value }]))
  }
  const ownIds = (path: string, name: string, values: string[]) => {
    const item = document.paths[path] as { parameters?: unknown } | undefined
    if (parameters.id === undefined || item === undefined) throw new Error(`expected a path ${path} with an id, found none`)
    parameters[name] = structuredClone(parameters.id)
    item.parameters = [{ $ref: `#/components/parameters/${name}` }]
    known(name, values)
  }
  // A cancelled change has no work for its caller any more, so cancelling is left to the others.
  ownIds('/v1/changes/{id}/cancel', 'cancellable', changes)
  // What is to be signed is about one change. A sign-on is used up by whatever change it is redeemed for first.
  ownIds('/v1/approvals/{id}/sign-ons', 'signable', [waiting])
  ownIds('/v1/approvals/{id}/sign-ons/redeem', 'redeemable', [waiting])
  Object.assign(parameters.redeemable ?? {}, { schema: { enum: [waiting] } })
  known('id', [...callers, ...changes])
  known('key_id', [keyId])
  known('name', targets)
  known('subject_id', [subjectId])
  known('team_id', [slackUser.team_id])
  known('user_id', [slackUser.user_id])
  const request = schemas.change_request?.properties
  if (request?.target === undefined) throw new Error('expected change_request.target, found none')
  const grant = schemas.grant_request?.properties
  if (grant?.login === undefined) throw new Error('expected grant_request.login, found none')
  grant.login = { anyOf: [{ enum: [login] }, grant.login] }
  request.target = { anyOf: [{ enum: targets }, request.target] }
  // What no schema can say: a point of the curve, and the very policy of the target.
  onlyValue(schemas, 'approver_request', 'spki', spki)
  onlyValue(schemas, 'gate_request', 'policy_id', 'sox-controls')
  // Generated waits of a minute would find nothing that the gateway's own tests of `wait` do not.
  const look = document.paths['/v1/changes/{id}']?.get
  if (look?.parameters === undefined) throw new Error('expected parameters of GET /v1/changes/{id}, found none')
  look.parameters = look.parameters.filter(({ $ref }) => !$ref.endsWith('/wait'))
  example(document, '/v1/changes', { kind: 'sql', target: targets[0], statements: ['SELECT 1'], reason: 'fuzzing' })
  example(document, '/v1/slack/links', { user_id: slackUser.user_id })
  if (signOn !== null) {
    example(document, '/v1/approvals/{id}/sign-ons', signOn.begin)
    example(document, '/v1/approvals/{id}/sign-ons/redeem', signOn.redeem)
  }
  example(document, '/v1/approvers', { person: 'dora@shop.example', spki })
  return JSON.stringify(document)
}

function onlyValue(schemas: Document['components']['schemas'], schema: string, property: string, value: string): void {
  const properties = schemas[schema]?.properties
  if (properties?.[property] === undefined) throw new Error(`expected ${schema}.${property}, found none`)
  properties[property] = { const: value }
}

function example(document: Document, path: string, value: object): void {
  const content = document.paths[path]?.post?.requestBody?.content['application/json']
  if (content === undefined) throw new Error(`expected a body of POST ${path}, found none`)
  content.example = value
}

/** `<method> <path of the document>` of a request, or null when the document has no such operation. */
export function operationOf(served: string, method: string, pathname: string): string | null {
  const { paths } = JSON.parse(served) as Document
  const path = Object.keys(paths).find((each) => new RegExp(`^${each.replaceAll(/\{[a-z_]+\}/g, '[^/]+')}$`).test(pathname))
  return path !== undefined && method.toLowerCase() in (paths[path] ?? {}) ? `${method} ${path}` : null
}

/** Every operation as `<method> <path>`. */
export function operations(served: string): string[] {
  const { paths } = JSON.parse(served) as Document
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => method !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${path}`),
  )
}

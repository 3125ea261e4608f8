// The served OpenAPI document with values that exist here: without them nearly every generated request would end at a 404.

export interface Existing {
  /** Changes of all sorts: closed, waiting. */
  changes: string[]
  /** Changes whose caller has the work: one that waits for him, one that he has done. */
  callers: string[]
  /** A login of the warehouse that may redeem grants. */
  login: string
  keyId: string
  spki: string
  targets: string[]
}

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
export function withExisting(served: string, { changes, callers, login, keyId, spki, targets }: Existing): string {
  const document = JSON.parse(served) as Document
  const { parameters, schemas } = document.components
  const known = (name: string, values: string[]) => {
    const parameter = parameters[name]
    if (parameter === undefined) throw new Error(`expected a parameter ${name}, found none`)
    parameter.schema = { anyOf: [{ enum: values }, parameter.schema] }
    parameter.examples = Object.fromEntries(values.map((value, index) => [`existing${index}`, { value }]))
  }
  // A cancelled change has no work for its caller any more, so cancelling is left to the others.
  const cancel = document.paths['/v1/changes/{id}/cancel'] as { parameters?: unknown } | undefined
  if (parameters.id === undefined || cancel === undefined) throw new Error('expected to be able to cancel a change, found no such path')
  parameters.cancellable = structuredClone(parameters.id)
  cancel.parameters = [{ $ref: '#/components/parameters/cancellable' }]
  known('cancellable', changes)
  known('id', [...callers, ...changes])
  known('key_id', [keyId])
  known('name', targets)
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

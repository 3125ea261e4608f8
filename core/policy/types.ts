// The types a rule is checked against: what `facts`, `change` and `policy` hold, in the words of the schemas.

/** A type of the rule language. `unknown` is the element type of an empty list, and stands for a type that has a fault already. */
export type Type =
  | { readonly kind: 'bool' | 'int' | 'double' | 'string' | 'null' | 'unknown' }
  | { readonly kind: 'list' | 'nullable'; readonly of: Type }
  | { readonly kind: 'object'; readonly name: string; readonly fields: Readonly<Record<string, Type>> }

export const bool: Type = { kind: 'bool' }
export const int: Type = { kind: 'int' }
export const double: Type = { kind: 'double' }
export const string: Type = { kind: 'string' }
export const nil: Type = { kind: 'null' }
export const unknown: Type = { kind: 'unknown' }

/** `list(T)`. */
export const list = (of: Type): Type => ({ kind: 'list', of })

const nullable = (of: Type): Type => ({ kind: 'nullable', of })
const object = (name: string, fields: Record<string, Type>): Type => ({ kind: 'object', name, fields })

const relation = object('relation', { schema: string, name: string, access: string })

const statement = object('statement', {
  kind: string,
  relations: list(relation),
  functions: list(string),
  predicate: string,
  details: list(string),
  estimated_rows: nullable(int),
  estimate_basis: string,
  relation_rows: nullable(int),
})

const history = object('history', {
  changes_24h: nullable(int),
  rows_24h: nullable(int),
  requester_changes_24h: nullable(int),
  first_write: nullable(bool),
})

/** The variables of a rule. `facts` follows spec/common/schemas/facts.schema.json; a test holds the two equal. */
export const variables: Readonly<Record<string, Type>> = {
  facts: object('facts', {
    parsed: string,
    role: string,
    statements: list(statement),
    estimated_rows: nullable(int),
    refusals: list(object('refusal', { code: string, statement: nullable(int), detail: string })),
    platform: string,
    server_version: nullable(string),
    simulated: bool,
    history,
  }),
  change: object('change', {
    target: string,
    kind: string,
    mode: string,
    executor: string,
    source: string,
    requester: string,
    person: string,
    role: string,
    statements: int,
    reason: string,
    claimed_person: string,
    late: bool,
  }),
  policy: object('policy', { max_rows_without_approval: int, max_rows: int }),
}

/** How a type is named in a message: `list(string)`, `int or null`, `statement`. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case 'list':
      return `list(${typeName(type.of)})`
    case 'nullable':
      return `${typeName(type.of)} or null`
    case 'object':
      return type.name
    default:
      return type.kind
  }
}

/** The one type both values have, or null when they have none. */
export function common(a: Type, b: Type): Type | null {
  if (a.kind === 'unknown') return b
  if (b.kind === 'unknown') return a
  if (a.kind === 'null' || a.kind === 'nullable' || b.kind === 'null' || b.kind === 'nullable') return commonNullable(a, b)
  if (a.kind === 'list' && b.kind === 'list') {
    const of = common(a.of, b.of)
    return of === null ? null : list(of)
  }
  if (a.kind === 'object' && b.kind === 'object') return a.name === b.name ? a : null
  return a.kind === b.kind ? a : null
}

function commonNullable(a: Type, b: Type): Type | null {
  if (a.kind === 'null' && b.kind === 'null') return nil
  if (a.kind === 'null') return b.kind === 'nullable' ? b : nullable(b)
  if (b.kind === 'null') return a.kind === 'nullable' ? a : nullable(a)
  const of = common(withoutNull(a), withoutNull(b))
  return of === null ? null : nullable(of)
}

/** `T` for `T or null`. */
export const withoutNull = (type: Type): Type => (type.kind === 'nullable' ? type.of : type)

// The functions and operators of the rule language (cel-spec, doc/langdef.md), as far as Clyra allows them, and their result types.
import { bool, common, int, type Type, unknown, withoutNull } from './types.ts'

// Null where the operands do not fit. Operands that have a fault already are `unknown` and fit everywhere.
type Signature = (operands: readonly Type[]) => Type | null

const is = (type: Type | undefined, ...kinds: Type['kind'][]): boolean =>
  type !== undefined && (type.kind === 'unknown' || kinds.includes(withoutNull(type).kind))

const takes =
  (result: Type, ...operands: Type['kind'][]): Signature =>
  (found) =>
    found.length === operands.length && operands.every((kind, index) => is(found[index], kind)) ? result : null

// An ordering or an arithmetic operator on `int or null` is allowed: null is an evaluation error, and that denies.
const sameKind =
  (kinds: Type['kind'][], result: (operand: Type) => Type): Signature =>
  ([a = unknown, b = unknown]) => {
    const operand = common(withoutNull(a), withoutNull(b))
    return operand !== null && is(operand, ...kinds) ? result(operand) : null
  }

const equality: Signature = ([a = unknown, b = unknown]) => {
  if (is(a, 'int', 'double') && is(b, 'int', 'double')) return bool
  return common(a, b) === null || (a.kind !== b.kind && !comparableKinds(a, b)) ? null : bool
}

// A value that is never null must not be compared with null: the author means something else.
const comparableKinds = (a: Type, b: Type): boolean =>
  a.kind === 'unknown' || b.kind === 'unknown' || a.kind === 'nullable' || b.kind === 'nullable'

const ordering = sameKind(['int', 'double', 'string'], () => bool)
const arithmetic = sameKind(['int', 'double'], (operand) => operand)

const size: Signature = (operands) => (operands.length === 1 && is(operands[0], 'string', 'list') ? int : null)

const index: Signature = ([target = unknown, at]) => {
  if (target.kind === 'unknown') return unknown
  return target.kind === 'list' && is(at, 'int') ? target.of : null
}

const membership: Signature = ([item = unknown, of = unknown]) => {
  if (of.kind === 'unknown') return bool
  return of.kind === 'list' && equality([item, of.of]) !== null ? bool : null
}

const conditional: Signature = ([condition, a = unknown, b = unknown]) => (is(condition, 'bool') ? common(a, b) : null)

/** Operators and functions by the name the parser gives them. */
export const functions: Readonly<Record<string, Signature>> = {
  '_&&_': takes(bool, 'bool', 'bool'),
  '_||_': takes(bool, 'bool', 'bool'),
  '!_': takes(bool, 'bool'),
  '@not_strictly_false': takes(bool, 'bool'),
  '_==_': equality,
  '_!=_': equality,
  '_<_': ordering,
  '_<=_': ordering,
  '_>_': ordering,
  '_>=_': ordering,
  '_+_': sameKind(['int', 'double', 'string', 'list'], (operand) => operand),
  '_-_': arithmetic,
  '_*_': arithmetic,
  '_/_': arithmetic,
  '_%_': takes(int, 'int', 'int'),
  '-_': ([operand = unknown]) => (is(operand, 'int', 'double') ? operand : null),
  '_?_:_': conditional,
  '_[_]': index,
  '@in': membership,
  size,
}

/** Methods by name; the first operand is the value they are called on. */
export const methods: Readonly<Record<string, Signature>> = {
  size,
  contains: takes(bool, 'string', 'string'),
  startsWith: takes(bool, 'string', 'string'),
  endsWith: takes(bool, 'string', 'string'),
  matches: takes(bool, 'string', 'string'),
}

/** `_&&_` as `&&`, for messages. */
export const spelled = (name: string): string => name.replace('@in', 'in').replace('_?_:_', '?:').replaceAll('_', '')

/** What a rule may call, for the fault about a function it may not. */
export const knownFunctions = [
  'size',
  'contains',
  'startsWith',
  'endsWith',
  'matches',
  'exists',
  'all',
  'exists_one',
  'filter',
  'map',
  'has',
]

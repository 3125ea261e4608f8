// The type check of one rule. @bufbuild/cel 0.6 checks constants and identifiers only, so that a misspelt field would first show
// at evaluation, as a denial; here it is a fault of the policy with its place.
import { isCelError, parse, run } from '@bufbuild/cel'
import { functions, knownFunctions, methods, spelled } from './functions.ts'
import { bool, common, double, int, list, nil, string, type Type, typeName, unknown, variables } from './types.ts'

type Expr = NonNullable<ReturnType<typeof parse>['expr']>
type ExprOf<Case extends Expr['exprKind']['case']> = Extract<Expr['exprKind'], { case: Case }>['value']

/** One fault of an expression; `offset` counts UTF-16 units from its start. */
export interface ExprFault {
  offset: number
  detail: string
}

interface Scope {
  readonly names: Readonly<Record<string, Type>>
  /** How many exists, all, filter or map stand around this place. */
  readonly depth: number
  readonly fault: (expr: Expr, detail: string) => Type
}

// Lists of a payload are long enough that a third level would be felt by every change.
const maxDepth = 2

/** Every fault of a rule's expression: syntax, names, fields, types. Empty when it is sound and gives a bool. */
export function checkExpression(text: string): ExprFault[] {
  const parsed = parseExpression(text)
  if ('detail' in parsed) return [parsed]
  const faults: ExprFault[] = []
  const positions = parsed.sourceInfo?.positions ?? {}
  const fault = (expr: Expr, detail: string): Type => {
    faults.push({ offset: positions[String(expr.id)] ?? 0, detail })
    return unknown
  }
  const type = typeOf(parsed.expr, { names: variables, depth: 0, fault })
  if (type.kind !== 'bool' && type.kind !== 'unknown') fault(parsed.expr, `expected a condition of type bool, found ${typeName(type)}`)
  return faults
}

function parseExpression(text: string): ReturnType<typeof parse> | ExprFault {
  try {
    return parse(text)
  } catch (error) {
    const { location } = error as { location?: { start: { offset: number } } }
    return { offset: location?.start.offset ?? 0, detail: 'expected a CEL expression, found a syntax error' }
  }
}

function typeOf(expr: Expr, scope: Scope): Type {
  const { exprKind } = expr
  switch (exprKind.case) {
    case 'constExpr':
      return constType(exprKind.value) ?? scope.fault(expr, 'expected a bool, int, double, string or null literal')
    case 'identExpr':
      return identType(expr, exprKind.value.name, scope)
    case 'selectExpr':
      return selectType(expr, exprKind.value, scope)
    case 'callExpr':
      return callType(expr, exprKind.value, scope)
    case 'listExpr':
      return listType(expr, exprKind.value, scope)
    case 'comprehensionExpr':
      return comprehensionType(expr, exprKind.value, scope)
    default:
      return scope.fault(expr, 'expected no map or message literal; rules have none')
  }
}

function constType({ constantKind }: ExprOf<'constExpr'>): Type | null {
  switch (constantKind.case) {
    case 'boolValue':
      return bool
    case 'int64Value':
      return int
    case 'doubleValue':
      return double
    case 'stringValue':
      return string
    case 'nullValue':
      return nil
    default:
      return null
  }
}

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

const identType = (expr: Expr, name: string, { names, fault }: Scope): Type =>
  own(names, name) ?? fault(expr, `expected ${Object.keys(variables).join(', ')} or a variable of exists and the like, found ${name}`)

function selectType(expr: Expr, { operand, field, testOnly }: ExprOf<'selectExpr'>, scope: Scope): Type {
  const of = operand === undefined ? unknown : typeOf(operand, scope)
  if (of.kind === 'unknown') return testOnly ? bool : unknown
  if (of.kind !== 'object') return scope.fault(expr, `expected a value with fields before .${field}, found ${typeName(of)}`)
  const type = own(of.fields, field)
  if (type === undefined) return scope.fault(expr, `expected a field of ${of.name} (${Object.keys(of.fields).join(', ')}), found ${field}`)
  return testOnly ? bool : type
}

function callType(expr: Expr, { function: name, target, args }: ExprOf<'callExpr'>, scope: Scope): Type {
  const signature = own(target === undefined ? functions : methods, name)
  if (signature === undefined) return scope.fault(expr, `expected one of ${knownFunctions.join(', ')}, found ${name}`)
  const operands = (target === undefined ? args : [target, ...args]).map((operand) => typeOf(operand, scope))
  const result = signature(operands)
  if (result === null) return scope.fault(expr, `expected operands that fit ${spelled(name)}, found ${operands.map(typeName).join(', ')}`)
  if (name === 'matches' && !isPattern(args[0])) return scope.fault(expr, 'expected an RE2 pattern as a string literal')
  return result
}

// A pattern that is written out can be tried now, so that it cannot fail at a change.
function isPattern(arg: Expr | undefined): boolean {
  if (arg?.exprKind.case !== 'constExpr' || arg.exprKind.value.constantKind.case !== 'stringValue') return false
  return !isCelError(run('"".matches(pattern)', { pattern: arg.exprKind.value.constantKind.value }))
}

function listType(expr: Expr, { elements }: ExprOf<'listExpr'>, scope: Scope): Type {
  const types = elements.map((element) => typeOf(element, scope))
  const of = types.reduce<Type | null>((sum, type) => (sum === null ? null : common(sum, type)), unknown)
  return of === null ? scope.fault(expr, `expected elements of one type, found ${types.map(typeName).join(', ')}`) : list(of)
}

// exists, all, exists_one, filter and map arrive expanded: a fold of loopStep over iterRange into accuVar.
function comprehensionType(expr: Expr, fold: ExprOf<'comprehensionExpr'>, scope: Scope): Type {
  const { iterRange, accuInit, loopCondition, loopStep, result } = fold
  if (!iterRange || !accuInit || !loopCondition || !loopStep || !result) return scope.fault(expr, 'expected a whole comprehension')
  const range = typeOf(iterRange, scope)
  if (range.kind !== 'list') return range.kind === 'unknown' ? unknown : scope.fault(expr, `expected a list, found ${typeName(range)}`)
  if (scope.depth === maxDepth) return scope.fault(expr, `expected at most ${maxDepth} lists walked within each other, found one more`)
  const inner = (accu: Type): Scope => ({
    ...scope,
    depth: scope.depth + 1,
    names: { ...scope.names, [fold.iterVar]: range.of, [fold.accuVar]: accu },
  })
  const initial = typeOf(accuInit, scope)
  const stepped = typeOf(loopStep, inner(initial))
  const accu = common(initial, stepped) ?? scope.fault(expr, `expected a condition of type bool, found ${typeName(stepped)}`)
  typeOf(loopCondition, inner(accu))
  return typeOf(result, inner(accu))
}

// Judges request bodies by the schemas of spec/api. All faults at once, each with its JSON pointer, never a value.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { canonical } from '../../core/canonical.ts'
import { ClyraError, type Fault } from '../../core/errors.ts'
import type {
  ApproverRequest,
  CancelRequest,
  ChangeRequest,
  DecisionRequest,
  FreezeRequest,
  GateRequest,
  GrantRequest,
  InviteRequest,
  RedeemRequest,
  SignOnRequest,
  SlackLinkRequest,
  StatementRequest,
} from '../../core/generated/types.ts'

interface Bodies {
  approver_request: ApproverRequest
  cancel_request: CancelRequest
  change_request: ChangeRequest
  decision_request: DecisionRequest
  freeze_request: FreezeRequest
  gate_request: GateRequest
  grant_request: GrantRequest
  invite_request: InviteRequest
  redeem_request: RedeemRequest
  sign_on_request: SignOnRequest
  statement_request: StatementRequest
  slack_link_request: SlackLinkRequest
}

const names = [
  'approver_request',
  'cancel_request',
  'change_request',
  'decision_request',
  'freeze_request',
  'gate_request',
  'grant_request',
  'invite_request',
  'redeem_request',
  'sign_on_request',
  'statement_request',
  'slack_link_request',
] as const
const folder = join(import.meta.dirname, '..', '..', 'spec', 'api', 'schemas')
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const validators = Object.fromEntries(
  names.map((name) => [name, ajv.compile(JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8')))]),
) as Record<(typeof names)[number], ValidateFunction>

const mostFaults = 100
// PostgreSQL text holds no U+0000.
const withoutNul = '^[^\\u0000]*$'
const plainName = /^[a-z_]{1,40}$/

/** Every fault of a body; empty when it fits its schema and can be written canonically. */
export function faultsOf(schema: keyof Bodies, body: unknown): Fault[] {
  const validate = validators[schema]
  if (!validate(body)) return (validate.errors ?? []).filter(isFault).slice(0, mostFaults).map(faultOf)
  return uncanonical(body)
}

/** The body as its type. CLYRA_API_INVALID with all faults of the body and those found elsewhere in the request. */
export function demandBody<S extends keyof Bodies>(schema: S, body: unknown, elsewhere: readonly Fault[] = []): Bodies[S] {
  demandNone([...elsewhere, ...faultsOf(schema, body)])
  return body as Bodies[S]
}

/** CLYRA_API_INVALID when there is any fault. */
export function demandNone(faults: readonly Fault[]): void {
  if (faults.length === 0) return
  throw new ClyraError('CLYRA_API_INVALID', `expected a request that fits the API, found ${faults.length} fault(s)`, { faults })
}

// What broke the branch of a condition is a fault of its own.
const isFault = ({ keyword }: ErrorObject): boolean => keyword !== 'if'

function faultOf({ keyword, instancePath, params, message }: ErrorObject): Fault {
  const pointer = instancePath || '/'
  switch (keyword) {
    case 'required':
      return { pointer: `${instancePath}/${params.missingProperty}`, detail: 'is required' }
    case 'additionalProperties':
      // A name is the caller's text too; only what looks like a misspelt field is given back.
      return {
        pointer,
        detail: plainName.test(params.additionalProperty) ? `has no property ${params.additionalProperty}` : 'has an unknown property',
      }
    case 'const':
      return { pointer, detail: `must be ${JSON.stringify(params.allowedValue)}` }
    case 'false schema':
      return { pointer, detail: 'is only for executor caller' }
    case 'enum':
      return { pointer, detail: `must be one of ${params.allowedValues.join(', ')}` }
    case 'pattern':
      return { pointer, detail: params.pattern === withoutNul ? 'must not contain U+0000' : (message ?? 'breaks pattern') }
    default:
      return { pointer, detail: message ?? `breaks ${keyword}` }
  }
}

function uncanonical(body: unknown): Fault[] {
  try {
    canonical(body)
    return []
  } catch (error) {
    return [{ pointer: '/', detail: (error as Error).message }]
  }
}

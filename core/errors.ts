// Every error Clyra can raise: one code, one meaning, never reused. docs/errors.md lists the same codes; a test holds them equal.
import { apiErrors } from './errors/api.ts'
import { approvalErrors } from './errors/approval.ts'
import { cliErrors } from './errors/cli.ts'
import { configErrors } from './errors/config.ts'
import { doorErrors } from './errors/door.ts'
import { evidenceErrors } from './errors/evidence.ts'
import { grantErrors } from './errors/grant.ts'
import { guardErrors } from './errors/guard.ts'
import { ledgerErrors } from './errors/ledger.ts'
import { policyErrors } from './errors/policy.ts'
import { postgresErrors } from './errors/postgres.ts'
import { slackErrors } from './errors/slack.ts'
import { ssoErrors } from './errors/sso.ts'
import { temporalErrors } from './errors/temporal.ts'

/** What is the same for every error of one code. `remedy` says what to do next, in one sentence. */
export interface ErrorKind {
  http: number
  retryable: boolean
  remedy: string
}

export const errorKinds = {
  ...apiErrors,
  ...approvalErrors,
  ...cliErrors,
  ...configErrors,
  ...doorErrors,
  ...evidenceErrors,
  ...grantErrors,
  ...guardErrors,
  ...ledgerErrors,
  ...policyErrors,
  ...postgresErrors,
  ...slackErrors,
  ...ssoErrors,
  ...temporalErrors,
} satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errorKinds

/** One fault of an input and its place: a JSON pointer, a `line:column` or an argument name. */
export interface Fault {
  pointer: string
  detail: string
}

/** The only error class of Clyra. Compare `code`, never `instanceof` across a process or workflow border. */
export class ClyraError extends Error {
  readonly code: ErrorCode
  readonly faults: readonly Fault[]

  /** @param message what was expected and what was found; never a payload, a value or a secret. */
  constructor(code: ErrorCode, message: string, options: { faults?: readonly Fault[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ClyraError'
    this.code = code
    this.faults = options.faults ?? []
  }
}

/** The kind behind a code; an unknown code is a defect and reads as a non-retryable 500. */
export function errorKind(code: string): ErrorKind {
  return (errorKinds as Record<string, ErrorKind>)[code] ?? errorKinds.CLYRA_INTERNAL
}

/** The code of any thrown value; what is not ours is CLYRA_INTERNAL. */
export function codeOf(error: unknown): ErrorCode {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && code in errorKinds ? (code as ErrorCode) : 'CLYRA_INTERNAL'
}

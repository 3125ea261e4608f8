// What the shell is told. The same numbers for every command.
import { errorKind } from '../core/errors.ts'
import type { ChangeView } from '../core/generated/types.ts'

export const exit = {
  ok: 0,
  /** Failed, or judged invalid. */
  failed: 1,
  /** Wrong usage, or not enough to judge by. */
  usage: 2,
  /** Denied by policy or rejected by a person. */
  denied: 3,
  /** Expired or cancelled: the same request may be made again. */
  expired: 4,
  /** Clyra cannot be reached: try again. */
  unreachable: 5,
  /** Whether the change was applied cannot be told. */
  ambiguous: 6,
} as const

export type Exit = (typeof exit)[keyof typeof exit]

const outcomes: Record<NonNullable<ChangeView['outcome']>, Exit> = {
  enforced: exit.ok,
  observed: exit.ok,
  denied: exit.denied,
  rejected: exit.denied,
  expired: exit.expired,
  cancelled: exit.expired,
  failed: exit.failed,
  ambiguous: exit.ambiguous,
}

/** The exit code of a change. A change without an outcome yet cannot be judged: 2. */
export const exitOfOutcome = (outcome: ChangeView['outcome']): Exit => (outcome === null ? exit.usage : outcomes[outcome])

const usageErrors = ['CLYRA_CLI_USAGE', 'CLYRA_CLI_FILE', 'CLYRA_API_INVALID', 'CLYRA_API_TOO_LARGE']
// A decision that cannot be made any more is refused, whether the gateway says so by a result or by a problem.
const refusals = ['CLYRA_APPROVAL_NOT_OPEN', 'CLYRA_APPROVAL_EXPIRED', 'CLYRA_APPROVAL_UNKNOWN_KEY', 'CLYRA_APPROVAL_GRADE']

/** The exit code of an error, by its code alone. Whatever answers 503 counts as unreachable: try again. */
export function exitOfError(code: string): Exit {
  if (code === 'CLYRA_POLICY_DENIED' || refusals.includes(code)) return exit.denied
  if (errorKind(code).http === 503) return exit.unreachable
  return usageErrors.includes(code) || /^CLYRA_CONFIG_/.test(code) ? exit.usage : exit.failed
}

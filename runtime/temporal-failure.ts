// The one place where our errors become Temporal failures: type = code, retryable as the table says, no stack, no cause text.
import { ApplicationFailure } from '@temporalio/common'
import { ClyraError, codeOf, errorKind } from '../core/errors.ts'

/** The failure an activity throws. What is not ours is CLYRA_INTERNAL with a constant message, since its text may hold values. */
export function temporalFailure(error: unknown): ApplicationFailure {
  const code = codeOf(error)
  const message = error instanceof ClyraError ? error.message : 'unexpected error; the worker log has it by change id'
  const failure = ApplicationFailure.create({ type: code, message, nonRetryable: !errorKind(code).retryable })
  failure.stack = ''
  return failure
}

import { describe, expect, test } from '@jest/globals'
import { exitOfError, exitOfOutcome } from './exit-codes.ts'

describe('exit codes', () => {
  test.each([
    ['enforced', 0],
    ['observed', 0],
    ['failed', 1],
    [null, 2],
    ['denied', 3],
    ['rejected', 3],
    ['expired', 4],
    ['cancelled', 4],
    ['ambiguous', 6],
  ] as const)('outcome %s is %i', (outcome, code) => {
    expect(exitOfOutcome(outcome)).toBe(code)
  })

  test.each([
    ['CLYRA_CLI_USAGE', 2],
    ['CLYRA_CLI_FILE', 2],
    ['CLYRA_CONFIG_UNKNOWN_TARGET', 2],
    ['CLYRA_API_INVALID', 2],
    ['CLYRA_API_UNREACHABLE', 5],
    ['CLYRA_API_BUSY', 5],
    ['CLYRA_LEDGER_UNAVAILABLE', 5],
    ['CLYRA_APPROVAL_NOT_OPEN', 3],
    ['CLYRA_APPROVAL_DISPLAY_MISMATCH', 1],
    ['CLYRA_API_NOT_FOUND', 1],
    ['CLYRA_INTERNAL', 1],
    ['not ours', 1],
  ])('error %s is %i', (error, code) => {
    expect(exitOfError(error)).toBe(code)
  })
})

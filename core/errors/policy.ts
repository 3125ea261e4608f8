import type { ErrorKind } from '../errors.ts'

export const policyErrors = {
  CLYRA_POLICY_INVALID: { http: 500, retryable: false, remedy: 'Run `clyra policy lint` and mend every fault it names.' },
  CLYRA_POLICY_DENIED: { http: 409, retryable: false, remedy: 'Read the reasons in the verdict and change the request.' },
  CLYRA_POLICY_ERROR: { http: 409, retryable: false, remedy: 'A rule failed to evaluate, so it denies; run `clyra policy explain`.' },
} satisfies Record<string, ErrorKind>

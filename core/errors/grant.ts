import type { ErrorKind } from '../errors.ts'

export const grantErrors = {
  CLYRA_GRANT_EXPIRED: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was applied under a grant: none was redeemed and committed in time. Ask for the change again.',
  },
  CLYRA_GRANT_WITHDRAWN: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was applied under a grant: the change was withdrawn before one was committed. Ask for it again when it is wanted.',
  },
  CLYRA_GRANT_NOT_OPEN: {
    http: 409,
    retryable: false,
    remedy: 'A grant is for a change of executor `caller` in state ENFORCING; look at it with `clyra change show`.',
  },
  CLYRA_GRANT_REDEEMED: {
    http: 409,
    retryable: false,
    remedy: 'A grant of this change was redeemed already; report it with `clyra change complete`.',
  },
  CLYRA_GRANT_NOT_REDEEMED: {
    http: 409,
    retryable: false,
    remedy: 'Commit the transaction that redeemed the grant, then report; or withdraw with `clyra change cancel`.',
  },
} satisfies Record<string, ErrorKind>

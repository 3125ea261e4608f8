import type { ErrorKind } from '../errors.ts'

const refused = (remedy: string): ErrorKind => ({ http: 409, retryable: false, remedy })

/** Also raised by the guard's SQL in the warehouse, where the code begins the message. */
export const guardErrors = {
  CLYRA_GRANT_IN_USE: {
    http: 409,
    retryable: true,
    remedy: 'A transaction has redeemed the earlier grant and is still open. Let it commit or roll back, then ask again.',
  },
  CLYRA_GRANT_LOGIN: refused('Name a login that `clyra target install --caller` made a caller of the warehouse.'),
  CLYRA_GRANT_UNKNOWN: refused('Ask for a grant first, and begin the transaction afterwards.'),
  CLYRA_GRANT_WRONG_LOGIN: refused('Connect to the warehouse as the login the grant was issued to.'),
  CLYRA_GRANT_TRANSACTION: refused('Redeem one grant in each transaction.'),
  CLYRA_GRANT_REVOKED: refused('Use the grant that was issued last, or ask for another one.'),
  CLYRA_GRANT_SETTLED: refused('Read the change: its work is done or given up. Ask for the change again if it failed.'),
  CLYRA_GUARD_NO_GRANT: refused(
    'Ask for the change with `clyra change submit`; where your own task does the work, redeem its grant first in the same transaction.',
  ),
  CLYRA_GUARD_REMOVED: refused('Leave the trigger clyra_guard on the table as it is; `clyra target install` sets it up.'),
  CLYRA_GUARD_INSTALL: refused('Mend what the message names and install again; nothing was changed.'),
} satisfies Record<string, ErrorKind>

import type { ErrorKind } from '../errors.ts'

const sql = (remedy: string): ErrorKind => ({ http: 409, retryable: false, remedy })

export const postgresErrors = {
  CLYRA_PAYLOAD_MISMATCH: {
    http: 409,
    retryable: false,
    remedy: 'Nothing ran. Find out who changed the stored payload, then ask for the change again.',
  },
  CLYRA_ENFORCE_NOT_AUTHORISED: {
    http: 409,
    retryable: false,
    remedy: 'Nothing ran. The ledger holds no valid verdict or certificate for this payload.',
  },
  /** Also raised by the guard's SQL in the warehouse, where the code begins the message. */
  CLYRA_ENFORCE_CERTIFICATE_USED: {
    http: 409,
    retryable: false,
    remedy:
      'Nothing was applied: another attempt was made under the same certificate. Find out how it got here, then ask for the change again.',
  },
  CLYRA_SQL_UNPARSED: sql('Mend the syntax: PostgreSQL’s own grammar does not accept the statement.'),
  CLYRA_SQL_MULTIPLE: sql('Send one SQL statement per entry of `statements`.'),
  CLYRA_SQL_TOO_LARGE: sql('Split the statement; one may hold at most 16 KiB.'),
  CLYRA_SQL_TOO_COMPLEX: sql('Write the statement with less nesting.'),
  CLYRA_SQL_OPAQUE: sql('Send the statements themselves: a DO, CALL, EXECUTE or function body cannot be judged.'),
  CLYRA_SQL_STATEMENT: sql('Use a statement of the role’s list, or ask for the other role (`--role ddl`).'),
  CLYRA_SQL_CLAUSE: sql('Leave out the clause the detail names; it is not on the role’s list.'),
  CLYRA_SQL_UNQUALIFIED: sql('Write every relation as schema.name.'),
  CLYRA_SQL_SYSTEM_RELATION: sql('Leave the server’s and Clyra’s own schemas alone.'),
  CLYRA_SQL_FUNCTION: sql('Leave out the function the detail names; only harmless built-ins may be called.'),
  CLYRA_SQL_OPERATOR: sql('Use the built-in operators.'),
  CLYRA_SQL_CASCADE: sql('Name everything that goes, without CASCADE.'),
  CLYRA_SQL_NOT_TRANSACTIONAL: sql('Use a form that runs inside a transaction: no CONCURRENTLY.'),
  CLYRA_SQL_TRUNCATE_MIXED: sql('Put TRUNCATE into a change of its own: it erases the row counts of the others.'),
  CLYRA_SQL_FOREIGN_TABLE: sql('Change the data where it lives: rows of a foreign table cannot be counted or rolled back here.'),
  CLYRA_SQL_UNKNOWN_RELATION: sql('Check the name, and that the executor’s login may see the relation.'),
  CLYRA_SQL_REJECTED: sql('The database refuses to plan the statement; look up the SQLSTATE in the detail.'),
  CLYRA_ENFORCE_ROW_LIMIT: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was applied: more rows were affected than the verdict allows. Narrow the change or ask for approval of more.',
  },
  CLYRA_ENFORCE_UNCOUNTABLE: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was applied: a table was emptied or replaced in a way that cannot be counted. Look at its triggers.',
  },
  CLYRA_ENFORCE_STATEMENT: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was applied: the database refused a statement. Look up the SQLSTATE, mend it and ask again.',
  },
  CLYRA_ENFORCE_TRANSACTION: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was applied: a statement left the transaction it was to run in. Report it.',
  },
  CLYRA_ENFORCE_CANCELLED: { http: 409, retryable: false, remedy: 'Nothing was applied: enforcement was cancelled before COMMIT.' },
  CLYRA_ENFORCE_FROZEN: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was applied: the target is frozen, `clyra status` says why. Ask for the change again after the unfreeze.',
  },
  CLYRA_ENFORCE_POLICY_CHANGED: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was applied: the policy became stricter after the verdict. Ask for the change again.',
  },
  CLYRA_ENFORCE_CLOCK_SKEW: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was applied: the clocks of store and warehouse differ by more than 5 seconds. Mend them (NTP) and ask again.',
  },
  CLYRA_ENFORCE_NOT_APPLIED: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was applied and this attempt never can be; ask for the change again.',
  },
  CLYRA_ENFORCE_STILL_RUNNING: {
    http: 409,
    retryable: true,
    remedy: 'The attempt still holds its transaction and could not be ended; look at pg_stat_activity, then resolve the change.',
  },
  CLYRA_ENFORCE_UNREACHABLE: { http: 503, retryable: true, remedy: 'Bring the warehouse back, then resolve the change.' },
  CLYRA_ENFORCE_FAILED_OVER: {
    http: 409,
    retryable: false,
    remedy: 'The warehouse was restored or failed over. Compare its data with the anchors, then apply the guard again.',
  },
  CLYRA_ENFORCE_UNSETTLED: {
    http: 409,
    retryable: false,
    remedy: 'Committed here, not confirmed by the synchronous standby. Check the standby, then resolve the change.',
  },
  CLYRA_POSTGRES_UNAVAILABLE: {
    http: 503,
    retryable: true,
    remedy: 'Check that the warehouse is up and that the login’s secret is right.',
  },
  CLYRA_POSTGRES_GUARD_MISSING: {
    http: 500,
    retryable: false,
    remedy: 'Run `clyra target install` for the target, as the warehouse’s administrator.',
  },
  CLYRA_POSTGRES_UNSAFE: { http: 500, retryable: false, remedy: 'Take the right the message names from the login, or the setting back.' },
} satisfies Record<string, ErrorKind>

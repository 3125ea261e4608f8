// Settings that decide what a statement means, how long it may take and whether its COMMIT is durable. Set anew before every
// statement: a setting changed in between (by a trigger's function, say) must not reach the next one.
import type { Session } from './session.ts'

export interface Timeouts {
  statement_timeout_ms: number
  lock_timeout_ms: number
}

const fixed: Readonly<Record<string, string>> = {
  // Nothing but built-ins resolves unqualified, operators included; pg_temp is named so that it comes last.
  search_path: 'pg_catalog, pg_temp',
  synchronous_commit: 'on',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  row_security: 'on',
  client_connection_check_interval: '500ms',
  idle_in_transaction_session_timeout: '60s',
  client_encoding: 'UTF8',
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
}

/**
 * SQL that pins until the end of the transaction, as a column; the first parameter is what pinsOf() gives. Safe in one statement with
 * questions, as long as nothing in them depends on a setting: every function, type and operator qualified, no backslash in a literal.
 */
export const pinned = `(select pg_catalog.count(pg_catalog.set_config(key, value, true)) from pg_catalog.json_each_text($1::pg_catalog.json) as pins) as pins`

/** The settings to pin. `role`: the role to act as, last, so that the login sets the others. */
export const pinsOf = (timeouts: Timeouts, role: string | null = null): string =>
  JSON.stringify({
    ...fixed,
    statement_timeout: `${timeouts.statement_timeout_ms}ms`,
    lock_timeout: `${timeouts.lock_timeout_ms}ms`,
    ...(role === null ? {} : { role }),
  })

/** Pins the settings until the end of the transaction. */
export async function pin(session: Session, timeouts: Timeouts): Promise<void> {
  await session.query(`select ${pinned}`, [pinsOf(timeouts)])
}

// What a doctor finds: one line a check, with the remedy where something is missing.
import type { Io } from './command.ts'
import { type Exit, exit } from './exit-codes.ts'
import { print, table } from './print.ts'

export interface Check {
  check: string
  status: 'ok' | 'warn' | 'fail'
  found: string
  /** What to do; null when nothing needs doing. */
  remedy: string | null
}

export const ok = (check: string, found: string): Check => ({ check, status: 'ok', found, remedy: null })
export const warn = (check: string, found: string, remedy: string): Check => ({ check, status: 'warn', found, remedy })
export const fail = (check: string, found: string, remedy: string): Check => ({ check, status: 'fail', found, remedy })

/** Prints the checks as a table. Exit 1 when one failed; a warning is no failure. */
export function printChecks(checks: readonly Check[], json: boolean, io: Io): Exit {
  const remedies = checks.flatMap(({ check, remedy }) => (remedy === null ? [] : [`${check}: ${remedy}`]))
  const rows = checks.map(({ check, status, found }) => [check, status, found])
  print(io, json, { checks }, () =>
    [table(['CHECK', 'STATUS', 'FOUND'], rows), ...(remedies.length > 0 ? ['', ...remedies] : [])].join('\n'),
  )
  return checks.some(({ status }) => status === 'fail') ? exit.failed : exit.ok
}

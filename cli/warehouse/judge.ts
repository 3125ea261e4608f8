// What an audited warehouse lacks, in words for a person, each with how to close it.
import type { Audit, Setting } from '../../plugins/postgres/audit.ts'
import { type Check, fail, ok, warn } from '../checks.ts'

/** One check a subject. A hole in a gate that Clyra's installer or a REVOKE closes is a failure; in review nothing is held, so it is a warning. */
export function judge(target: string, mode: 'gate' | 'review', audit: Audit): Check[] {
  const hole = mode === 'gate' ? fail : warn
  const install = `clyra target install ${target} --admin REF`
  return [
    audit.current
      ? ok('guard', `in ${audit.database}, of this version`)
      : warn('guard', `in ${audit.database}, of another version`, `Run ${install}`),
    ok('tables', coverage(audit)),
    events(audit, install),
    writers(audit, install, hole),
    owners(audit, install, hole),
    ok('callers', audit.callers.length === 0 ? 'no login may redeem grants' : `may redeem grants: ${listed(audit.callers)}`),
    audit.superusers.length === 0
      ? ok('superusers', 'none can log in')
      : warn(
          'superusers',
          `can switch the guard off: ${listed(audit.superusers)}`,
          'Keep their secrets away from pipelines and people; evidence says nothing of what they do.',
        ),
    audit.powerful.length === 0
      ? ok('powers', 'no other login can give itself more rights or read past them')
      : warn(
          'powers',
          audit.powerful.map(({ login, powers }) => `${login}: ${powers.join(', ')}`).join('; '),
          'Take what is not needed: ALTER ROLE … NOCREATEROLE NOBYPASSRLS NOREPLICATION, or REVOKE the membership.',
        ),
    serverLog(audit),
    ...prepared(audit),
  ]
}

function coverage({ tables }: Audit): string {
  const bare = tables.filter(({ guarded }) => !guarded).map(({ name }) => name)
  const count = `${tables.length - bare.length} of ${tables.length} guarded`
  return bare.length === 0 ? count : `${count}; without guard: ${listed(bare)}`
}

function events({ event_triggers, tables }: Audit, install: string): Check {
  if (event_triggers) return ok('event triggers', 'in force: guarded tables are altered and dropped by changes alone')
  if (!tables.some(({ guarded }) => guarded)) return ok('event triggers', 'none: no table is guarded')
  return warn(
    'event triggers',
    'not in force: the owner of a guarded table can take its guard away',
    `Run ${install} with REF naming a superuser.`,
  )
}

function writers({ writers }: Audit, install: string, hole: typeof fail): Check {
  if (writers.length === 0) return ok('other writers', 'nobody else may write to a table without guard')
  const found = writers.map(({ login, tables, example }) => `${login} to ${counted(tables, example)}`)
  return hole('other writers', `past Clyra, without guard: ${found.join('; ')}`, `Run ${install} --guard-all, or REVOKE the rights.`)
}

function owners({ owners, event_triggers }: Audit, install: string, hole: typeof fail): Check {
  if (owners.length === 0) return ok('owners', 'no other login belongs to the owner of a guarded table')
  const found = owners.map(({ login, tables, example }) => `${login} of ${counted(tables, example)}`).join('; ')
  if (event_triggers) return ok('owners', `${found}; held by the event triggers`)
  return hole(
    'owners',
    `can take the guard away: ${found}`,
    `Run ${install} with REF naming a superuser, or REVOKE the membership in the owner.`,
  )
}

// PostgreSQL's levels from here on are above an error: its statement stays out.
const aboveError = ['log', 'fatal', 'panic']

function serverLog({ settings, login }: Audit): Check {
  const all = settings.log_statement !== 'none' || settings.log_min_duration_statement !== '-1'
  const open: [string, Setting, string][] = [
    ...(aboveError.includes(settings.log_min_error_statement) ? [] : [shown('failing statements', 'log_min_error_statement', 'panic')]),
    ...(settings.log_statement === 'none' ? [] : [shown('statements', 'log_statement', 'none')]),
    ...(settings.log_min_duration_statement === '-1' ? [] : [shown('slow statements', 'log_min_duration_statement', '-1')]),
    ...(all && settings.log_parameter_max_length !== '0' ? [shown('their parameters', 'log_parameter_max_length', '0')] : []),
    ...(settings.log_parameter_max_length_on_error === '0'
      ? []
      : [shown('parameters of failing ones', 'log_parameter_max_length_on_error', '0')]),
    ...(settings.log_error_verbosity === 'terse' ? [] : [shown('details of errors, which name values', 'log_error_verbosity', 'terse')]),
  ]
  if (open.length === 0) return ok('server log', 'keeps statements and parameters out')
  const remedy = open.map(([, setting, value]) => `ALTER ROLE ${login} SET ${setting} = ${value};`).join(' ')
  return warn(
    'server log',
    `holds ${open.map(([what]) => what).join(', ')}`,
    `As a superuser, for each login of Clyra and each caller: ${remedy}`,
  )
}

const shown = (what: string, setting: Setting, value: string): [string, Setting, string] => [what, setting, value]

function prepared({ settings, callers }: Audit): Check[] {
  if (settings.max_prepared_transactions === '0' || callers.length === 0) return []
  const found = 'allowed: a caller can leave a redeemed grant in one, and its change ends ambiguous'
  return [warn('prepared transactions', found, 'Set max_prepared_transactions = 0 where nobody needs them.')]
}

const listed = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
const counted = (tables: number, example: string): string => (tables === 1 ? example : `${tables} tables (${example} …)`)

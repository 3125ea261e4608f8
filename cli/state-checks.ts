// Is the state directory in order: secrets closed to others, a trust folder that can be read?
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readTrust } from '../verifier/ts/index.ts'
import { type Check, fail, ok, warn } from './checks.ts'

const firstRun = 'Nothing to do before the first `clyra up`.'

/** Checks of `.clyra`. */
export const stateChecks = (state: string): Check[] =>
  existsSync(state) ? [secretsCheck(join(state, 'keys')), trustCheck(join(state, 'trust'))] : [warn('state', `no ${state}`, firstRun)]

/** Every file in keys/ belongs to its owner alone. */
export function secretsCheck(keys: string): Check {
  if (!existsSync(keys)) return warn('secrets', `no ${keys}`, firstRun)
  const files = readdirSync(keys)
  const open = files.filter((file) => (statSync(join(keys, file)).mode & 0o077) !== 0)
  return open.length === 0
    ? ok('secrets', `${files.length} files, closed to others`)
    : fail('secrets', `others may read ${open.join(', ')}`, `Run: chmod 600 ${open.map((file) => join(keys, file)).join(' ')}`)
}

function trustCheck(trust: string): Check {
  if (!existsSync(trust)) return warn('trust', `no ${trust}`, firstRun)
  return readTrust(trust) === null
    ? fail('trust', `${trust} cannot be read as a trust directory`, 'Start the stack; it writes the directory anew.')
    : ok('trust', trust)
}

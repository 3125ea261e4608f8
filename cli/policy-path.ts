// A policy is named by its file or by the pack it stands in.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Argv } from 'yargs'
import { ClyraError } from '../core/errors.ts'
import type { Common } from './command.ts'

/** Adds the positional `path`. */
export const withPolicy = (yargs: Argv<Common>) =>
  yargs.positional('path', { type: 'string', demandOption: true, describe: 'policy.yaml, or the pack that holds it' })

/** The policy file, and the pack where one was named. CLYRA_CLI_FILE. */
export function policyAt(path: string): { file: string; pack: string | null } {
  const isPack = existsSync(path) && statSync(path).isDirectory()
  const file = isPack ? join(path, 'policy.yaml') : path
  if (!existsSync(file)) throw new ClyraError('CLYRA_CLI_FILE', `expected a policy at ${file}, found no file`)
  return { file, pack: isPack ? path : null }
}

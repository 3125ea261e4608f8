import { homeDir, readEnvironment, stateDir } from '../../runtime/config.ts'
import { printChecks } from '../checks.ts'
import { defineCommand } from '../command.ts'
import { machineChecks } from '../machine-checks.ts'
import { stateChecks } from '../state-checks.ts'

/** `clyra doctor`: what is missing on this machine, and what to do about it. */
export const command = defineCommand({
  command: 'doctor',
  describe: 'Check that this machine has all that Clyra needs',
  builder: (yargs) => yargs.example('$0 doctor', ''),
  handler: async ({ json }, io) =>
    printChecks([...(await machineChecks(homeDir(), readEnvironment())), ...stateChecks(stateDir())], json, io),
})

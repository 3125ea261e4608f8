import { codeOf } from '../../core/errors.ts'
import { homeDir, loadConfig, readEnvironment, stateDir } from '../../runtime/config.ts'
import { type Check, printChecks } from '../checks.ts'
import { defineCommand } from '../command.ts'
import { machineChecks } from '../machine-checks.ts'
import { slackChecks } from '../slack-check.ts'
import { stateChecks } from '../state-checks.ts'

/** `clyra doctor`: what is missing on this machine, and what to do about it. */
export const command = defineCommand({
  command: 'doctor',
  describe: 'Check that this machine has all that Clyra needs',
  builder: (yargs) => yargs.example('$0 doctor', ''),
  handler: async ({ json }, io) => {
    const machine = await machineChecks(homeDir(), readEnvironment())
    return printChecks([...machine, ...stateChecks(stateDir()), ...(await outsideChecks())], json, io)
  },
})

// Where clyra.yaml cannot be read, a check before has said so.
async function outsideChecks(): Promise<Check[]> {
  const { signOnCheck } = await import('../sso/doctor.ts')
  try {
    const config = loadConfig()
    const slack = await slackChecks(config, async () => (await import('../../temporal.config.ts')).slackPeopleOf(config))
    return [await signOnCheck(config), ...slack]
  } catch (error) {
    if (codeOf(error) === 'CLYRA_CONFIG_INVALID') return []
    throw error
  }
}

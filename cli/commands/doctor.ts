import { type Config, homeDir, loadConfig, readEnvironment, stateDir } from '../../runtime/config.ts'
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
    // Without a readable clyra.yaml nothing is known of Slack; that it cannot be read is a check of its own.
    const readable = machine.every(({ check, status }) => check !== 'clyra.yaml' || status === 'ok')
    return printChecks([...machine, ...stateChecks(stateDir()), ...(readable ? await slackOf(loadConfig()) : [])], json, io)
  },
})

const slackOf = (config: Config): Promise<Check[]> =>
  slackChecks(config, async () => (await import('../../temporal.config.ts')).slackPeopleOf(config))

import { loadConfig } from '../../runtime/config.ts'
import { printChecks } from '../checks.ts'
import { defineCommand } from '../command.ts'
import { targetOf } from '../configured.ts'

/** `clyra warehouse doctor`: what holds in each target's warehouse, and who could go round it. Exit 1 for a hole in a gate that can be closed. */
export const command = defineCommand({
  command: 'doctor',
  describe: 'Check which enforcement is in force in the warehouses, and who could go round it',
  builder: (yargs) =>
    yargs
      .option('platform', { choices: ['postgres'] as const, demandOption: true, describe: 'Platform of the targets' })
      .option('target', { type: 'string', describe: 'One target; else every target of the platform' })
      .example('$0 warehouse doctor --platform postgres --target shop', ''),
  handler: async ({ platform, target, json }, io) => {
    const config = loadConfig()
    const { targetChecks } = await import('../warehouse/doctor.ts')
    const chosen = target === undefined ? Object.entries(config.targets) : [[target, targetOf(config, target)] as const]
    const asked = chosen.filter(([, { kind }]) => kind === platform)
    const checks = await Promise.all(asked.map(([name, one]) => targetChecks(config, name, one)))
    return printChecks(checks.flat(), json, io)
  },
})

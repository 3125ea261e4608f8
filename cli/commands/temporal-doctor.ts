import { printChecks } from '../checks.ts'
import { defineCommand } from '../command.ts'
import { exit } from '../exit-codes.ts'

/** `clyra temporal doctor`: can Temporal be reached (else exit 5), and is it set up for Clyra (else exit 1)? */
export const command = defineCommand({
  command: 'doctor',
  describe: 'Check that Temporal can be reached and knows what Clyra needs',
  builder: (yargs) => yargs.example('$0 temporal doctor', ''),
  handler: async ({ json }, io) => {
    const { temporalChecks } = await import('../temporal-checks.ts')
    const checks = await temporalChecks()
    const code = printChecks(checks, json, io)
    return checks[0]?.status === 'fail' ? exit.unreachable : code
  },
})

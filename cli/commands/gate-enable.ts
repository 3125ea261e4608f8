import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'
import { targetPage } from '../target-text.ts'

/** `clyra gate enable`: from now on policy decides on this target. A receipt of the tenant's log says who did it and why. */
export const command = defineCommand({
  command: 'enable',
  describe: 'Move a target from review to gate (admin)',
  builder: (yargs) =>
    withConnection(yargs)
      .option('target', { type: 'string', demandOption: true, describe: 'Target name' })
      .option('policy', { type: 'string', demandOption: true, describe: 'Id of the policy it must stand under' })
      .option('reason', { type: 'string', default: '', describe: 'Why; the receipt keeps it' })
      .example("$0 gate enable --target shop_staging --policy sox-controls --reason 'review period is over'", ''),
  handler: async (args, io) => {
    const target = await connect(args, 'admin').gate(args.target, args.policy, args.reason)
    print(io, args.json, target, () => targetPage(target))
    return exit.ok
  },
})

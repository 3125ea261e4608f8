import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'
import { targetPage } from '../target-text.ts'

/** `clyra target show`: one target. */
export const command = defineCommand({
  command: 'show <name>',
  describe: 'Show a target',
  builder: (yargs) =>
    withConnection(yargs)
      .positional('name', { type: 'string', demandOption: true, describe: 'Target name' })
      .example('$0 target show shop', ''),
  handler: async (args, io) => {
    const target = await connect(args).target(args.name)
    print(io, args.json, target, () => targetPage(target))
    return exit.ok
  },
})

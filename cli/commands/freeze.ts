import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { freezesText } from '../freeze-text.ts'
import { print } from '../print.ts'

/** `clyra freeze`: nothing is committed any more, on one target or on all. Verdicts and decisions go on. */
export const command = defineCommand({
  command: 'freeze',
  describe: 'Stop all enforcement at once, or that of one target (admin, operator)',
  builder: (yargs) =>
    withConnection(yargs)
      .option('target', { type: 'string', describe: 'Target name; every target when it is left out' })
      .option('reason', { type: 'string', demandOption: true, describe: 'Why; the receipt keeps it' })
      .example("$0 freeze --reason 'row counts do not add up'", 'everything')
      .example("$0 freeze --target shop --reason 'month-end close'", ''),
  handler: async (args, io) => {
    const freezes = await connect(args, 'admin').freeze({ target: args.target ?? null, frozen: true, reason: args.reason })
    print(io, args.json, { freezes }, () => freezesText(freezes))
    return exit.ok
  },
})

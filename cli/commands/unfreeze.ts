import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { freezesText } from '../freeze-text.ts'
import { print } from '../print.ts'

/** `clyra unfreeze`: lifts the freeze of every target, or of the one named; tells which freezes still stand. */
export const command = defineCommand({
  command: 'unfreeze',
  describe: 'Lift the freeze of everything, or that of one target (admin, operator)',
  builder: (yargs) =>
    withConnection(yargs)
      .option('target', { type: 'string', describe: 'Target name; left out, the freeze of every target is lifted' })
      .option('reason', { type: 'string', demandOption: true, describe: 'Why; the receipt keeps it' })
      .example("$0 unfreeze --reason 'it was the report, not the data'", ''),
  handler: async (args, io) => {
    const freezes = await connect(args, 'admin').freeze({ target: args.target ?? null, frozen: false, reason: args.reason })
    print(io, args.json, { freezes }, () => freezesText(freezes))
    return exit.ok
  },
})

import { stateLine } from '../change-text.ts'
import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'

/** `clyra change cancel`: asks that a change not be applied. Too late once Clyra applies it; a caller loses his grant until he has committed. */
export const command = defineCommand({
  command: 'cancel <id>',
  describe: 'Cancel a change that has not been applied yet',
  builder: (yargs) =>
    withConnection(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'Change id' })
      .option('reason', { type: 'string', default: '', describe: 'Why' })
      .example("$0 change cancel chg_abcdefghijklmnopqrstuvwxyz --reason 'wrong week'", ''),
  handler: async (args, io) => {
    const view = await connect(args).cancel(args.id, args.reason)
    print(io, args.json, view, () =>
      view.outcome === null
        ? `asked to cancel; until then ${view.state}, and \`clyra change wait ${view.change_id}\` says how it ends`
        : stateLine(view),
    )
    return exit.ok
  },
})

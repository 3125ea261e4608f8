import { changePage } from '../change-text.ts'
import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'

/** `clyra change show`: one change. The exit code says only whether it was found. */
export const command = defineCommand({
  command: 'show <id>',
  describe: 'Show a change',
  builder: (yargs) =>
    withConnection(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'Change id' })
      .example('$0 change show chg_abcdefghijklmnopqrstuvwxyz', ''),
  handler: async (args, io) => {
    const view = await connect(args).change(args.id)
    print(io, args.json, view, () => changePage(view))
    return exit.ok
  },
})

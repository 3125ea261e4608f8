import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'

/** `clyra change resolve`: asks the warehouse whether an ambiguous change was applied. */
export const command = defineCommand({
  command: 'resolve <id>',
  describe: 'Find out whether an ambiguous change was applied (operator)',
  builder: (yargs) =>
    withConnection(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'Change id' })
      .example('$0 change resolve chg_abcdefghijklmnopqrstuvwxyz', ''),
  handler: async (args, io) => {
    const view = await connect(args, 'admin').resolve(args.id)
    print(
      io,
      args.json,
      view,
      () => `${view.change_id} resolved: ${view.resolution?.outcome ?? 'unknown'}, by ${view.resolution?.settled_by ?? '-'}`,
    )
    return exit.ok
  },
})

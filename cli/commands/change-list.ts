import { changeTable } from '../change-text.ts'
import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'

/** `clyra change list`: the changes of the tenant in the order they were asked for. */
export const command = defineCommand({
  command: 'list',
  describe: 'List changes',
  builder: (yargs) =>
    withConnection(yargs)
      .option('state', { type: 'string', describe: 'Only changes in this state, such as AWAITING_APPROVAL' })
      .option('after', { type: 'number', describe: 'Only changes after this SEQ' })
      .option('limit', { type: 'number', describe: 'At most this many' })
      .example('$0 change list --state AWAITING_APPROVAL', ''),
  handler: async (args, io) => {
    const { after, limit, state } = args
    const query = { ...(after === undefined ? {} : { after }), ...(limit === undefined ? {} : { limit }), ...(state ? { state } : {}) }
    const changes = await connect(args).changes(query)
    print(io, args.json, { changes }, () => changeTable(changes))
    return exit.ok
  },
})

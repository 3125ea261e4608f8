import { outcomeLine } from '../change-text.ts'
import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exitOfOutcome } from '../exit-codes.ts'
import { print } from '../print.ts'
import { watch } from '../watch.ts'

/** `clyra change complete`: says that the work is committed, and follows the change to its end. */
export const command = defineCommand({
  command: 'complete <id>',
  describe: 'Report that the work of a change is committed (executor caller)',
  builder: (yargs) =>
    withConnection(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'Change id' })
      .option('timeout', { type: 'number', default: 300, describe: 'Seconds to follow the change to its end' })
      .example('$0 change complete chg_abcdefghijklmnopqrstuvwxyz', ''),
  handler: async (args, io) => {
    const client = connect(args)
    const lines = args.json ? {} : { onLine: io.out }
    const view = await watch(client, await client.complete(args.id), { until: 'end', timeoutSeconds: args.timeout, ...lines })
    print(io, args.json, view, () => outcomeLine(view))
    return exitOfOutcome(view.outcome)
  },
})

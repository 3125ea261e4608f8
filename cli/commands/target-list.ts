import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print, table } from '../print.ts'

/** `clyra target list`: what may be changed, and whether policy holds it up. */
export const command = defineCommand({
  command: 'list',
  describe: 'List targets',
  builder: (yargs) => withConnection(yargs).example('$0 target list', ''),
  handler: async (args, io) => {
    const targets = await connect(args).targets()
    const rows = targets.map((target) => [
      target.name,
      target.kind,
      target.mode,
      target.freezes.length > 0 ? 'yes' : 'no',
      target.policy_id,
      target.limits.max_rows,
    ])
    print(io, args.json, { targets }, () => table(['TARGET', 'KIND', 'MODE', 'FROZEN', 'POLICY', 'MAX ROWS'], rows))
    return exit.ok
  },
})

import { checkApproval } from '../approval-check.ts'
import { approvalText } from '../approval-text.ts'
import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'

/** `clyra approvals show`: exactly what will run, after checking that it is what a decision would sign. */
export const command = defineCommand({
  command: 'show <id>',
  describe: 'Show exactly what an approval would let run',
  builder: (yargs) =>
    withConnection(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'Change id' })
      .example('$0 approvals show chg_abcdefghijklmnopqrstuvwxyz', ''),
  handler: async (args, io) => {
    const view = await connect(args).approval(args.id)
    const display = checkApproval(view, args.id)
    print(io, args.json, { ...view, display }, () => display.trimEnd())
    // Beside the text, not in it: what is printed is, byte by byte, what a decision signs the hash of.
    if (!args.json) io.err(approvalText(view))
    return exit.ok
  },
})

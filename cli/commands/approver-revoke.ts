import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'

/** `clyra approver revoke`: from now on decisions signed by this key are refused. */
export const command = defineCommand({
  command: 'revoke <key-id>',
  describe: "Revoke an approver's key (admin)",
  builder: (yargs) =>
    withConnection(yargs)
      .positional('key-id', { type: 'string', demandOption: true, describe: 'Key id of `clyra approver list`' })
      .option('reason', { type: 'string', default: '', describe: 'Why; the receipt keeps it' })
      .example("$0 approver revoke 3f2a… --reason 'laptop lost'", ''),
  handler: async (args, io) => {
    const approver = await connect(args, 'admin').revoke(args.keyId, args.reason)
    print(io, args.json, approver, () => `${approver.person} ${approver.key_id} revoked at ${approver.revoked_at}`)
    return exit.ok
  },
})

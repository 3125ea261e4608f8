import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'

/** `clyra approver revoke`: from now on decisions signed by this key, or by this account's sign-on, are refused. */
export const command = defineCommand({
  command: 'revoke <id>',
  describe: "Revoke an approver's key, or unlink an account (admin)",
  builder: (yargs) =>
    withConnection(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'Id of `clyra approver list`' })
      .option('reason', { type: 'string', default: '', describe: 'Why; the receipt keeps it' })
      .example("$0 approver revoke 3f2a… --reason 'laptop lost'", ''),
  handler: async (args, io) => {
    const client = connect(args, 'admin')
    if ((await client.accounts()).some(({ subject_id }) => subject_id === args.id)) {
      const account = await client.unlink(args.id, args.reason)
      print(io, args.json, account, () => `${account.person} ${account.subject_id} unlinked at ${account.unlinked_at}`)
    } else {
      const approver = await client.revoke(args.id, args.reason)
      print(io, args.json, approver, () => `${approver.person} ${approver.key_id} revoked at ${approver.revoked_at}`)
    }
    return exit.ok
  },
})

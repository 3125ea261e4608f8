import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { fields, print } from '../print.ts'

/** `clyra approver invite`: the page where a person enrolls a passkey of his own, and links his account. */
export const command = defineCommand({
  command: 'invite',
  describe: 'Invite a person to approve with a passkey or his account (admin)',
  builder: (yargs) =>
    withConnection(yargs)
      .option('person', { type: 'string', demandOption: true, describe: 'Who will approve, such as an e-mail address' })
      .example('$0 approver invite --person ben@shop.example', 'prints a page that this person alone should get'),
  handler: async (args, io) => {
    const invitation = await connect(args, 'admin').invite(args.person)
    print(io, args.json, invitation, () =>
      fields([
        ['person', invitation.person],
        ['page', invitation.url],
        ['good until', `${invitation.expires_at}, once for a passkey and once for an account`],
      ]),
    )
    return exit.ok
  },
})

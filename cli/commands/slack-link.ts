import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'

/** `clyra slack link`: a direct message asks a Slack user to sign on, so that his clicks count as his. */
export const command = defineCommand({
  command: 'link',
  describe: 'Ask a Slack user to link himself by signing on (admin)',
  builder: (yargs) =>
    withConnection(yargs)
      .option('user', { type: 'string', demandOption: true, describe: 'Id of the Slack user, from his profile' })
      .example('$0 slack link --user U0BEN0001', 'sends the user a direct message'),
  handler: async (args, io) => {
    const asked = await connect(args, 'admin').askSlackUser(args.user)
    print(io, args.json, asked, () => `${asked.user_id} was sent an address that is good until ${asked.expires_at}`)
    return exit.ok
  },
})

import { ClyraError } from '../../core/errors.ts'
import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'

/** `clyra slack unlink`: from now on the clicks of this Slack user decide nothing. */
export const command = defineCommand({
  command: 'unlink',
  describe: 'End the link of a Slack user (admin)',
  builder: (yargs) =>
    withConnection(yargs)
      .option('user', { type: 'string', demandOption: true, describe: 'User of `clyra slack list`' })
      .option('reason', { type: 'string', default: '', describe: 'Why; the receipt keeps it' })
      .example("$0 slack unlink --user U0BEN0001 --reason 'left the team'", ''),
  handler: async (args, io) => {
    const client = connect(args, 'admin')
    const linked = (await client.slackLinks()).find(({ user_id }) => user_id === args.user)
    if (linked === undefined) throw new ClyraError('CLYRA_LEDGER_NOT_FOUND', 'expected a linked Slack user, found none with this id')
    const link = await client.unlinkSlackUser(linked.team_id, linked.user_id, args.reason)
    print(io, args.json, link, () => `${link.user_id} (${link.person}) unlinked at ${link.unlinked_at}`)
    return exit.ok
  },
})

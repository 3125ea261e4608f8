import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print, table } from '../print.ts'

/** `clyra slack list`: which Slack user is whom. */
export const command = defineCommand({
  command: 'list',
  describe: 'List the linked Slack users',
  builder: (yargs) => withConnection(yargs).example('$0 slack list', ''),
  handler: async (args, io) => {
    const links = await connect(args).slackLinks()
    const rows = links.map((link) => [link.user_id, link.team_id, link.person, link.linked_at, link.expires_at, link.unlinked_at])
    print(io, args.json, { links }, () =>
      links.length === 0 ? 'no Slack user is linked' : table(['USER', 'TEAM', 'PERSON', 'LINKED', 'EXPIRES', 'UNLINKED'], rows),
    )
    return exit.ok
  },
})

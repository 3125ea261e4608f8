import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print, table } from '../print.ts'

/** `clyra approver list`: whose keys may approve. */
export const command = defineCommand({
  command: 'list',
  describe: 'List the enrolled approvers',
  builder: (yargs) => withConnection(yargs).example('$0 approver list', ''),
  handler: async (args, io) => {
    const approvers = await connect(args).approvers()
    const rows = approvers.map((approver) => [
      approver.person,
      approver.webauthn === undefined ? 'key' : 'passkey',
      approver.key_id,
      approver.enrolled_at,
      approver.revoked_at,
    ])
    print(io, args.json, { approvers }, () =>
      approvers.length === 0 ? 'no approver is enrolled' : table(['PERSON', 'KIND', 'KEY ID', 'ENROLLED', 'REVOKED'], rows),
    )
    return exit.ok
  },
})

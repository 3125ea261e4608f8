import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print, table } from '../print.ts'

/** `clyra approver list`: whose keys and accounts may approve. */
export const command = defineCommand({
  command: 'list',
  describe: 'List the enrolled keys and linked accounts of approvers',
  builder: (yargs) => withConnection(yargs).example('$0 approver list', ''),
  handler: async (args, io) => {
    const client = connect(args)
    const [approvers, accounts] = [await client.approvers(), await client.accounts()]
    const rows = [
      ...approvers.map(({ person, webauthn, key_id, enrolled_at, revoked_at }) => [
        person,
        webauthn === undefined ? 'key' : 'passkey',
        key_id,
        enrolled_at,
        revoked_at,
      ]),
      ...accounts.map(({ person, subject_id, iss, linked_at, unlinked_at }) => [
        person,
        `account of ${new URL(iss).host}`,
        subject_id,
        linked_at,
        unlinked_at,
      ]),
    ]
    print(io, args.json, { approvers, accounts }, () =>
      rows.length === 0 ? 'no approver is enrolled' : table(['PERSON', 'KIND', 'ID', 'SINCE', 'REVOKED'], rows),
    )
    return exit.ok
  },
})

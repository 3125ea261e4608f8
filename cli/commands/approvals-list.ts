import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print, table } from '../print.ts'

/** `clyra approvals list`: the changes whose gate is open. */
export const command = defineCommand({
  command: 'list',
  describe: 'List the changes that wait for approval',
  builder: (yargs) => withConnection(yargs).example('$0 approvals list', ''),
  handler: async (args, io) => {
    const changes = await connect(args).changes({ state: 'AWAITING_APPROVAL' })
    const rows = changes.map((view) => [
      view.change_id,
      view.target,
      view.requester.person ?? view.requester.actor,
      view.verdict?.estimated_rows ?? null,
      `${view.approvers.length}/${view.verdict?.quorum ?? '?'}`,
      view.verdict?.deadline ?? null,
      view.reason,
    ])
    const head = ['CHANGE', 'TARGET', 'REQUESTER', 'ROWS', 'APPROVALS', 'DEADLINE', 'REASON']
    print(io, args.json, { changes }, () => (changes.length === 0 ? 'nothing waits for approval' : table(head, rows)))
    return exit.ok
  },
})

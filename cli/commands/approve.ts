import { defineCommand } from '../command.ts'
import { decide, withDecision } from '../decide.ts'

/** `clyra approve`: a decision signed with the approver's own key or his sign-on. Exit 3 when it is refused. */
export const command = defineCommand({
  command: 'approve <id>',
  describe: 'Approve a change, after showing exactly what will run',
  builder: (yargs) => withDecision(yargs).example('$0 approve chg_abcdefghijklmnopqrstuvwxyz --key-file ben.pem', ''),
  handler: (args, io) => decide('approve', args, io),
})

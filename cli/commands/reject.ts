import { defineCommand } from '../command.ts'
import { decide, withDecision } from '../decide.ts'

/** `clyra reject`: a decision signed with the approver's own key or his sign-on. Exit 3 when it is refused. */
export const command = defineCommand({
  command: 'reject <id>',
  describe: 'Reject a change, after showing exactly what would run',
  builder: (yargs) => withDecision(yargs).example('$0 reject chg_abcdefghijklmnopqrstuvwxyz --key-file ben.pem', ''),
  handler: (args, io) => decide('reject', args, io),
})

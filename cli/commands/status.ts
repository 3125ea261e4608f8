import { codeOf } from '../../core/errors.ts'
import { readRunFile } from '../../runtime/config.ts'
import { defineCommand } from '../command.ts'
import { connect, gatewayAddress, withConnection } from '../connect.ts'
import { exit, exitOfError } from '../exit-codes.ts'
import { freezeLine } from '../freeze-text.ts'
import { fields, print } from '../print.ts'

/** `clyra status`: is the gateway ready, what waits, and is anything frozen? Exit 5 when it cannot be reached. */
export const command = defineCommand({
  command: 'status',
  describe: 'Show whether Clyra is ready, what waits for approval and what is frozen',
  builder: (yargs) => withConnection(yargs).example('$0 status', ''),
  handler: async (args, io) => {
    const gateway = gatewayAddress(args.gateway)
    const run = readRunFile()
    const client = connect(args)
    const problem = await client.ready().then(() => null, codeOf)
    const waiting = problem === null ? (await client.changes({ state: 'AWAITING_APPROVAL' })).length : null
    const freezes = problem === null ? await client.freezes() : null
    const status = {
      gateway,
      ready: problem === null,
      code: problem,
      waiting,
      freezes,
      started_at: run?.started_at ?? null,
      temporal: run?.temporal ?? null,
    }
    print(io, args.json, status, () =>
      fields([
        ['gateway', `${gateway} ${problem === null ? 'ready' : `not ready: ${problem}`}`],
        ['waiting', waiting === null ? null : `${waiting} for approval`],
        ...(freezes ?? []).map((freeze): [string, string] => ['frozen', freezeLine(freeze)]),
        ['temporal', run?.temporal.address ?? null],
        ['temporal ui', run?.temporal.ui ?? null],
        ['started', run?.started_at ?? null],
      ]),
    )
    return problem === null ? exit.ok : exitOfError(problem)
  },
})

import { ClyraError } from '../../core/errors.ts'
import type { ChangeView } from '../../core/generated/types.ts'
import { outcomeLine } from '../change-text.ts'
import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { type Exit, exit, exitOfOutcome } from '../exit-codes.ts'
import { print } from '../print.ts'
import { reached, watch } from '../watch.ts'

/** `clyra change wait`: follows a change. The exit code is its outcome, its verdict, or 0 when the grant can be had; 2 when time was up before. */
export const command = defineCommand({
  command: 'wait <id>',
  describe: 'Follow a change until policy has spoken, its grant can be had, or it has ended',
  builder: (yargs) =>
    withConnection(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'Change id' })
      .option('for', { choices: ['verdict', 'grant', 'end'] as const, default: 'end' as const, describe: 'What to wait for' })
      .option('timeout', { type: 'number', default: 3600, describe: 'Seconds to wait; then exit 2' })
      .example('$0 change wait chg_abcdefghijklmnopqrstuvwxyz --timeout 600', ''),
  handler: async (args, io) => {
    const client = connect(args)
    const lines = args.json ? {} : { onLine: io.out }
    const first = await client.change(args.id)
    if (args.for === 'grant' && first.executor !== 'caller')
      throw new ClyraError('CLYRA_CLI_USAGE', 'expected --for grant of a change of executor caller, found one that Clyra applies')
    const view = await watch(client, first, { until: args.for, timeoutSeconds: args.timeout, ...lines })
    const granted = args.for === 'grant' && view.outcome === null && reached(view, 'grant')
    print(io, args.json, view, () => (granted ? `${view.change_id} waits for its caller` : outcomeLine(view)))
    if (args.for === 'verdict' && reached(view, 'verdict')) return exitOfVerdict(view)
    return granted ? exit.ok : exitOfOutcome(view.outcome)
  },
})

/** In review nothing is denied, whatever the verdict. */
function exitOfVerdict(view: ChangeView): Exit {
  if (view.verdict === null) return exitOfOutcome(view.outcome)
  return view.mode === 'gate' && view.verdict.outcome === 'deny' ? exit.denied : exit.ok
}

import { ClyraError } from '../../core/errors.ts'
import { testPack } from '../../runtime/policy-pack.ts'
import { defineCommand } from '../command.ts'
import { exit } from '../exit-codes.ts'
import { policyAt } from '../policy-path.ts'
import { print, table } from '../print.ts'

/** `clyra policy test`: judges every example of a pack. Exit 1 when one gets another verdict than its folder says. */
export const command = defineCommand({
  command: 'test <pack>',
  describe: 'Judge the allow, needs_approval and deny examples of a policy pack',
  builder: (yargs) =>
    yargs
      .positional('pack', { type: 'string', demandOption: true, describe: 'Directory with policy.yaml and its examples' })
      .example('$0 policy test packs/sox-controls', ''),
  handler: async (args, io) => {
    const { pack } = policyAt(args.pack)
    if (pack === null) throw new ClyraError('CLYRA_CLI_USAGE', 'expected the directory of a pack, found a file')
    const { loaded, examples, coverage } = testPack(pack)
    const failed = examples.filter(({ passed }) => !passed)
    const rows = examples.map(({ file, expected, found, passed }) => [
      passed ? 'ok' : 'FAILED',
      file,
      `${expected.outcome} by ${expected.rule}`,
      passed ? '' : `${found.outcome} by ${found.rules.join(', ')}`,
    ])
    print(io, args.json, { policy_id: loaded.policy_id, digest: loaded.digest, examples, coverage }, () =>
      [table(['', 'EXAMPLE', 'EXPECTED', 'FOUND'], rows), '', `${examples.length - failed.length} passed, ${failed.length} failed`].join(
        '\n',
      ),
    )
    return failed.length === 0 && examples.length > 0 ? exit.ok : exit.failed
  },
})

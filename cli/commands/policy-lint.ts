import { loadPolicy } from '../../runtime/policy-file.ts'
import { lintPolicy } from '../../runtime/policy-lint.ts'
import { testPack } from '../../runtime/policy-pack.ts'
import { defineCommand } from '../command.ts'
import { exit } from '../exit-codes.ts'
import { readText } from '../files.ts'
import { policyAt, withPolicy } from '../policy-path.ts'
import { print } from '../print.ts'

/** `clyra policy lint`: every fault with file, line and column (exit 1); warnings for what is most likely not meant (exit 0). */
export const command = defineCommand({
  command: 'lint <path>',
  describe: 'Find the faults of a policy',
  builder: (yargs) => withPolicy(yargs).example('$0 policy lint packs/sox-controls', ''),
  handler: async ({ path, json }, io) => {
    const { file, pack } = policyAt(path)
    const tested = pack === null ? null : testPack(pack)
    const loaded = tested?.loaded ?? loadPolicy(readText(file), file)
    const warnings = lintPolicy(loaded, tested)
    const { policy_id, digest } = loaded
    print(io, json, { policy_id, digest, rules: loaded.policy.rules.length, warnings }, () =>
      [
        `${policy_id} ${digest}: sound, ${loaded.policy.rules.length} rules, ${warnings.length} warnings`,
        ...warnings.map(({ pointer, detail }) => `  ${pointer}: ${detail}`),
      ].join('\n'),
    )
    return exit.ok
  },
})

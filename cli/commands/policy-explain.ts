import type { Grade } from '../../core/grade.ts'
import { explain } from '../../core/policy/evaluate.ts'
import { loadPolicy } from '../../runtime/policy-file.ts'
import { readExample } from '../../runtime/policy-pack.ts'
import { defineCommand } from '../command.ts'
import { exit } from '../exit-codes.ts'
import { readText } from '../files.ts'
import { policyAt, withPolicy } from '../policy-path.ts'
import { fields, print, table } from '../print.ts'

/** `clyra policy explain`: what every rule has to say of one example, and the verdict that follows. */
export const command = defineCommand({
  command: 'explain <path> <example>',
  describe: 'Show what every rule of a policy says of one example',
  builder: (yargs) =>
    withPolicy(yargs)
      .positional('example', { type: 'string', demandOption: true, describe: 'JSON file with facts and change, as in a pack' })
      .example('$0 policy explain packs/sox-controls packs/sox-controls/deny/drop-table.json', ''),
  handler: async ({ path, example, json }, io) => {
    const { file } = policyAt(path)
    const { policy, document, policy_id } = loadPolicy(readText(file), file)
    const { facts, change } = readExample(example)
    const { result, trace } = explain(policy, { facts, change, max_rows: document.data_platform.max_rows })
    const rows = trace.map(({ rule, section, outcome, grade, matched, error, why }) => [
      rule,
      section,
      error === null ? (matched ? `${outcome}${grade === 'enhanced' ? ' (enhanced)' : ''}` : '') : 'ERROR',
      error ?? (matched ? why : ''),
    ])
    print(io, json, { policy_id, result, trace }, () =>
      [
        table(['RULE', 'SECTION', 'SAYS', 'WHY'], rows),
        '',
        fields([
          ['verdict', result.outcome],
          ['by', result.reasons.map(({ rule }) => rule).join(', ')],
          ['quorum', result.quorum],
          ['grade', result.outcome === 'needs_approval' ? gradeText(result.grade) : null],
          ['row limit', result.row_limit],
        ]),
      ].join('\n'),
    )
    return exit.ok
  },
})

const gradeText = (grade: Grade): string =>
  grade === 'enhanced' ? 'enhanced: company sign-on, passkey and the requester’s number, on the page' : 'standard: key, passkey or sign-on'

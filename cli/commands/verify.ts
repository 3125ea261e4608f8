import { existsSync } from 'node:fs'
import { ClyraError } from '../../core/errors.ts'
import { cannotJudge, exitCode, readTokens, readTrust, reportJson, reportTable, type Tokens, verify } from '../../verifier/ts/index.ts'
import { defineCommand } from '../command.ts'
import type { Exit } from '../exit-codes.ts'
import { readBytes } from '../files.ts'

/** `clyra verify`: judges an evidence file offline, as `clyra-verify` does. Exit 0 valid, 1 invalid, 2 cannot judge. CLYRA_CLI_FILE. */
export const command = defineCommand({
  command: 'verify <file>',
  describe: 'Judge an evidence file offline',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'Evidence file' })
      .option('trust', { type: 'string', demandOption: true, describe: 'Trust directory: log.policy, keys.json, approvers.json, idp.json' })
      .option('disclosed', { type: 'string', describe: 'Folder of ID tokens that approvers disclosed, one a file' })
      .option('explain', { type: 'boolean', default: false, describe: 'Say of every claim what was checked and how' })
      .example('$0 verify evidence.zip --trust .clyra/trust --explain', ''),
  handler: async ({ file, trust, disclosed, explain, json }, io) => {
    const tokens = disclosed === undefined ? new Map() : readTokens(disclosed)
    if (tokens === null) throw new ClyraError('CLYRA_CLI_FILE', `expected a readable folder of ID tokens at ${disclosed}`)
    const report = judge(file, trust, tokens)
    io.out(json ? reportJson(report) : reportTable(report, explain).trimEnd())
    return exitCode(report) as Exit
  },
})

function judge(file: string, trustDir: string, tokens: Tokens) {
  if (!existsSync(file)) return cannotJudge('file not readable')
  const trust = readTrust(trustDir)
  return trust === null ? cannotJudge('trust not readable') : verify(readBytes(file), trust, new Date().toISOString(), tokens)
}

import { existsSync } from 'node:fs'
import { ClyraError } from '../../core/errors.ts'
import { readTokens, readTrust } from '../../verifier/ts/index.ts'
import { filesOf, type Validation, validate } from '../certificate-steps.ts'
import { defineCommand } from '../command.ts'
import { exit } from '../exit-codes.ts'
import { fields, print, table } from '../print.ts'

const exits = { valid: exit.ok, invalid: exit.failed, cannot_judge: exit.usage } as const

/** `clyra bec validate`: who agreed to a change, and each step by which that is verified. Exit 0 valid, 1 invalid, 2 cannot judge. */
export const command = defineCommand({
  command: 'validate',
  describe: 'Verify an approval certificate step by step, offline',
  builder: (yargs) =>
    yargs
      .option('certificate-path', {
        type: 'string',
        demandOption: true,
        describe: 'Evidence file, or directory with one, packed or unpacked',
      })
      .option('trust', { type: 'string', describe: 'Trust directory, as of `clyra verify`; without it nobody is believed' })
      .option('disclosed', { type: 'string', describe: 'Directory with ID tokens, as `clyra evidence disclose` writes it' })
      .example('$0 bec validate --certificate-path evidence/ --trust .clyra/trust', ''),
  handler: async ({ certificatePath, trust, disclosed, json }, io) => {
    const believed = trust === undefined ? null : readTrust(trust)
    if (trust !== undefined && believed === null) throw unreadable('trust directory', trust)
    const tokens = disclosed === undefined ? new Map<string, string>() : readTokens(disclosed)
    if (tokens === null) throw unreadable('directory of ID tokens', disclosed ?? '')
    if (!existsSync(certificatePath)) throw unreadable('evidence file or directory', certificatePath)
    const found = await validate(filesOf(certificatePath), believed, tokens, new Date().toISOString())
    print(io, json, found, () => text(found))
    return exits[found.verdict]
  },
})

const unreadable = (what: string, path: string): ClyraError => new ClyraError('CLYRA_CLI_FILE', `expected a readable ${what} at ${path}`)

function text({ verdict, change_id, attempt, certificate, steps, approvers }: Validation): string {
  if (certificate === null) return `${change_id}, attempt ${attempt}: nobody's approval was needed or given, so there is no certificate`
  const { cert_id, grade, quorum, approved_at, expires_at } = certificate
  const multi = { true: 'yes', false: 'no', null: 'not proved' }
  return [
    fields([
      ['verdict', verdict],
      ['change', `${change_id}, attempt ${attempt}`],
      ['certificate', `${cert_id}, grade ${grade}, quorum ${quorum}, ${approved_at} to ${expires_at}`],
    ]),
    '',
    table(
      ['STEP', 'WHAT', 'STATUS', 'COMPARED'],
      steps.map(({ step, name, status, code, detail }) => [step, name, status, code === null ? detail : `${code} ${detail}`]),
    ),
    '',
    table(
      ['WHO AGREED', 'WITH', 'GRADE', 'MULTI-FACTOR', 'AT'],
      approvers.map((one) => [one.person, one.proofs.join(' + '), one.grade, multi[`${one.multi_factor}`], one.at]),
    ),
  ].join('\n')
}

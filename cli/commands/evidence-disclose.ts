import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ClyraError } from '../../core/errors.ts'
import { digest } from '../../runtime/digest.ts'
import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { writeBytes } from '../files.ts'
import { print } from '../print.ts'

/** `clyra evidence disclose`: writes the ID tokens behind a change's decisions, which the evidence file names by digest only. */
export const command = defineCommand({
  command: 'disclose <id>',
  describe: 'Hand out the ID tokens behind the decisions of a change (auditor, admin; each time is on record)',
  builder: (yargs) =>
    withConnection(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'Change id' })
      .option('out', { type: 'string', demandOption: true, describe: 'Directory to write them to, one file each' })
      .example('$0 evidence disclose chg_abcdefghijklmnopqrstuvwxyz --out disclosed/', 'then: clyra verify … --disclosed disclosed/'),
  handler: async (args, io) => {
    const { change_id, tokens } = await connect(args, 'admin').disclose(args.id)
    if (tokens.some((one) => digest(one.token) !== one.digest))
      throw new ClyraError('CLYRA_CLI_BAD_ANSWER', 'expected tokens that are those their digests name, found another')
    mkdirSync(args.out, { recursive: true, mode: 0o700 })
    const files = tokens.map((one) => ({ file: join(args.out, `${one.digest.replace('sha256:', '')}.jwt`), ...one }))
    for (const { file, token } of files) writeBytes(file, token, { mode: 0o600, overwrite: true })
    const written = files.map(({ file, digest, person }) => ({ file, digest, person }))
    print(io, args.json, { change_id, tokens: written }, () =>
      written.length === 0
        ? 'no decision of this change rests on company sign-on'
        : [
            ...written.map(({ file, person }) => `${file}  sign-on of ${person ?? 'nobody who was counted'}`),
            'These are ID tokens as the company’s provider signed them: names and accounts of persons. They open nothing any more.',
            `That you were given them is a receipt in the tenant’s log. Check: clyra verify FILE --trust DIR --disclosed ${args.out}`,
          ].join('\n'),
    )
    return exit.ok
  },
})

import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { writeBytes } from '../files.ts'
import { print } from '../print.ts'

/** `clyra evidence get`: downloads the evidence file of a change. Check it with `clyra verify`. */
export const command = defineCommand({
  command: 'get <id>',
  describe: 'Download the evidence of a change',
  builder: (yargs) =>
    withConnection(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'Change id' })
      .option('output', { alias: 'o', type: 'string', describe: 'Where to write it (default: its own name, here)' })
      .option('force', { type: 'boolean', default: false, describe: 'Overwrite a file that is there' })
      .example('$0 evidence get chg_abcdefghijklmnopqrstuvwxyz -o evidence.zip', ''),
  handler: async (args, io) => {
    const client = connect(args)
    const view = await client.change(args.id)
    const bytes = await client.evidence(args.id)
    const file = args.output ?? view.evidence ?? `${args.id}.zip`
    writeBytes(file, bytes, { overwrite: args.force })
    print(io, args.json, { file, bytes: bytes.length, bundle_id: view.bundle_id }, () => `${file} (${bytes.length} bytes)`)
    return exit.ok
  },
})

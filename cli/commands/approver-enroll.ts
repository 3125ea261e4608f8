import { existsSync } from 'node:fs'
import { createKeyFile, fileSigner } from '../../runtime/keys.ts'
import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { writeBytes } from '../files.ts'
import { besideKey } from '../key-file.ts'
import { fields, print } from '../print.ts'

/** `clyra approver enroll`: registers a person's public key and keeps the token the person decides with. The private key stays here. */
export const command = defineCommand({
  command: 'enroll',
  describe: "Register an approver's key (admin)",
  builder: (yargs) =>
    withConnection(yargs)
      .option('person', { type: 'string', demandOption: true, describe: 'Who approves with this key, such as an e-mail address' })
      .option('key-file', { type: 'string', demandOption: true, describe: 'P-256 private key in PEM; made when there is none' })
      .option('token-file', { type: 'string', describe: "Where to write the person's token (default: beside the key)" })
      .option('admin-token-file', { type: 'string', describe: 'Token of the admin (else CLYRA_TOKEN, else the local default)' })
      .example('$0 approver enroll --person ben@shop.example --key-file ben.pem', ''),
  handler: async (args, io) => {
    const client = connect({ gateway: args.gateway, tokenFile: args.adminTokenFile }, 'admin')
    const signer = existsSync(args.keyFile) ? await fileSigner(args.keyFile) : await createKeyFile(args.keyFile, 'ES256')
    const tokenFile = args.tokenFile ?? besideKey(args.keyFile, 'token')
    const { token, ...approver } = await client.enroll(args.person, Buffer.from(signer.spki).toString('base64'))
    if (token !== null) writeBytes(tokenFile, `${token}\n`, { mode: 0o600, overwrite: true })
    const result = { ...approver, key_file: args.keyFile, token_file: token === null ? null : tokenFile }
    print(io, args.json, result, () =>
      fields([
        ['person', approver.person],
        ['key id', approver.key_id],
        ['key file', args.keyFile],
        ['token file', result.token_file],
      ]),
    )
    return exit.ok
  },
})

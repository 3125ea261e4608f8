import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'

/** `clyra change grant`: the token a caller redeems in his own transaction. It is shown once; a script takes it from the standard output. */
export const command = defineCommand({
  command: 'grant <id>',
  describe: 'Get a grant to do the work of a change yourself (executor caller)',
  builder: (yargs) =>
    withConnection(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'Change id' })
      .option('login', { type: 'string', demandOption: true, describe: 'Login of the warehouse that will redeem it' })
      .example('$0 change grant chg_abcdefghijklmnopqrstuvwxyz --login etl', 'then: select clyra_guard.redeem($1)'),
  handler: async (args, io) => {
    const grant = await connect(args).grant(args.id, args.login)
    print(io, args.json, grant, () => grant.token)
    if (!args.json) io.err(`for ${grant.login} on ${grant.target}; redeem it and commit before ${grant.expires_at}`)
    return exit.ok
  },
})

import { loadConfig } from '../../runtime/config.ts'
import { printChecks } from '../checks.ts'
import { defineCommand } from '../command.ts'
import { targetOf } from '../configured.ts'
import { exit } from '../exit-codes.ts'

const names = (list: string | undefined): string[] => (list ?? '').split(',').filter((name) => name !== '')

/** `clyra target install`: guard, logins and rights in the target's warehouse; prints what is in force then, and ends with 0 whatever that is. */
export const command = defineCommand({
  command: 'install <name>',
  describe: 'Bring a warehouse under Clyra, as its administrator',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'Target name' })
      .option('admin', {
        type: 'string',
        demandOption: true,
        describe: 'Secret reference of the administrator’s URL: file:PATH or env:NAME',
      })
      .option('owner', { type: 'string', describe: 'Role that owns the tables; else as installed, or the owner of --schema' })
      .option('schema', { type: 'string', describe: 'Schemas to govern, with commas between; else all of the owner' })
      .option('guard', { type: 'string', describe: 'Tables (schema.table, with commas between) that changes alone may write to' })
      .option('guard-all', { type: 'boolean', default: false, describe: 'Guard every table of the schemas' })
      .option('caller', { type: 'string', describe: 'Logins, with commas between, that may redeem grants' })
      .example('$0 target install shop --admin file:.clyra/keys/warehouse-admin.url --schema shop --guard shop.orders,shop.payments', '')
      .example('$0 target install shop --admin env:PGADMIN --guard-all --caller dbt', ''),
  handler: async (args, io) => {
    const config = loadConfig()
    const target = targetOf(config, args.name)
    const { installTarget } = await import('../warehouse/install.ts')
    const { targetChecks } = await import('../warehouse/doctor.ts')
    await installTarget(config, target, {
      admin: args.admin,
      owner: args.owner,
      schemas: names(args.schema),
      tables: names(args.guard),
      all: args.guardAll,
      callers: names(args.caller),
    })
    printChecks(await targetChecks(config, args.name, target), args.json, io)
    return exit.ok
  },
})

import { ClyraError } from '../../core/errors.ts'
import { loadConfig } from '../../runtime/config.ts'
import { defineCommand } from '../command.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'

const mostTables = 9999

/** `clyra demo data`: the demo shop's rows as on the first day, and more tables where asked for. */
export const command = defineCommand({
  command: 'data',
  describe: 'Bring the data of the demo warehouse back to its start',
  builder: (yargs) =>
    yargs
      .option('tables', { type: 'number', default: 0, describe: `Also have this many small tables, at most ${mostTables}` })
      .example('$0 demo data --tables 250', ''),
  handler: async ({ tables, json }, io) => {
    if (!Number.isInteger(tables) || tables < 0 || tables > mostTables)
      throw new ClyraError('CLYRA_CLI_USAGE', `expected --tables from 0 to ${mostTables}`)
    const { loadDemo } = await import('../demo-warehouse.ts')
    await loadDemo(loadConfig(), tables)
    print(io, json, { loaded: true, tables }, () => `demo data loaded${tables === 0 ? '' : `, ${tables} more tables`}`)
    return exit.ok
  },
})

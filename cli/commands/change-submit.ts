import { v4 as uuid } from 'uuid'
import { ClyraError } from '../../core/errors.ts'
import type { ChangeRequest } from '../../core/generated/types.ts'
import { changePage, outcomeLine } from '../change-text.ts'
import { defineCommand, type Io } from '../command.ts'
import { connect, withConnection } from '../connect.ts'
import { exit, exitOfOutcome } from '../exit-codes.ts'
import { readText } from '../files.ts'
import { print } from '../print.ts'
import { splitStatements } from '../split-statements.ts'
import { watch } from '../watch.ts'

/** `clyra change submit`: asks for a change. Statements come from the arguments, a file, or the standard input. */
export const command = defineCommand({
  command: 'submit',
  describe: 'Ask for a change',
  builder: (yargs) =>
    // The statements are read from `_` as they are: as a positional, yargs would read a leading `-` or `--` anew.
    withConnection(yargs)
      .usage(
        '$0 change submit --target NAME [SQL.. | - | --file FILE]\n\nAsk for a change; `-` reads the statements from the standard input',
      )
      .strict(false)
      .strictOptions()
      .option('target', { type: 'string', demandOption: true, describe: 'What to change: a name of `clyra target list`' })
      .option('role', { choices: ['dml', 'ddl'] as const, describe: 'Login that applies it: data (dml) or structure (ddl)' })
      .option('file', { type: 'string', nargs: 1, describe: 'File with the statements; `-` reads the standard input' })
      .option('reason', { type: 'string', describe: 'Why; approvers and evidence show it' })
      .option('key', { type: 'string', describe: 'Site key: the same key and content are the same change (default: a fresh UUID)' })
      .option('max-rows', { type: 'number', describe: 'Affect no more rows than this' })
      .option('executor', { choices: ['clyra', 'caller'] as const, describe: 'Who does the work: Clyra (default), or you, under a grant' })
      .option('grant-seconds', { type: 'number', describe: 'With --executor caller: how long you need for it' })
      .option('wait', { type: 'boolean', default: false, describe: 'Follow the change to its end; the exit code is its outcome' })
      .option('timeout', { type: 'number', default: 3600, describe: 'With --wait: seconds to follow' })
      .example(`$0 change submit --target shop --reason 'fix typo' --wait "UPDATE public.orders SET note = 'x' WHERE id = 7"`, '')
      .example('$0 change submit --target shop --role ddl --file migration.sql', '')
      .example('$0 change submit --target shop --executor caller --grant-seconds 300 --file nightly.sql', 'then: change wait --for grant'),
  handler: async (args, io) => {
    const client = connect(args)
    const submitted = await client.submit(await requestOf(args, io), args.key ?? uuid())
    if (!args.wait) {
      print(io, args.json, submitted, () => changePage(submitted))
      return exit.ok
    }
    if (!args.json) io.out(submitted.change_id)
    const lines = args.json ? {} : { onLine: io.out }
    const view = await watch(client, submitted, { until: 'end', timeoutSeconds: args.timeout, ...lines })
    print(io, args.json, view, () => outcomeLine(view))
    return exitOfOutcome(view.outcome)
  },
})

interface SubmitArgs {
  /** `change`, `submit`, and the statements. */
  _: (string | number)[]
  file?: string | undefined
  target: string
  role?: 'dml' | 'ddl' | undefined
  reason?: string | undefined
  maxRows?: number | undefined
  executor?: 'clyra' | 'caller' | undefined
  grantSeconds?: number | undefined
}

async function requestOf(args: SubmitArgs, io: Io): Promise<ChangeRequest> {
  const statements = splitStatements(await textOf(args, io))
  if (statements.length === 0) throw new ClyraError('CLYRA_CLI_USAGE', 'expected at least one statement, found none')
  return {
    kind: 'sql',
    target: args.target,
    statements,
    source: 'cli',
    ...(args.role === undefined ? {} : { role: args.role }),
    ...(args.reason === undefined ? {} : { reason: args.reason }),
    ...(args.executor === undefined ? {} : { executor: args.executor }),
    ...limitsOf(args),
  }
}

function limitsOf({ maxRows, executor, grantSeconds }: SubmitArgs): Pick<ChangeRequest, 'limits'> {
  if (maxRows === undefined && grantSeconds === undefined) return {}
  if (grantSeconds !== undefined && executor !== 'caller')
    throw new ClyraError('CLYRA_CLI_USAGE', 'expected --grant-seconds beside --executor caller, found it without')
  if (grantSeconds !== undefined && !(Number.isInteger(grantSeconds) && grantSeconds > 0))
    throw new ClyraError('CLYRA_CLI_USAGE', 'expected --grant-seconds to be a whole number of seconds above 0, found something else')
  return {
    limits: {
      ...(maxRows === undefined ? {} : { max_rows: maxRows }),
      ...(grantSeconds === undefined ? {} : { grant_seconds: grantSeconds }),
    },
  }
}

async function textOf({ _: words, file }: SubmitArgs, io: Io): Promise<string> {
  const sql = words.slice(2)
  const fromInput = file === '-' || (sql.length === 1 && sql[0] === '-')
  if (file !== undefined && sql.length > 0) throw new ClyraError('CLYRA_CLI_USAGE', 'expected statements or --file, found both')
  if (fromInput) return io.readInput()
  return file === undefined ? sql.join('\n;\n') : readText(file)
}

// Reads the command line, runs one command, prints its error, answers with an exit code. Knows no command by name.
import { readFileSync } from 'node:fs'
import yargs, { type Argv, type CommandModule } from 'yargs'
import { ClyraError } from '../core/errors.ts'
import type { AnyCommand, Common, Io } from './command.ts'
import { type Exit, exit } from './exit-codes.ts'
import { printError } from './print.ts'
import { groups, single } from './registry.ts'

const { version, description } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Record<string, string>

/** Runs one command line (without `node` and the script). Never throws and never prints a stack trace. */
export async function run(argv: readonly string[], io: Io): Promise<Exit | undefined> {
  let result: Exit | undefined = exit.ok
  const json = argv.includes('--json')
  const finish = async (work: () => Promise<Exit | undefined>) => {
    try {
      result = await work()
    } catch (error) {
      result = printError(error, io, json)
    }
  }
  try {
    const cli = await withCommands(frame(), argv, io, finish)
    await parse(cli, argv, io)
  } catch (error) {
    return printError(error, io, json)
  }
  return result
}

/** Runs the handler; what is wrong with the words themselves is CLYRA_CLI_USAGE. */
async function parse(cli: Argv<Common>, argv: readonly string[], io: Io): Promise<void> {
  try {
    await cli.parseAsync([...argv], {}, (_error: unknown, _args: unknown, output: string) => {
      if (output !== '') io.out(output)
    })
  } catch (error) {
    throw new ClyraError('CLYRA_CLI_USAGE', (error as Error).message.replaceAll(/\s*\n\s*/g, ' '))
  }
}

const frame = (): Argv<Common> =>
  yargs()
    .scriptName('clyra')
    .usage(`$0 <command>\n\n${description}`)
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON instead of text' })
    .locale('en')
    .wrap(110)
    .parserConfiguration({ 'dot-notation': false, 'parse-positional-numbers': false })
    .strict()
    .recommendCommands()
    .demandCommand(1, 'expected a command, found none')
    .check(once)
    .version(version as string)
    .help()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new Error(message)
    })
    .epilogue(
      'Exit codes: 0 ok, 1 failed or invalid, 2 usage or cannot judge, 3 denied or rejected, 4 expired or cancelled, 5 unreachable, 6 ambiguous.',
    )

/** An option given twice would become a list: say so instead of picking one. */
function once(args: Record<string, unknown>): true {
  const repeated = Object.keys(args).find((name) => name !== '_' && Array.isArray(args[name]))
  if (repeated !== undefined) throw new Error(`expected ${repeated} once, found it several times`)
  return true
}

type Finish = (work: () => Promise<Exit | undefined>) => Promise<void>

/** Loads the commands the first word can mean; all of them when it names none, for help and suggestions. */
async function withCommands(cli: Argv<Common>, argv: readonly string[], io: Io, finish: Finish): Promise<Argv<Common>> {
  const first = argv.find((word) => !word.startsWith('-')) ?? ''
  const known = first in single || first in groups
  const wanted = (name: string) => !known || name === first
  const adapt = ({ command }: { command: AnyCommand }): CommandModule<Common, Common> => ({
    command: command.command,
    describe: command.describe,
    builder: (yargs) => command.builder(yargs) as Argv<Common>,
    handler: (args) => finish(() => command.handler(args as never, io)),
  })
  for (const [name, load] of Object.entries(single)) if (wanted(name)) cli.command(adapt(await load()))
  for (const [name, group] of Object.entries(groups)) {
    if (!wanted(name)) continue
    const names = Object.keys(group.commands)
    const modules = await Promise.all(Object.values(group.commands).map((load) => load()))
    const builder = (inner: Argv<Common>) => {
      for (const module of modules) inner.command(adapt(module))
      return inner.demandCommand(1, `expected one of ${names.join(', ')} after ${name}, found none`)
    }
    cli.command({ command: name, describe: `${group.describe}: ${names.join(', ')}`, builder, handler: () => undefined })
  }
  return cli
}

// What a command of the CLI is: a yargs module whose handler is given its console and returns its exit code.
import type { ArgumentsCamelCase, Argv } from 'yargs'
import type { Exit } from './exit-codes.ts'

/** The world of a command: two streams, the standard input, a person who may be asked, and his browser. */
export interface Io {
  out(line: string): void
  err(line: string): void
  readInput(): Promise<string>
  /** True when a person can answer. */
  interactive: boolean
  confirm(question: string): Promise<boolean>
  /** Opens an address in a browser, where a person has one here. */
  browse(address: string): void
}

/** Options every command has. */
export interface Common {
  json: boolean
}

/** A handler that returns nothing ended well, or has set `process.exitCode` itself. */
export interface Command<A = unknown> {
  command: string
  describe: string
  builder: (yargs: Argv<Common>) => Argv<Common & A>
  handler: (args: ArgumentsCamelCase<Common & A>, io: Io) => Promise<Exit | undefined>
}

/** A command whose arguments only its own file knows. */
export interface AnyCommand {
  command: string
  describe: string
  builder: (yargs: Argv<Common>) => unknown
  handler: (args: never, io: Io) => Promise<Exit | undefined>
}

/** Infers the arguments of a command from its builder. */
export const defineCommand = <A>(command: Command<A>): AnyCommand => command

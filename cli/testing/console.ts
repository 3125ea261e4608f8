// Runs a command line in this process, with a console that remembers.
import type { Io } from '../command.ts'
import { run } from '../main.ts'

export interface Ran {
  code: number | undefined
  out: string
  err: string
}

export interface Person {
  input?: string
  /** What the person at the terminal answers; absent means nobody is there. */
  answer?: boolean
  /** What his browser does. */
  browse?(address: string): void
}

/** The exit code and what was printed. */
export async function cli(argv: readonly string[], { input = '', answer, browse = () => undefined }: Person = {}): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const io: Io = {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    readInput: async () => input,
    interactive: answer !== undefined,
    confirm: async () => answer === true,
    browse,
  }
  const code = await run(argv, io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

// Temporal's own CLI, as an operator uses it on a running stack.
import { findTemporal } from '../../runtime/parts/temporal.ts'
import { checkout, runProgram } from './stack.ts'

/** Runs `temporal <words>` against the server; what it printed. Throws when it fails. */
export async function temporalCli(address: string, ...words: string[]): Promise<string> {
  const { code, out, err } = await runProgram(findTemporal(checkout) as string, [...words, '--address', address])
  if (code !== 0) throw new Error(`expected temporal ${words.slice(0, 2).join(' ')} to succeed, found exit code ${code}: ${err}`)
  return out
}

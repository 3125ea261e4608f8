// The real console.
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Io } from './command.ts'

/** Standard streams; a person can answer only when input and output are terminals. */
export function terminal(): Io {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  return {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    readInput: () => text(process.stdin),
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    confirm,
  }
}

/** Anything but y or yes, the end of input included, is no. */
function confirm(question: string): Promise<boolean> {
  const asker = createInterface({ input: process.stdin, output: process.stdout })
  return new Promise((resolve) => {
    asker.once('close', () => resolve(false))
    asker.question(`${question} [y/N] `, (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()))
      asker.close()
    })
  })
}

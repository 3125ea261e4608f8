// The real console.
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import type { Io } from './command.ts'

/** Standard streams; a person can answer only when input and output are terminals. */
export const terminal = (): Io => ({
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  readInput: () => text(process.stdin),
  interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  async confirm(question) {
    const asker = createInterface({ input: process.stdin, output: process.stdout })
    const answer = await asker.question(`${question} [y/N] `)
    asker.close()
    return /^y(es)?$/i.test(answer.trim())
  },
})

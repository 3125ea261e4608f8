// The real console.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Io } from './command.ts'

/** Standard streams; a person can answer only when input and output are terminals. */
export function terminal(): Io {
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  return {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    readInput: () => text(process.stdin),
    interactive,
    confirm,
    browse: (address) => interactive && browse(address),
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

const openers: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

// Where there is no browser the person opens the address that was printed.
function browse(address: string): void {
  const [program = '', ...words] = openers[process.platform] ?? ['xdg-open']
  const child = spawn(program, [...words, address], { detached: true, stdio: 'ignore' })
  child.once('error', () => undefined)
  child.unref()
}

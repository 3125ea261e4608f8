// How results and errors look: tables for people, one JSON text for programs.
import Table from 'cli-table3'
import { ClyraError, codeOf, errorKind } from '../core/errors.ts'
import type { Io } from './command.ts'
import { type Exit, exitOfError } from './exit-codes.ts'

const plain = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** Rows under a head, without lines or colours, so that it can be piped and cut. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const grid = new Table({ head: [...head], chars: plain, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } })
  grid.push(...rows.map((row) => row.map((cell) => String(cell ?? '-'))))
  return trimmed(grid.toString())
}

/** `name  value` lines; a null value is left out. */
export function fields(rows: readonly (readonly [string, string | number | null])[]): string {
  const shown = rows.filter(([, value]) => value !== null)
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}

const trimmed = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')

/** Prints a value as JSON, or what `human` makes of it. */
export function print(io: Io, json: boolean, value: unknown, human: () => string): void {
  io.out(json ? JSON.stringify(value, null, 2) : human())
}

/** Prints `clyra: CODE message`, the remedy and the faults, or the same as JSON; answers with the exit code. */
export function printError(error: unknown, io: Io, json: boolean): Exit {
  const code = codeOf(error)
  const message = (error instanceof Error ? error.message : String(error)).split('\n')[0] as string
  const faults = error instanceof ClyraError ? error.faults : []
  const { remedy } = errorKind(code)
  if (json) io.out(JSON.stringify({ code, message, remediation: remedy, faults }, null, 2))
  else io.err([`clyra: ${code} ${message}`, ...faults.map(({ pointer, detail }) => `  ${pointer}: ${detail}`), `  ${remedy}`].join('\n'))
  return exitOfError(code)
}

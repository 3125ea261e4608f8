// Files named on the command line. What goes wrong with them is the caller's to mend: CLYRA_CLI_FILE.
import { readFileSync, writeFileSync } from 'node:fs'
import { ClyraError } from '../core/errors.ts'

/** The bytes of a file. CLYRA_CLI_FILE. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw fileError(`expected a readable file at ${path}`, cause)
  }
}

/** The text of a file. CLYRA_CLI_FILE. */
export const readText = (path: string): string => new TextDecoder().decode(readBytes(path))

/** Writes a new file; an existing one is kept unless `overwrite`. CLYRA_CLI_FILE. */
export function writeBytes(path: string, content: Uint8Array | string, options: { mode?: number; overwrite?: boolean } = {}): void {
  try {
    writeFileSync(path, content, { mode: options.mode ?? 0o644, flag: options.overwrite ? 'w' : 'wx' })
  } catch (cause) {
    throw fileError(`expected to write a new file at ${path}`, cause)
  }
}

const fileError = (expected: string, cause: unknown): ClyraError =>
  new ClyraError('CLYRA_CLI_FILE', `${expected}, found ${(cause as NodeJS.ErrnoException).code ?? 'an error'}`, { cause })

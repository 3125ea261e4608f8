// Looks for secrets in bytes: as they are, in base64 at each of its three offsets, and in hex.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The forms a needle may hide in. */
export function disguises(needle: string): string[] {
  const bytes = Buffer.from(needle)
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(offset === 0 ? 0 : offset + 1, -4),
  )
  return [needle, ...base64, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')), bytes.toString('hex')]
}

/** Which needles occur in the bytes. Every needle must be long enough not to occur by chance. */
export function leaksIn(bytes: Buffer, needles: readonly string[]): string[] {
  const text = bytes.toString('latin1')
  return needles.filter((needle) => disguises(needle).some((form) => text.includes(form)))
}

/** Every file below a directory. */
export const filesBelow = (dir: string): string[] =>
  readdirSync(dir).flatMap((entry) => {
    const path = join(dir, entry)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })

/** `path: needle` for every leak in the files. */
export const leaksInFiles = (files: readonly string[], needles: readonly string[]): string[] =>
  files.flatMap((file) => leaksIn(readFileSync(file), needles).map((needle) => `${file}: ${needle.slice(0, 12)}…`))

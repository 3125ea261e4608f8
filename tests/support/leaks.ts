// Looks for secrets in bytes: as they are, escaped for JSON or for a URL, and each of these in base64 at its three offsets and in hex.
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The forms a needle may hide in. */
export function disguises(needle: string): string[] {
  const json = JSON.stringify(needle).slice(1, -1)
  const url = encodeURIComponent(needle)
  const plain = [needle, json, JSON.stringify(json).slice(1, -1), url, url.replaceAll('%20', '+')]
  return [...new Set(plain.flatMap((form) => [form, ...encoded(form)]))]
}

function encoded(form: string): string[] {
  const bytes = Buffer.from(form)
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(offset === 0 ? 0 : offset + 1, -4),
  )
  const hex = bytes.toString('hex')
  return [...base64, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')), hex, hex.toUpperCase()]
}

/** Which needles occur in the bytes. Every needle must be long enough not to occur by chance. */
export type Search = (bytes: Buffer) => string[]

/** A search for all needles in all their forms at once: one pass over the bytes, whatever their number. */
export function searchFor(needles: readonly string[]): Search {
  const short = needles.find((needle) => needle.length < 10)
  if (short !== undefined) throw new Error(`expected needles of at least 10 characters, found ${short.length}`)
  const forms = needles.flatMap((needle) => disguises(needle).map((form) => ({ needle, form: Buffer.from(form) })))
  const byStart = Map.groupBy(forms, ({ form }) => form.readUIntBE(0, 3))
  const starts = new Uint8Array(1 << 24)
  for (const start of byStart.keys()) starts[start] = 1
  return (bytes) => {
    const found = new Set<string>()
    let window = 0
    for (let index = 0; index < bytes.length; index++) {
      window = ((window << 8) | (bytes[index] as number)) & 0xffffff
      if (starts[window] === 0 || index < 2) continue
      for (const { needle, form } of byStart.get(window) ?? [])
        if (bytes.compare(form, 0, form.length, index - 2, Math.min(bytes.length, index - 2 + form.length)) === 0) found.add(needle)
    }
    return [...found]
  }
}

/** Every file below a directory; what a link points to is elsewhere. */
export const filesBelow = (dir: string): string[] =>
  readdirSync(dir).flatMap((entry) => {
    const path = join(dir, entry)
    const kind = lstatSync(path)
    if (kind.isDirectory()) return filesBelow(path)
    return kind.isFile() ? [path] : []
  })

/** `path: needle` for every leak in the files; the needle is cut, so that the search leaks nothing itself. */
export const leaksInFiles = (files: readonly string[], search: Search): string[] =>
  files.flatMap((file) => search(readFileSync(file)).map((needle) => `${file}: ${needle.slice(0, 12)}…`))

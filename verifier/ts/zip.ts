// The container "clyra-zip/0" (spec/evidence-zip.md): one byte form, so that encode(decode(zip)) == zip. No zip library.
import { crc32 } from 'node:zlib'
import { demand } from './report.ts'

/** Path to content, in the order of the zip. */
export type Files = Map<string, Uint8Array>

const localHeader = 0x04034b50
const pathPattern = /^([A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/
const known = [
  /^(README\.txt|SHA256SUMS|manifest\.json|log\/(checkpoint|edge|prev\.checkpoint|receipts\.jsonl))$/,
  /^blobs\/sha256\/[0-9a-f]{64}$/,
  /^sig\/(attest\.sox|bundle)\.[0-9a-f]{8}\.sigstore\.json$/,
]
const required = ['README.txt', 'SHA256SUMS', 'log/checkpoint', 'log/receipts.jsonl', 'manifest.json']

/** True for a path a bundle may name. */
export const isPath = (path: string): boolean => path.length <= 200 && pathPattern.test(path)

/** The files of a canonical zip: ZIP_NOT_CANONICAL, ZIP_BAD_NAME, ZIP_BAD_CRC. */
export function readZip(zip: Uint8Array): Files {
  const entries = walk(Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength))
  const folded = new Set<string>()
  for (const [index, { path }] of entries.entries()) {
    const ascends = index === 0 || path > (entries[index - 1] as { path: string }).path
    demand(isPath(path) && ascends && !folded.has(path.toLowerCase()), 'ZIP_BAD_NAME', `entry ${index}`)
    folded.add(path.toLowerCase())
  }
  for (const { path, crc, content } of entries) demand(crc32(content) === crc, 'ZIP_BAD_CRC', path)
  return new Map(entries.map(({ path, content }) => [path, content]))
}

/** Which files a DEF v0 bundle must and may have: FILE_MISSING, FILE_UNEXPECTED. */
export function checkFiles(files: Files): void {
  const paths = [...files.keys()]
  const pair = ['log/edge', 'log/prev.checkpoint']
  const expected = pair.some((path) => files.has(path)) ? [...required, ...pair] : required
  for (const path of expected) demand(files.has(path), 'FILE_MISSING', path)
  demand(
    paths.some((path) => path.startsWith('sig/bundle.')),
    'FILE_MISSING',
    'sig/bundle',
  )
  for (const path of paths)
    demand(
      known.some((pattern) => pattern.test(path)),
      'FILE_UNEXPECTED',
      path,
    )
}

// Reads sizes and names only; every other byte is compared with what they imply.
function walk(zip: Buffer): { path: string; crc: number; content: Uint8Array }[] {
  const entries = []
  const central: Buffer[] = []
  let at = 0
  while (at + 30 <= zip.length && zip.readUInt32LE(at) === localHeader) {
    const [crc, size] = [zip.readUInt32LE(at + 14), zip.readUInt32LE(at + 18)]
    const start = at + 30 + zip.readUInt16LE(at + 26)
    const name = zip.subarray(at + 30, start)
    // Flags, method, time, date, CRC, sizes, name length, extra length: the same in the local and the central header.
    const shared = pack([2, 0], [2, 0], [2, 0], [2, 0x21], [4, crc], [4, size], [4, size], [2, name.length], [2, 0])
    const header = Buffer.concat([pack([4, localHeader], [2, 10]), shared, name])
    demand(start + size <= zip.length && header.equals(zip.subarray(at, start)), 'ZIP_NOT_CANONICAL', null)
    entries.push({ path: name.toString('latin1'), crc, content: zip.subarray(start, start + size) })
    const place = pack([2, 0], [2, 0], [2, 0], [4, 0x81a40020], [4, at])
    central.push(pack([4, 0x02014b50], [2, 0x032d], [2, 10]), shared, place, name)
    at = start + size
  }
  demand(entries.length < 65535, 'ZIP_NOT_CANONICAL', null)
  const directory = Buffer.concat(central)
  const end = pack([4, 0x06054b50], [4, 0], [2, entries.length], [2, entries.length], [4, directory.length], [4, at], [2, 0])
  demand(Buffer.concat([directory, end]).equals(zip.subarray(at)), 'ZIP_NOT_CANONICAL', null)
  return entries
}

// Little-endian fields of [bytes, value].
const pack = (...fields: [number, number][]): Buffer =>
  Buffer.from(fields.flatMap(([bytes, value]) => [0, 8, 16, 24].slice(0, bytes).map((shift) => (value >>> shift) & 255)))

// The canonical zip "clyra-zip/0" (spec/evidence-zip.md): written by archiver, read back and compared byte for byte.
import { crc32 } from 'node:zlib'
import { ZipArchive } from 'archiver'
import { ClyraError } from '../core/errors.ts'
import { byBytes } from './order.ts'

export type Files = ReadonlyMap<string, Uint8Array>

const namePattern = /^([A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/
const maxName = 200
const maxEntries = 65_534
const maxBytes = 0xffff_ffff

/** The one zip of these files. CLYRA_EVIDENCE_INVALID when a name, the number or the size is not allowed. */
export async function writeZip(files: Files): Promise<Uint8Array> {
  const names = [...files.keys()].sort(byBytes)
  // Before archiver sees them: it would mend a bad name silently.
  checkNames(names)
  const archive = new ZipArchive({ store: true })
  for (const name of names) {
    // DOS times are read in UTC by archiver: 1980-01-01 is date 0x0021, time 0.
    archive.append(Buffer.from(files.get(name) ?? []), { name, date: new Date('1980-01-01T00:00:00Z'), mode: 0o644 })
  }
  const [bytes] = await Promise.all([collect(archive), archive.finalize()])
  readZip(bytes)
  return bytes
}

/** The files of a canonical zip. CLYRA_EVIDENCE_INVALID for any other: `encode(decode(zip)) == zip` is checked here. */
export function readZip(bytes: Uint8Array): Map<string, Uint8Array> {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const files = new Map<string, Uint8Array>()
  for (let at = 0; at + 30 <= zip.length && zip.readUInt32LE(at) === 0x04034b50; ) {
    const start = at + 30 + zip.readUInt16LE(at + 26)
    const name = zip.toString('latin1', at + 30, start)
    if (files.has(name)) throw notCanonical('a name twice')
    at = start + zip.readUInt32LE(at + 18)
    files.set(name, zip.subarray(start, at))
  }
  checkNames([...files.keys()])
  if (files.size > maxEntries || zip.length > maxBytes) throw notCanonical('too large')
  if (!encode(files).equals(zip)) throw notCanonical('other bytes than its files give')
  return files
}

function checkNames(names: readonly string[]): void {
  if (!names.every((name) => name.length <= maxName && namePattern.test(name))) throw notCanonical('a name that is not allowed')
  if (!names.every((name, index) => index === 0 || byBytes(names[index - 1] ?? '', name) < 0)) throw notCanonical('names out of order')
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) throw notCanonical('names that differ in case alone')
}

/** The container's form for these files in this order, whatever their names: archiver must produce the same bytes. Checks nothing. */
export function encode(files: Files): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const [name, content] of files) {
    const entry = common(name, content)
    const local = Buffer.concat([u32(0x04034b50), u16(10), entry, Buffer.from(name), content])
    centrals.push(
      Buffer.concat([
        u32(0x02014b50),
        u16(0x032d),
        u16(10),
        entry,
        u16(0),
        u16(0),
        u16(0),
        u32(0x81a40020),
        u32(offset),
        Buffer.from(name),
      ]),
    )
    locals.push(local)
    offset += local.length
  }
  const central = Buffer.concat(centrals)
  const end = Buffer.concat([u32(0x06054b50), u32(0), u16(files.size), u16(files.size), u32(central.length), u32(offset), u16(0)])
  return Buffer.concat([...locals, central, end])
}

/** Flags to extra length: the same 22 bytes stand in the local and in the central header. */
const common = (name: string, content: Uint8Array): Buffer =>
  Buffer.concat([
    u16(0),
    u16(0),
    u16(0),
    u16(0x0021),
    u32(crc32(content)),
    u32(content.length),
    u32(content.length),
    u16(name.length),
    u16(0),
  ])

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const notCanonical = (found: string): ClyraError => new ClyraError('CLYRA_EVIDENCE_INVALID', `expected a canonical zip, got ${found}`)

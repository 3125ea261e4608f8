// Builds evidence files for the tests, by hand and apart from the producer, so that an error is not made twice.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { keyHash, keys, logName, type Pair, signWith } from './keys.ts'

export type Body = Record<string, unknown>

/** A receipt to write. `body` sees the leaf hashes of the lines before: `leaf(kind)` is the last of a kind. */
export interface Draft {
  kind: string
  /** Default: minute `seq` after ten, but never before the line before. */
  at?: string
  body: (leaf: (kind: string) => string) => Body
  /** The envelope its body names, made of the body as it was told. */
  seal?: (body: Body) => string
}

export interface Story {
  attempt: number
  outcome: string
  /** Receipts of the stream before this bundle. */
  before: Draft[]
  drafts: Draft[]
  blobs: { role: string; text: string }[]
}

/** Where a test may lie before anything that follows is computed and signed. */
export interface Tweaks {
  receipt?: (receipt: Body, index: number) => void
  seal?: (text: string, body: Body) => string
  lines?: (lines: Buffer[]) => Buffer[]
  manifest?: (manifest: Body) => void
  checkpoint?: (text: string, path: string) => string
  edge?: (edge: string) => string
  files?: (files: Map<string, Buffer>) => void
  sums?: (text: string) => string
  statement?: (statement: Body) => void
  bundleKey?: Pair
  logKey?: Pair
  attest?: { key?: Pair; controls: Body[]; statement?: (statement: Body) => void }
  signed?: (files: Map<string, Buffer>) => void
}

export const changeId = 'chg_abcdefghijklmnopqrstuvwxy2'
const stream = `change/${changeId}`
const origin = `${logName}/${stream}`

export const sha256 = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
export const digest = (bytes: Uint8Array | string): string => `sha256:${sha256(bytes).toString('hex')}`

/** Sorted keys; the fixtures hold nothing else that is not canonical. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, item) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )

const leafOf = (line: Buffer): Buffer => sha256(Buffer.of(0), line)

// RFC 6962 by its recursive definition, not by a stack.
function root(leaves: Buffer[]): Buffer {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return leaves[0] as Buffer
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return sha256(Buffer.of(1), root(leaves.slice(0, split)), root(leaves.slice(split)))
}

function edgeOf(leaves: Buffer[]): Buffer[] {
  if (leaves.length === 0) return []
  let size = 1
  while (size * 2 <= leaves.length) size *= 2
  return [root(leaves.slice(0, size)), ...edgeOf(leaves.slice(size))]
}

function note(size: number, hash: Buffer, key: Pair): string {
  const text = `${origin}\n${size}\n${hash.toString('base64')}\n`
  const blob = Buffer.concat([keyHash(key), signWith(key, Buffer.from(text))])
  return `${text}\n— witness.example AAAAAAAA\n— ${logName} ${blob.toString('base64')}\n`
}

function write(drafts: Draft[], tweaks: Tweaks, first: number): { lines: Buffer[]; envelopes: Story['blobs'] } {
  const lines: Buffer[] = []
  const envelopes: Story['blobs'] = []
  const leaves = new Map<string, string>()
  let last = ''
  let prev = digest(`clyra.genesis/0\n${origin}\n`)
  for (const [seq, { kind, body, seal, ...draft }] of drafts.entries()) {
    const minute = `2026-03-01T10:${String(seq).padStart(2, '0')}:00.000Z`
    const at = draft.at ?? (minute > last ? minute : last)
    last = at
    const leaf = (name: string): string => leaves.get(name) ?? digest('none')
    const receipt: Body = { stream, seq, prev, kind, at, actor: { actor: 'worker', person: null }, body: structuredClone(body(leaf)) }
    if (seq >= first) tweaks.receipt?.(receipt, seq - first)
    const told = receipt.body as Body | null
    if (seal !== undefined && typeof told === 'object' && told !== null) {
      const text = tweaks.seal?.(seal(told), told) ?? seal(told)
      told.envelope_digest = digest(text)
      envelopes.push({ role: 'certificate', text })
    }
    const line = Buffer.from(canonical(receipt))
    prev = `sha256:${leafOf(line).toString('hex')}`
    leaves.set(kind, prev)
    lines.push(line)
  }
  return { lines, envelopes }
}

/** A Sigstore bundle of a statement. */
export function sealed(statement: unknown, key: Pair): Buffer {
  const dsseEnvelope = envelope(statement, key)
  const hint = Buffer.from(key.id, 'hex').toString('base64')
  const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
  return Buffer.from(canonical({ mediaType, verificationMaterial: { publicKey: { hint } }, dsseEnvelope }))
}

/** A DSSE envelope of a statement. */
export function envelope(statement: unknown, key: Pair): Body {
  const payload = Buffer.from(canonical(statement))
  const payloadType = 'application/vnd.in-toto+json'
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload])
  return { payload: payload.toString('base64'), payloadType, signatures: [{ sig: signWith(key, message).toString('base64') }] }
}

/** The evidence file of a story. Every tweak is followed by honest sums, roots and signatures. */
export function build(told: Story, tweaks: Tweaks = {}): Buffer {
  const start = told.before.length
  const { lines: all, envelopes } = write([...told.before, ...told.drafts], tweaks, start)
  const story = { ...told, blobs: [...told.blobs, ...envelopes] }
  const before = all.slice(0, start)
  const lines = tweaks.lines?.(all.slice(start)) ?? all.slice(start)
  const end = start + lines.length
  const leaves = [...before, ...lines].map(leafOf)
  const key = tweaks.logKey ?? keys.log
  const files = new Map<string, Buffer>([['README.txt', Buffer.from('How to check this file.\n')]])
  for (const { text } of story.blobs) files.set(`blobs/sha256/${sha256(text).toString('hex')}`, Buffer.from(text))
  if (start > 0) {
    const edge = [String(start), ...edgeOf(leaves.slice(0, start)).map((hash) => hash.toString('base64')), ''].join('\n')
    files.set('log/edge', Buffer.from(tweaks.edge?.(edge) ?? edge))
    const text = note(start, root(leaves.slice(0, start)), key)
    files.set('log/prev.checkpoint', Buffer.from(tweaks.checkpoint?.(text, 'log/prev.checkpoint') ?? text))
  }
  files.set('log/receipts.jsonl', Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
  const text = note(end, root(leaves), key)
  files.set('log/checkpoint', Buffer.from(tweaks.checkpoint?.(text, 'log/checkpoint') ?? text))
  const manifest = manifestOf(story, lines, start, before.length === 0 ? null : root(leaves.slice(0, start)), root(leaves))
  tweaks.manifest?.(manifest)
  files.set('manifest.json', Buffer.from(canonical(manifest)))
  tweaks.files?.(files)
  const paths = [...files.keys()].sort()
  const list = paths.map((path) => `${sha256(files.get(path) as Buffer).toString('hex')}  ${path}\n`).join('')
  files.set('SHA256SUMS', Buffer.from(tweaks.sums?.(list) ?? list))
  sign(story, tweaks, manifest, files)
  tweaks.signed?.(files)
  return zip(files)
}

const schemaOf = new Map([
  ['anchor', 'warehouse_anchor'],
  ['delta', 'semantic_delta'],
])

// A kind of a test's own has no file.
function schemaFile(name: string): string {
  const paths = ['common', 'def'].map((room) => join(import.meta.dirname, '../../../spec', room, 'schemas', `${name}.schema.json`))
  const path = paths.find(existsSync)
  return path === undefined ? '' : readFileSync(path, 'utf8')
}

function manifestOf(story: Story, lines: Buffer[], start: number, prev: Buffer | null, last: Buffer): Body {
  const kinds = lines.map((line) => JSON.parse(String(line)).kind as string)
  const governance = lines.map((line) => JSON.parse(String(line))).find(({ kind }) => kind === 'recorded')?.body?.governance
  return {
    format: 'def',
    spec: 0,
    tenant: 'acme',
    change_id: changeId,
    attempt: story.attempt,
    outcome: story.outcome,
    origin,
    range: { start, end: start + lines.length },
    prev_root: prev === null ? null : `sha256:${prev.toString('hex')}`,
    root: `sha256:${last.toString('hex')}`,
    counts: [...new Set(kinds)].sort().map((kind) => ({ kind, count: kinds.filter((other) => other === kind).length })),
    governance: governance ?? { accuracy: [], oversight: [], reliability: [], transparency: [] },
    blobs: story.blobs
      .map(({ role, text }) => ({
        digest: digest(text),
        size: Buffer.byteLength(text),
        media_type: ['decision', 'certificate'].includes(role) ? 'application/vnd.dsse.envelope+json' : 'application/json',
        role,
      }))
      .sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    schemas: ['data_receipt', 'def_manifest', ...new Set(kinds.map((kind) => schemaOf.get(kind) ?? kind))]
      .sort()
      .map((name) => ({ name, digest: digest(schemaFile(name)) })),
    simulated: [],
    producer: { name: 'clyra', version: '0.1.0', workflow_bundle: null },
    sealed_at: '2026-03-01T11:00:00.000Z',
  }
}

function sign(story: Story, tweaks: Tweaks, manifest: Body, files: Map<string, Buffer>): void {
  const id = digest(files.get('SHA256SUMS') as Buffer)
  const subject = [{ name: 'SHA256SUMS', digest: { sha256: id.slice(7) } }]
  const { origin, prev_root, root, range } = manifest as { origin: string; prev_root: string; root: string; range: Body | null }
  const manifest_digest = digest(files.get('manifest.json') ?? '')
  const predicate: Body = { bundle_id: id, origin, start: range?.start ?? 0, end: range?.end ?? 0, prev_root, root, manifest_digest }
  const statement = { _type: 'https://in-toto.io/Statement/v1', subject, predicateType: 'https://clyra.dev/spec/def/v0', predicate }
  tweaks.statement?.(statement)
  const key = tweaks.bundleKey ?? keys.bundle
  files.set(`sig/bundle.${key.id.slice(0, 8)}.sigstore.json`, sealed(statement, key))
  if (tweaks.attest === undefined) return
  const attestKey = tweaks.attest.key ?? keys.attest
  const attestation = {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://clyra.dev/spec/attestation/sox/v0',
    predicate: {
      framework: 'sox',
      mode: 'instance',
      bundle_id: id,
      change_id: changeId,
      attempt: story.attempt,
      outcome: story.outcome,
      controls: tweaks.attest.controls,
      not_judged: ['back-out'],
      attested_at: '2026-03-01T11:00:00.000Z',
    },
  }
  tweaks.attest.statement?.(attestation)
  files.set(`sig/attest.sox.${attestKey.id.slice(0, 8)}.sigstore.json`, sealed(attestation, attestKey))
}

/** The canonical zip of these files, in the order of their names unless `order` says otherwise. */
export function zip(files: Map<string, Buffer>, order = [...files.keys()].sort()): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const path of order) {
    const content = files.get(path) as Buffer
    const local = Buffer.alloc(30 + path.length)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(10, 4)
    local.writeUInt16LE(0x21, 12)
    local.writeUInt32LE(crc32(content), 14)
    local.writeUInt32LE(content.length, 18)
    local.writeUInt32LE(content.length, 22)
    local.writeUInt16LE(path.length, 26)
    local.write(path, 30, 'latin1')
    const central = Buffer.alloc(46 + path.length)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(0x032d, 4)
    local.copy(central, 6, 4, 30)
    central.writeUInt32LE(0x81a40020, 38)
    central.writeUInt32LE(offset, 42)
    central.write(path, 46, 'latin1')
    locals.push(local, content)
    centrals.push(central)
    offset += local.length + content.length
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(order.length, 8)
  end.writeUInt16LE(order.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

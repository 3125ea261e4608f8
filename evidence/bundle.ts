// A DEF v0 bundle: a range of one stream, closed over by sums and a signature (spec/evidence-zip.md).
import { canonical } from '../core/canonical.ts'
import { ClyraError } from '../core/errors.ts'
import type { DataReceipt, DefManifest, DefStatement } from '../core/generated/types.ts'
import type { Signer } from '../core/ports.ts'
import { digest, sha256Hex } from '../runtime/digest.ts'
import { manifestOf } from './manifest.ts'
import { parse, textOf } from './read.ts'
import { readme } from './readme.ts'
import { bodySchema, demand } from './schemas.ts'
import { signSigstoreBundle } from './sigstore-bundle.ts'
import { bundleId, sha256Sums, subjectOf, sumsPath } from './sums.ts'
import { readZip, writeZip } from './zip.ts'

/** A receipt and the bytes of its line, as the ledger stored them. */
export interface Line {
  receipt: DataReceipt
  line: string
}

export interface BlobInput {
  /** Canonical JSON. */
  text: string
  role: DefManifest['blobs'][number]['role']
}

/** What a bundle closes over. Roots, edge and checkpoints are the ledger's word; the log is not recomputed here. */
export interface BundleInput {
  /** Receipts `start` … the attempt's `recorded`. */
  receipts: readonly Line[]
  start: number
  end: number
  /** Signed note at size `start`, roots of its perfect subtrees, and its root; null, empty and null when start is 0. */
  prevCheckpoint: string | null
  edge: readonly Uint8Array[]
  prevRoot: Uint8Array | null
  checkpoint: string
  root: Uint8Array
  origin: string
  blobs: readonly BlobInput[]
  tenant: string
  producer: DefManifest['producer']
  simulated: readonly string[]
  sealed_at: string
  signer: Signer
}

export interface Bundle {
  zip: Uint8Array
  bundle_id: string
  manifest: DefManifest
}

/** Builds and seals a bundle. CLYRA_EVIDENCE_INVALID when a part does not fit the spec, CLYRA_EVIDENCE_SIGNER. */
export async function buildBundle(input: BundleInput): Promise<Bundle> {
  checkReceipts(input)
  const blobs = new Map(input.blobs.map((blob) => [digest(blob.text), blob]))
  for (const { text, role } of blobs.values()) demandCanonical(text, blobSchema[role])
  const manifest = manifestOf(input, blobs)
  demand('def_manifest', manifest)

  const files = new Map<string, Uint8Array>()
  const put = (path: string, text: string) => files.set(path, Buffer.from(text))
  put('README.txt', readme)
  for (const { text } of blobs.values()) put(`blobs/sha256/${sha256Hex(text)}`, text)
  if (input.start > 0) {
    put('log/prev.checkpoint', input.prevCheckpoint ?? '')
    put('log/edge', edgeText(input.start, input.edge))
  }
  put('log/receipts.jsonl', input.receipts.map(({ line }) => `${line}\n`).join(''))
  put('log/checkpoint', input.checkpoint)
  const manifestText = canonical(manifest)
  put('manifest.json', manifestText)
  const sums = sha256Sums(files)
  put(sumsPath, sums)

  const bundle_id = bundleId(sums)
  const statement: DefStatement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjectOf(bundle_id),
    predicateType: 'https://clyra.dev/spec/def/v0',
    predicate: {
      bundle_id,
      origin: input.origin,
      ...manifest.range,
      prev_root: manifest.prev_root,
      root: manifest.root,
      manifest_digest: digest(manifestText),
    },
  }
  demand('def_statement', statement)
  put(`sig/bundle.${input.signer.keyId.slice(0, 8)}.sigstore.json`, await signSigstoreBundle(statement, input.signer))
  return { zip: await writeZip(files), bundle_id, manifest }
}

const blobSchema = {
  policy: 'policy',
  decision: 'dsse_envelope',
  certificate: 'dsse_envelope',
  snapshot: 'schema_snapshot',
  effect: 'effect',
} as const

function checkReceipts({ receipts, start, end, prevCheckpoint, prevRoot }: BundleInput): void {
  for (const [index, { receipt, line }] of receipts.entries()) {
    if (canonical(receipt) !== line) throw invalid(`seq ${receipt.seq} as its canonical line`)
    if (receipt.seq !== start + index) throw invalid(`seq ${start + index}, got ${receipt.seq}`)
    demand('data_receipt', receipt)
    demand(bodySchema(receipt.kind), receipt.body)
  }
  if (receipts.length !== end - start) throw invalid(`${end - start} receipts, got ${receipts.length}`)
  if (receipts.at(-1)?.receipt.kind !== 'recorded') throw invalid('a range that ends at recorded')
  if (start > 0 && (prevCheckpoint === null || prevRoot === null)) throw invalid(`a checkpoint and a root of size ${start}`)
}

const edgeText = (start: number, edge: readonly Uint8Array[]): string =>
  `${start}\n${edge.map((root) => `${Buffer.from(root).toString('base64')}\n`).join('')}`

function demandCanonical(text: string, schema: string): void {
  const value: unknown = parse(text, `a ${schema} blob`)
  if (canonical(value) !== text) throw invalid(`a ${schema} blob in canonical JSON`)
  demand(schema, value)
}

const invalid = (expected: string): ClyraError => new ClyraError('CLYRA_EVIDENCE_INVALID', `expected ${expected}`)

/** The id of a sealed bundle. CLYRA_EVIDENCE_INVALID when it is no canonical zip, or has no SHA256SUMS. */
export const bundleIdOf = (zip: Uint8Array): string => bundleId(textOf(readZip(zip), sumsPath))

/** The text of a file of the zip, null when there is none. CLYRA_EVIDENCE_INVALID when it is no canonical zip. */
export function readSignature(zip: Uint8Array, path: string): string | null {
  const bytes = readZip(zip).get(path)
  return bytes === undefined ? null : Buffer.from(bytes).toString('utf8')
}

/** The same bundle with one more file under sig/; a path that is there is replaced. CLYRA_EVIDENCE_INVALID outside sig/. */
export async function addSignature(zip: Uint8Array, path: string, text: string): Promise<Uint8Array> {
  if (!path.startsWith('sig/')) throw invalid('a path under sig/')
  return writeZip(new Map([...readZip(zip), [path, Buffer.from(text)]]))
}

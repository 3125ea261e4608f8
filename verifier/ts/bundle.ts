// Claim `schemas`: every text of a bundle is read here once, and only here.
import { readCanonical } from './canonical.ts'
import type { DataReceipt, DefManifest, SigstoreBundle } from './generated/types.ts'
import { leafHash } from './merkle.ts'
import { type Checkpoint, readCheckpoint, readEdge } from './note.ts'
import { demand } from './report.ts'
import { fits } from './schema.ts'
import { blobPath, bundleId } from './sums.ts'
import type { Files } from './zip.ts'

/** A line of the log. `leaf` is how other receipts name it: `sha256:<hex>`. */
export interface Receipt<Body = Record<string, unknown>> extends Omit<DataReceipt, 'body'> {
  body: Body
  leaf: string
  hash: Uint8Array
}

/** A bundle whose every text is well formed; nothing more is known of it. */
export interface Bundle {
  id: string
  files: Files
  manifest: DefManifest
  receipts: Receipt[]
  blobs: Map<string, Uint8Array>
  /** Roots of the perfect subtrees of the tree of size `start`. */
  edge: Uint8Array[]
  checkpoints: Map<string, Checkpoint>
  signatures: Map<string, SigstoreBundle>
}

/** The schema of the body of each kind. */
export const bodySchemas: Record<string, string> = { anchor: 'warehouse_anchor', delta: 'semantic_delta' }
const plainKinds = 'change requester verdict decision approval_certificate attempt grant outcome snapshot recorded attestation ticket'
for (const kind of plainKinds.split(' ')) bodySchemas[kind] = kind
const blobSchemas = { policy: null, decision: 'dsse_envelope', certificate: 'dsse_envelope', snapshot: 'schema_snapshot', effect: 'effect' }
const maxLine = 65535

/** True when the manifest names another format or version than DEF v0. */
export function isOtherSpec(files: Files): boolean {
  const manifest = readCanonical(files.get('manifest.json') ?? new Uint8Array())
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) return false
  const { format, spec } = manifest
  return (typeof format === 'string' && format !== 'def') || (typeof spec === 'number' && spec !== 0)
}

/** Manifest, receipts, blobs, sig, log: JSON_NOT_CANONICAL, SCHEMA_MISMATCH, KIND_UNKNOWN, CHECKPOINT_MALFORMED, EDGE_MALFORMED. */
export function readBundle(files: Files): Bundle {
  const under = (folder: string): [string, Uint8Array][] => [...files].filter(([path]) => path.startsWith(folder))
  const manifest = read<DefManifest>(files.get('manifest.json') as Uint8Array, 'def_manifest', 'manifest.json')
  const receipts = readReceipts(files.get('log/receipts.jsonl') as Uint8Array)
  const roles = Map.groupBy(manifest.blobs, ({ digest }) => blobPath(digest))
  const blobs = new Map<string, Uint8Array>()
  for (const [path, bytes] of under('blobs/')) {
    const schemas = (roles.get(path) ?? []).map(({ role }) => blobSchemas[role])
    for (const schema of [null, ...schemas]) read(bytes, schema, path)
    blobs.set(path.replace('blobs/sha256/', 'sha256:'), bytes)
  }
  const signatures = new Map(under('sig/').map(([path, bytes]) => [path, read<SigstoreBundle>(bytes, 'sigstore_bundle', path)]))
  const checkpoints = new Map<string, Checkpoint>()
  for (const path of ['log/checkpoint', 'log/prev.checkpoint'].filter((path) => files.has(path))) {
    const checkpoint = readCheckpoint(files.get(path) as Uint8Array)
    demand(checkpoint !== null, 'CHECKPOINT_MALFORMED', path)
    checkpoints.set(path, checkpoint)
  }
  const edge = readEdge(files.get('log/edge') ?? null, manifest.range.start)
  demand(edge !== null, 'EDGE_MALFORMED', 'log/edge')
  return { id: bundleId(files), files, manifest, receipts, blobs, edge, checkpoints, signatures }
}

// A canonical object that fits a schema (null: any), as the type of that schema.
function read<T>(bytes: Uint8Array, schema: string | null, place: string): T {
  const value = readCanonical(bytes)
  demand(value !== undefined, 'JSON_NOT_CANONICAL', place)
  demand(schema === null || fits(schema, value), 'SCHEMA_MISMATCH', place)
  return value as T
}

function readReceipts(log: Uint8Array): Receipt[] {
  const receipts: Receipt[] = []
  for (let from = 0; from < log.length || receipts.length === 0; ) {
    const place = `line ${receipts.length + 1}`
    const end = log.indexOf(0x0a, from)
    demand(end >= 0 && end - from <= maxLine, 'JSON_NOT_CANONICAL', place)
    const line = log.subarray(from, end)
    const receipt = read<DataReceipt>(line, 'data_receipt', place)
    demand(Object.hasOwn(bodySchemas, receipt.kind), 'KIND_UNKNOWN', place)
    demand(fits(bodySchemas[receipt.kind] as string, receipt.body as never), 'SCHEMA_MISMATCH', place)
    const hash = leafHash(line)
    receipts.push({ ...receipt, hash, leaf: `sha256:${hash.toString('hex')}` })
    from = end + 1
  }
  return receipts
}

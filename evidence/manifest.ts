// manifest.json of a DEF v0 bundle (spec/def/schemas/def_manifest.schema.json).
import type { DefManifest, Recorded } from '../core/generated/types.ts'
import type { BlobInput, BundleInput } from './bundle.ts'
import { byBytes } from './order.ts'
import { bodySchema, schemaDigest } from './schemas.ts'

/** The manifest of a bundle: what is in it, read off its receipts. `blobs` by digest. */
export function manifestOf(input: BundleInput, blobs: ReadonlyMap<string, BlobInput>): DefManifest {
  const kinds = input.receipts.map(({ receipt }) => receipt.kind)
  const distinct = [...new Set(kinds)].sort(byBytes)
  const schemas = [...new Set(['data_receipt', 'def_manifest', ...distinct.map(bodySchema)])].sort(byBytes)
  const recorded = input.receipts.at(-1)?.receipt.body as unknown as Recorded
  return {
    format: 'def',
    spec: 0,
    tenant: input.tenant,
    change_id: recorded.change_id,
    attempt: recorded.attempt,
    outcome: recorded.outcome,
    origin: input.origin,
    range: { start: input.start, end: input.end },
    prev_root: input.start > 0 && input.prevRoot !== null ? hashText(input.prevRoot) : null,
    root: hashText(input.root),
    counts: distinct.map((kind) => ({ kind, count: kinds.filter((other) => other === kind).length })),
    governance: recorded.governance,
    blobs: [...blobs]
      .sort(([a], [b]) => byBytes(a, b))
      .map(([name, { text, role }]) => ({ digest: name, size: Buffer.byteLength(text), media_type: mediaType(role), role })),
    schemas: schemas.map((name) => ({ name, digest: schemaDigest(name) })),
    simulated: [...input.simulated].sort(byBytes),
    producer: input.producer,
    sealed_at: input.sealed_at,
  }
}

const mediaType = (role: BlobInput['role']): string =>
  role === 'decision' || role === 'certificate' ? 'application/vnd.dsse.envelope+json' : 'application/json'

const hashText = (hash: Uint8Array): string => `sha256:${Buffer.from(hash).toString('hex')}`

// What a sealed evidence file says, without judging it: signatures, chain and rules are the verifier's.
import { createHash } from 'node:crypto'
import { ClyraError } from '../core/errors.ts'
import type { DataReceipt, DefManifest } from '../core/generated/types.ts'
import { bundleId, sumsPath } from './sums.ts'
import { type Files, readZip } from './zip.ts'

export interface Evidence {
  bundle_id: string
  manifest: DefManifest
  receipts: { receipt: DataReceipt; line: string; leaf: string }[]
  /** Digests of the blobs in the file. */
  blobs: string[]
  files: Files
}

/** Opens an evidence file. CLYRA_EVIDENCE_INVALID when it is no canonical zip, or a file is missing or no JSON. */
export const readEvidence = (zip: Uint8Array): Evidence => evidenceOf(readZip(zip))

/** The same of its files, unpacked. CLYRA_EVIDENCE_INVALID when one is missing or no JSON. */
export function evidenceOf(files: Files): Evidence {
  return {
    bundle_id: bundleId(textOf(files, sumsPath)),
    manifest: parse<DefManifest>(textOf(files, 'manifest.json'), 'manifest.json'),
    receipts: textOf(files, 'log/receipts.jsonl').split('\n').slice(0, -1).map(receiptOf),
    blobs: [...files.keys()].filter((path) => path.startsWith('blobs/')).map((path) => path.replace('blobs/sha256/', 'sha256:')),
    files,
  }
}

/** A file of the zip as text. CLYRA_EVIDENCE_INVALID when there is none. */
export function textOf(files: Files, path: string): string {
  const bytes = files.get(path)
  if (bytes === undefined) throw new ClyraError('CLYRA_EVIDENCE_INVALID', `expected ${path} in the evidence file`)
  return Buffer.from(bytes).toString('utf8')
}

/** JSON of the evidence file. CLYRA_EVIDENCE_INVALID when it is none. */
export function parse<T>(text: string, path: string): T {
  try {
    return JSON.parse(text) as T
  } catch {
    // The parser's own message would repeat what stands there.
    throw new ClyraError('CLYRA_EVIDENCE_INVALID', `expected JSON in ${path}`)
  }
}

const receiptOf = (line: string) => ({ receipt: parse<DataReceipt>(line, 'log/receipts.jsonl'), line, leaf: leafHash(line) })

/** SHA-256(0x00 ‖ line), RFC 6962 §2.1. */
const leafHash = (line: string): string => `sha256:${createHash('sha256').update(Buffer.of(0)).update(line).digest('hex')}`

// Receipts between their row and their parsed form. A line that does not hash to its leaf never gets out.
import { ClyraError } from '../core/errors.ts'
import type { DataReceipt } from '../core/generated/types.ts'
import { leafHash } from './tree.ts'
import type { Stored } from './types.ts'

/** `sha256:<hex>` of raw hash bytes. */
export const digestOf = (hash: Uint8Array): string => `sha256:${Buffer.from(hash).toString('hex')}`

/** A receipt from its stored line. CLYRA_LEDGER_CORRUPT when `leaf` (hex) is not the hash of the line. */
export function fromRow({ line, leaf }: { line: string; leaf: string }): Stored {
  const digest = digestOf(leafHash(line))
  if (digest !== `sha256:${leaf}`) throw new ClyraError('CLYRA_LEDGER_CORRUPT', 'expected a line that hashes to its leaf, found another')
  return { receipt: JSON.parse(line) as DataReceipt, line, leaf: digest }
}

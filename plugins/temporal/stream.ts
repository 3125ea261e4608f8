// The receipts of a change, believed only as the log signed them: offline, whole, in order.
import { createHash } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import type { DataReceipt, ReceiptsView } from '../../core/generated/types.ts'
import { changeStream, type Found } from '../../core/receipts.ts'
import { distrust, type LogKey, readCheckpoint } from './log-key.ts'

const sha256 = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** RFC 6962 §2.1. */
const leafOf = (line: string): Buffer => sha256(Uint8Array.of(0), line)

/** RFC 6962 §2.1: the left half is the largest power of two below the number of leaves. */
export function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return leaves[0] as Buffer
  let half = 1
  while (half * 2 < leaves.length) half *= 2
  return sha256(Uint8Array.of(1), rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)))
}

/**
 * Receipts of exactly this change: the checkpoint is signed by the log's key, of this stream, of this many lines and of these very lines;
 * the lines are canonical, numbered without a gap, chained, and time does not run backwards. CLYRA_TEMPORAL_LOG for everything else.
 * It cannot tell whether the log has grown since the checkpoint was signed.
 */
export function verifiedReceipts({ lines, checkpoint }: ReceiptsView, changeId: string, log: LogKey): Found[] {
  if (!Array.isArray(lines) || !lines.every((line) => typeof line === 'string') || typeof checkpoint !== 'string')
    throw distrust('lines and a checkpoint')
  const stream = changeStream(changeId)
  const origin = `${log.name}/${stream}`
  const leaves = lines.map(leafOf)
  const head = readCheckpoint(checkpoint, log)
  if (head.origin !== origin) throw distrust('a checkpoint of this change’s stream')
  if (head.size !== lines.length) throw distrust('as many receipts as the checkpoint counts')
  if (head.root !== rootOf(leaves).toString('base64')) throw distrust('the receipts that the checkpoint is of')
  const receipts: Found[] = []
  let prev = `sha256:${sha256(`clyra.genesis/0\n${origin}\n`).toString('hex')}`
  for (const [seq, line] of lines.entries()) {
    const receipt = read(line)
    const at = receipts.at(-1)?.receipt.at ?? ''
    if (receipt.stream !== stream || receipt.seq !== seq || receipt.prev !== prev || !(receipt.at >= at))
      throw distrust('receipts in a chain of this stream')
    prev = `sha256:${(leaves[seq] as Buffer).toString('hex')}`
    receipts.push({ receipt, leaf: prev })
  }
  return receipts
}

function read(line: string): DataReceipt {
  try {
    const receipt = JSON.parse(line) as DataReceipt
    // One text for one value: no name twice, nothing that another reader reads otherwise.
    if (canonical(receipt) === line && typeof receipt.body === 'object' && receipt.body !== null) return receipt
  } catch {
    // Falls through: what is no canonical JSON is no receipt.
  }
  throw distrust('canonical receipts')
}

// A log in memory, written from RFC 6962 and C2SP alone: it shares no code with the ledger, so the two check each other.
import { createHash } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import type { DataReceipt } from '../../core/generated/types.ts'
import type { Signer } from '../../core/ports.ts'

export interface Line {
  receipt: DataReceipt
  line: string
  leaf: string
}

export const text = (hash: Uint8Array): string => `sha256:${Buffer.from(hash).toString('hex')}`

/** A receipt with its line and its leaf hash. */
export function lineOf(receipt: DataReceipt): Line {
  const line = canonical(receipt)
  return { receipt, line, leaf: text(leafHash(line)) }
}

/** `prev` of seq 0. */
export const genesis = (origin: string): string => text(sha256(`clyra.genesis/0\n${origin}\n`))

/** Root of the tree over these lines (RFC 6962 §2.1). */
export function rootOf(lines: readonly string[]): Buffer {
  const [only] = lines
  if (only === undefined) return sha256('')
  if (lines.length === 1) return leafHash(only)
  const left = largestPowerBelow(lines.length)
  return nodeHash(rootOf(lines.slice(0, left)), rootOf(lines.slice(left)))
}

/** Roots of the perfect subtrees of the tree over these lines, left to right. */
export function edgeOf(lines: readonly string[]): Buffer[] {
  if (lines.length === 0) return []
  const size = 2 ** Math.floor(Math.log2(lines.length))
  return [rootOf(lines.slice(0, size)), ...edgeOf(lines.slice(size))]
}

/** The text of a checkpoint, as it is signed (C2SP tlog-checkpoint). */
export const checkpointText = (origin: string, size: number, root: Buffer): string => `${origin}\n${size}\n${root.toString('base64')}\n`

/** A signed note over a text (C2SP signed-note, Ed25519). */
export async function signedNote(note: string, name: string, signer: Signer): Promise<string> {
  const key = Buffer.concat([Buffer.of(1), Buffer.from(signer.spki).subarray(-32)])
  const hash = sha256(Buffer.concat([Buffer.from(`${name}\n`), key])).subarray(0, 4)
  const signature = Buffer.concat([hash, await signer.sign(Buffer.from(note))])
  return `${note}\n— ${name} ${signature.toString('base64')}\n`
}

const largestPowerBelow = (size: number): number => 2 ** Math.ceil(Math.log2(size) - 1)
const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()
const leafHash = (line: string): Buffer => sha256(Buffer.concat([Buffer.of(0), Buffer.from(line)]))
const nodeHash = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.concat([Buffer.of(1), left, right]))

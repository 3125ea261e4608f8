// C2SP signed notes (tlog-checkpoint) and the edge file.
import { utf8 } from './canonical.ts'
import { strictBase64 } from './dsse.ts'
import { subtreeSizes } from './merkle.ts'

/** A parsed checkpoint: `text` is what its signatures cover. */
export interface Checkpoint {
  origin: string
  size: number
  root: Buffer
  text: string
  signatures: { name: string; keyHash: string; signature: Uint8Array }[]
}

const notePattern =
  /^(([!-*,-~]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n)\n((?:— [!-*,-~\u0080-\u{10ffff}]+ [A-Za-z0-9+/]+={0,2}\n)+)$/u

/** A checkpoint of exactly origin, size, root and signature lines; null for anything else. */
export function readCheckpoint(bytes: Uint8Array): Checkpoint | null {
  const [, text = '', origin = '', digits, hash = '', lines = ''] = notePattern.exec(utf8(bytes) ?? '') ?? []
  const [root, size] = [strictBase64(hash), Number(digits)]
  if (root === null || !Number.isSafeInteger(size)) return null
  const signatures = []
  for (const line of lines.slice(0, -1).split('\n')) {
    const [, name = '', base64 = ''] = line.split(' ')
    const blob = strictBase64(base64)
    if (blob === null || blob.length < 5) return null
    signatures.push({ name, keyHash: blob.toString('hex', 0, 4), signature: blob.subarray(4) })
  }
  return { origin, size, root, text, signatures }
}

/** The subtree roots of an edge file for a tree of `start`; null unless it has exactly those. A range from 0 has no file. */
export function readEdge(bytes: Uint8Array | null, start: number): Uint8Array[] | null {
  if (bytes === null || start === 0) return bytes === null && start === 0 ? [] : null
  const lines = Buffer.from(bytes).toString('latin1').split('\n')
  if (lines.pop() !== '' || lines.shift() !== String(start)) return null
  const hashes = lines.map(strictBase64)
  return hashes.length === subtreeSizes(start).length && hashes.every((hash) => hash?.length === 32) ? (hashes as Buffer[]) : null
}

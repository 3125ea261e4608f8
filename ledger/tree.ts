// The RFC 6962 tree, kept by its right edge: the roots of the perfect subtrees of a size, left to right.
import { createHash } from 'node:crypto'

const sha256 = (...parts: (Uint8Array | string)[]): Uint8Array => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

/** RFC 6962 §2.1: SHA-256(0x00 ‖ line). */
export const leafHash = (line: string | Uint8Array): Uint8Array => sha256(leafPrefix, line)

/** RFC 6962 §2.1: SHA-256(0x01 ‖ left ‖ right). */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(nodePrefix, left, right)

/** The edge after one more leaf. `edge` must be that of a tree of `size` leaves. */
export function grow(edge: readonly Uint8Array[], size: number, leaf: Uint8Array): Uint8Array[] {
  const grown = [...edge]
  let node = leaf
  // Each low bit of the size is a perfect subtree as large as the node: the two become one.
  for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) node = nodeHash(grown.pop() as Uint8Array, node)
  return [...grown, node]
}

/** The root of the tree with this edge; SHA-256 of nothing for the empty tree. */
export const rootOf = (edge: readonly Uint8Array[]): Uint8Array =>
  edge.length === 0 ? sha256() : edge.reduceRight((right, left) => nodeHash(left, right))

// RFC 6962 hashing over a range: from the edge of the tree at its start to the root at its end.
import { createHash } from 'node:crypto'

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

/** SHA-256(0x00 ‖ line). */
export const leafHash = (line: Uint8Array): Buffer => sha256(leafPrefix, line)

/** SHA-256(0x01 ‖ left ‖ right). */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(nodePrefix, left, right)

/** Sizes of the perfect subtrees of a tree of `size`, left to right: its binary digits. */
export const subtreeSizes = (size: number): number[] =>
  [...size.toString(2)].flatMap((digit, index, digits) => (digit === '1' ? [2 ** (digits.length - 1 - index)] : []))

/** Root of a tree given by the roots of its perfect subtrees, left to right. */
export function rootOf(edge: readonly Uint8Array[]): Uint8Array {
  return edge.length === 0 ? sha256() : edge.reduceRight((right, left) => nodeHash(left, right))
}

/** The edge of the tree that grows by `leaves` from a tree of `size` with that edge. */
export function grow(size: number, edge: readonly Uint8Array[], leaves: readonly Uint8Array[]): Uint8Array[] {
  const sizes = subtreeSizes(size)
  const stack = edge.map((hash, index) => ({ hash, size: sizes[index] as number }))
  for (const hash of leaves) {
    let top = { hash, size: 1 }
    while (stack.at(-1)?.size === top.size) top = { hash: nodeHash((stack.pop() as typeof top).hash, top.hash), size: top.size * 2 }
    stack.push(top)
  }
  return stack.map((subtree) => subtree.hash)
}

import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { grow, leafHash, nodeHash, rootOf, subtreeSizes } from './merkle.ts'
import { describeShared, filesUnder, sharedFolder } from './testing/shared.ts'

// The tree by the recursive definition of RFC 6962, section 2.1.
function mth(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length <= 1) return leaves[0] ?? rootOf([])
  const split = subtreeSizes(leaves.length - 1)[0] as number
  return nodeHash(mth(leaves.slice(0, split)), mth(leaves.slice(split)))
}

const leaves = Array.from({ length: 70 }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)))

describe('the tree', () => {
  test('the empty root is SHA-256 of nothing', () => {
    expect(Buffer.from(rootOf([])).toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  test('grows from any size to any larger one', () => {
    for (let start = 0; start <= 40; start++) {
      const edge = grow(0, [], leaves.slice(0, start))
      expect(edge.length).toBe(subtreeSizes(start).length)
      for (let end = start; end <= 70; end++) {
        expect(rootOf(grow(start, edge, leaves.slice(start, end)))).toEqual(mth(leaves.slice(0, end)))
      }
    }
  })

  test('the sizes of subtrees hold up to the largest integer', () => {
    expect(subtreeSizes(13)).toEqual([8, 4, 1])
    expect(subtreeSizes(Number.MAX_SAFE_INTEGER).length).toBe(53)
    expect(subtreeSizes(0)).toEqual([])
  })
})

interface Inclusion {
  leafIdx: number
  treeSize: number
  root: string
  leafHash: string
  proof: string[] | null
  wantErr: boolean
}
interface Consistency {
  size1: number
  size2: number
  root1: string
  root2: string
  proof: string[] | null
  wantErr: boolean
}

// RFC 9162, sections 2.1.3.2 and 2.1.4.2, over our node hash.
function inclusionHolds({ leafIdx, treeSize, root, leafHash: leaf, proof }: Inclusion): boolean {
  if (leafIdx >= treeSize || Buffer.from(leaf, 'base64').length !== 32) return false
  let [fn, sn, r] = [BigInt(leafIdx), BigInt(treeSize) - 1n, Buffer.from(leaf, 'base64') as Uint8Array]
  for (const p of (proof ?? []).map((hash) => Buffer.from(hash, 'base64'))) {
    if (sn === 0n) return false
    if (fn % 2n === 1n || fn === sn) {
      r = nodeHash(p, r)
      while (fn !== 0n && fn % 2n === 0n) [fn, sn] = [fn >> 1n, sn >> 1n]
    } else r = nodeHash(r, p)
    ;[fn, sn] = [fn >> 1n, sn >> 1n]
  }
  return sn === 0n && Buffer.from(r).toString('base64') === root
}

function consistencyHolds({ size1, size2, root1, root2, proof }: Consistency): boolean {
  const path = (proof ?? []).map((hash) => Buffer.from(hash, 'base64') as Uint8Array)
  // A proof from the empty tree proves nothing.
  if (size1 > size2 || size1 === 0) return false
  if (size1 === size2) return path.length === 0 && root1 === root2
  if (path.length === 0) return false
  if (Number.isInteger(Math.log2(size1))) path.unshift(Buffer.from(root1, 'base64'))
  let [fn, sn] = [BigInt(size1) - 1n, BigInt(size2) - 1n]
  while (fn % 2n === 1n) [fn, sn] = [fn >> 1n, sn >> 1n]
  let [fr, sr] = [path[0] as Uint8Array, path[0] as Uint8Array]
  for (const c of path.slice(1)) {
    if (sn === 0n) return false
    if (fn % 2n === 1n || fn === sn) {
      ;[fr, sr] = [nodeHash(c, fr), nodeHash(c, sr)]
      while (fn !== 0n && fn % 2n === 0n) [fn, sn] = [fn >> 1n, sn >> 1n]
    } else sr = nodeHash(sr, c)
    ;[fn, sn] = [fn >> 1n, sn >> 1n]
  }
  return sn === 0n && Buffer.from(fr).toString('base64') === root1 && Buffer.from(sr).toString('base64') === root2
}

describeShared('merkle', () => {
  test('our hashes carry the RFC 6962 proofs', () => {
    const files = filesUnder(sharedFolder('merkle')).filter((file) => file.endsWith('.json'))
    let bad = 0
    for (const file of files) {
      const vector = JSON.parse(readFileSync(file, 'utf8')) as Inclusion & Consistency
      const holds = 'treeSize' in vector ? inclusionHolds(vector) : consistencyHolds(vector)
      bad += vector.wantErr ? 1 : 0
      expect([file, holds]).toEqual([file, !vector.wantErr])
    }
    console.log(`vectors: merkle ${files.length} proofs, ${files.length - bad} hold, ${bad} refused`)
    expect(files.length).toBe(196)
  })
})

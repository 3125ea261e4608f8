import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { grow, leafHash, nodeHash, rootOf } from './tree.ts'

// RFC 6962 §2.1 as it is written: split at the largest power of two below the size.
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return rootOf([])
  if (leaves.length === 1) return leaves[0] as Uint8Array
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeHash(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)))
}

const leavesOf = (count: number): Uint8Array[] => Array.from({ length: count }, (_, index) => leafHash(`line ${index}`))
const edgeOf = (leaves: readonly Uint8Array[]): Uint8Array[] =>
  leaves.reduce<Uint8Array[]>((edge, leaf, size) => grow(edge, size, leaf), [])
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const same = (a: Uint8Array, b: Uint8Array): boolean => hex(a) === hex(b)

describe('the tree', () => {
  test('the empty root is SHA-256 of nothing, a leaf is prefixed with 0, a node with 1 (RFC 6962)', () => {
    expect(hex(rootOf([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(hex(leafHash(''))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
    const [a, b] = [leafHash(''), leafHash(Uint8Array.of(0))]
    expect(hex(rootOf(edgeOf([a, b])))).toBe('fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125')
  })

  test('every size up to 257 has the root of the naive recursion and one edge node for each bit', () => {
    const leaves = leavesOf(257)
    let edge: Uint8Array[] = []
    for (let size = 0; size < leaves.length; size++) {
      edge = grow(edge, size, leaves[size] as Uint8Array)
      expect(hex(rootOf(edge))).toBe(hex(naiveRoot(leaves.slice(0, size + 1))))
      expect(edge).toHaveLength((size + 1).toString(2).replaceAll('0', '').length)
    }
  })

  test('growing from an edge forgets nothing: any split of the leaves gives the same root', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 200 }), (before, after) => {
        const leaves = leavesOf(before + after)
        let edge = edgeOf(leaves.slice(0, before))
        leaves.slice(before).forEach((leaf, index) => {
          edge = grow(edge, before + index, leaf)
        })
        expect(hex(rootOf(edge))).toBe(hex(naiveRoot(leaves)))
      }),
      { seed: 6962, numRuns: 50 },
    )
  })
})

interface Vector {
  leafIdx?: number
  treeSize?: number
  root?: string
  leafHash?: string
  size1?: number
  size2?: number
  root1?: string
  root2?: string
  proof: string[] | null
  wantErr: boolean
}

// RFC 9162 §2.1.3.2 and §2.1.4.2, over the node hash under test.
function includes(index: number, size: number, leaf: Uint8Array, root: Uint8Array, proof: readonly Uint8Array[]): boolean {
  if (index < 0 || index >= size || leaf.length !== 32) return false
  let [fn, sn, hash] = [BigInt(index), BigInt(size) - 1n, leaf]
  for (const step of proof) {
    if (sn === 0n) return false
    if (fn % 2n === 1n || fn === sn) {
      hash = nodeHash(step, hash)
      while (fn % 2n === 0n && fn !== 0n) [fn, sn] = [fn / 2n, sn / 2n]
    } else hash = nodeHash(hash, step)
    ;[fn, sn] = [fn / 2n, sn / 2n]
  }
  return sn === 0n && same(hash, root)
}

function extend(size1: number, size2: number, root1: Uint8Array, root2: Uint8Array, proof: readonly Uint8Array[]): boolean {
  if (size1 <= 0 || size2 < size1) return false
  if (size1 === size2) return proof.length === 0 && same(root1, root2)
  if (proof.length === 0) return false
  const steps = Number.isInteger(Math.log2(size1)) ? [root1, ...proof] : [...proof]
  let [fn, sn] = [BigInt(size1) - 1n, BigInt(size2) - 1n]
  while (fn % 2n === 1n) [fn, sn] = [fn / 2n, sn / 2n]
  let first = steps[0] as Uint8Array
  let second = first
  for (const step of steps.slice(1)) {
    if (sn === 0n) return false
    if (fn % 2n === 1n || fn === sn) {
      first = nodeHash(step, first)
      second = nodeHash(step, second)
      while (fn % 2n === 0n && fn !== 0n) [fn, sn] = [fn / 2n, sn / 2n]
    } else second = nodeHash(second, step)
    ;[fn, sn] = [fn / 2n, sn / 2n]
  }
  return sn === 0n && same(first, root1) && same(second, root2)
}

const vectors = fileURLToPath(new URL('../../shared/vectors/merkle/', import.meta.url))
const describeVectors = existsSync(vectors) ? describe : describe.skip

describeVectors('vectors of transparency-dev/merkle (skipped where ../shared/vectors/merkle is absent)', () => {
  const read = (kind: string): Vector[] =>
    existsSync(vectors)
      ? readdirSync(vectors + kind, { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.json'))
          .map((name) => JSON.parse(readFileSync(`${vectors}${kind}/${name}`, 'utf8')) as Vector)
      : []
  const bytes = (base64?: string) => Buffer.from(base64 ?? '', 'base64')
  const proofOf = ({ proof }: Vector) => (proof ?? []).map(bytes)

  test('inclusion proofs are judged as expected', () => {
    const all = read('inclusion')
    const accepted = all.filter((v) => includes(v.leafIdx ?? 0, v.treeSize ?? 0, bytes(v.leafHash), bytes(v.root), proofOf(v)))
    expect(all.length).toBeGreaterThan(50)
    expect(accepted).toEqual(all.filter(({ wantErr }) => !wantErr))
  })

  test('consistency proofs are judged as expected', () => {
    const all = read('consistency')
    const accepted = all.filter((v) => extend(v.size1 ?? 0, v.size2 ?? 0, bytes(v.root1), bytes(v.root2), proofOf(v)))
    expect(all.length).toBeGreaterThan(50)
    expect(accepted).toEqual(all.filter(({ wantErr }) => !wantErr))
  })

  test('the roots of its example tree are ours', () => {
    const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
    const leaves = inputs.map((input) => leafHash(Buffer.from(input, 'hex')))
    const known = new Map<number, string>()
    // Equal sizes are accepted with any two equal roots, so those say nothing of the tree.
    for (const v of [...read('inclusion'), ...read('consistency')].filter((v) => !v.wantErr && (v.treeSize || v.size1 !== v.size2))) {
      if (v.treeSize && v.root) known.set(v.treeSize, v.root)
      if (v.size1 && v.root1) known.set(v.size1, v.root1)
      if (v.size2 && v.root2) known.set(v.size2, v.root2)
    }
    const checked = [...known].filter(([size]) => size <= leaves.length)
    expect(checked.length).toBeGreaterThan(3)
    for (const [size, root] of checked) {
      expect(Buffer.from(rootOf(edgeOf(leaves.slice(0, size)))).toString('base64')).toBe(root)
    }
  })
})

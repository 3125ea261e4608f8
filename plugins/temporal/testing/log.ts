// A log as Clyra keeps one, for tests: the product's own chain, tree and checkpoints under a key of the test.
import { generateKeyPairSync } from 'node:crypto'
import { canonical } from '../../../core/canonical.ts'
import type { ReceiptsView } from '../../../core/generated/types.ts'
import { vkeyOf } from '../../../evidence/vkey.ts'
import { signCheckpoint } from '../../../ledger/checkpoint.ts'
import { grow, leafHash, rootOf } from '../../../ledger/tree.ts'
import { digest } from '../../../runtime/digest.ts'
import { keySigner } from '../../../runtime/keys.ts'

export interface Entry {
  kind: string
  at: string
  body: Record<string, unknown>
}

export const logName = 'log.example/default'

export const newSigner = () => keySigner(generateKeyPairSync('ed25519').privateKey)
export const signer = newSigner()
export const logKey = vkeyOf(logName, signer.spki)

/** The lines of a stream, chained from its genesis. */
export function linesOf(stream: string, entries: readonly Entry[], name = logName): string[] {
  let prev = digest(`clyra.genesis/0\n${name}/${stream}\n`)
  return entries.map(({ kind, at, body }, seq) => {
    const line = canonical({ stream, seq, prev, kind, at, actor: { actor: 'worker', person: null }, body } as never)
    prev = `sha256:${Buffer.from(leafHash(line)).toString('hex')}`
    return line
  })
}

export interface Signing {
  by?: ReturnType<typeof newSigner>
  name?: string
  origin?: string
  size?: number
}

/** A checkpoint over the lines; whatever is given is what it says instead. */
export function checkpointOf(
  stream: string,
  lines: readonly string[],
  { by = signer, name = logName, ...said }: Signing = {},
): Promise<string> {
  const edge = lines.reduce<Uint8Array[]>((left, line, size) => grow(left, size, leafHash(line)), [])
  return signCheckpoint(by, name, said.origin ?? `${name}/${stream}`, said.size ?? lines.length, rootOf(edge))
}

/** What the gateway answers for these entries. */
export async function receiptsOf(changeId: string, entries: readonly Entry[]): Promise<ReceiptsView> {
  const stream = `change/${changeId}`
  const lines = linesOf(stream, entries)
  return { change_id: changeId, lines, checkpoint: await checkpointOf(stream, lines) }
}

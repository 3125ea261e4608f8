// Claims `chain`, `tree` and `checkpoint`: the receipts are the range of one log, and a trusted log says so.
import type { Bundle } from './bundle.ts'
import { verifySignature } from './keys.ts'
import { grow, rootOf } from './merkle.ts'
import type { Checkpoint } from './note.ts'
import { demand } from './report.ts'
import { digest } from './sums.ts'
import type { LogKey } from './trust.ts'

const streamOf = ({ manifest }: Bundle): string => `change/${manifest.change_id}`

/** CHAIN_SEQ, CHAIN_PREV, CHAIN_STREAM, CHAIN_TIME, line by line. */
export function checkChain(bundle: Bundle): void {
  const { receipts, manifest } = bundle
  const { start } = manifest.range
  const genesis = digest(`clyra.genesis/0\n${manifest.origin}\n`)
  for (const [index, { seq, prev, stream, at }] of receipts.entries()) {
    const before = receipts[index - 1]
    const place = `seq ${seq}`
    demand(seq === start + index, 'CHAIN_SEQ', place)
    demand(prev === (before?.leaf ?? (start === 0 ? genesis : prev)), 'CHAIN_PREV', place)
    demand(stream === streamOf(bundle), 'CHAIN_STREAM', place)
    demand(before === undefined || at >= before.at, 'CHAIN_TIME', place)
  }
}

/** TREE_ROOT, TREE_PREV_ROOT. */
export function checkTree({ receipts, manifest, edge, checkpoints }: Bundle): void {
  const { start } = manifest.range
  const leaves = receipts.map(({ hash }) => hash)
  const last = checkpoints.get('log/checkpoint') as Checkpoint
  const prev = checkpoints.get('log/prev.checkpoint')
  demand(last.size === start + leaves.length && last.root.equals(rootOf(grow(start, edge, leaves))), 'TREE_ROOT', 'log/checkpoint')
  demand(prev === undefined || (prev.size === start && prev.root.equals(rootOf(edge))), 'TREE_PREV_ROOT', 'log/prev.checkpoint')
}

/** CHECKPOINT_ORIGIN, CHECKPOINT_UNTRUSTED, CHECKPOINT_SIGNATURE. The log's name is the origin before the stream. */
export function checkCheckpoints(bundle: Bundle, keys: readonly LogKey[]): void {
  const suffix = `/${streamOf(bundle)}`
  for (const [path, { origin, text, signatures }] of bundle.checkpoints) {
    demand(origin === bundle.manifest.origin && origin.endsWith(suffix), 'CHECKPOINT_ORIGIN', path)
    const log = origin.slice(0, -suffix.length)
    // Lines of other names or key hashes are somebody else's, and ignored.
    const trusted = signatures.flatMap(({ name, keyHash, signature }) =>
      keys.filter((key) => key.name === log && name === log && key.keyHash === keyHash).map(({ key }) => ({ key, signature })),
    )
    demand(trusted.length > 0, 'CHECKPOINT_UNTRUSTED', path)
    for (const { key, signature } of trusted) demand(verifySignature(key, Buffer.from(text), signature), 'CHECKPOINT_SIGNATURE', path)
  }
}

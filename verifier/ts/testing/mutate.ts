// Seeded lies about a bundle: the same seed, the same lies.
import { type Body, build, type Story, type Tweaks } from './bundle.ts'
import { certificateText } from './certificates.ts'
import { keys } from './keys.ts'
import { stories } from './stories.ts'

export type Random = (below: number) => number

/** A small linear congruential generator: what matters is that a run can be repeated. */
export function random(seed: number): Random {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) % below
  }
}

const words = [
  ...['approve', 'reject', 'counted', 'refused', 'allow', 'deny', 'needs_approval', 'gate', 'review', 'before', 'after'],
  ...[
    'enforced',
    'observed',
    'denied',
    'standard',
    'enhanced',
    'rejected',
    'expired',
    'cancelled',
    'failed',
    'ambiguous',
    'policy',
    'snapshot',
    'effect',
  ],
  ...['clyra', 'caller', 'applied', 'guard_row', 'dag_login', '43', '00000000-0000-7000-8000-000000000001'],
  ...['rita@example.com', ' ANNA@example.com', 'dag', 'acme', 'CLYRA_PAYLOAD_MISMATCH', ''],
]
const times = ['2026-01-01T00:00:00.000Z', '2026-03-01T10:02:30.000Z', '2026-03-01T10:30:00.000Z', '2027-01-01T00:00:00.000Z']
const digest = /^sha256:/

/** Changes one leaf of a value, mostly into another value of its type; `pool` holds digests worth swapping in. */
export function lie(value: Body, pick: Random, pool: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return
  const keys = Object.keys(value)
  const key = keys[pick(keys.length)]
  if (key === undefined) return
  const old = value[key]
  if (typeof old === 'object' && old !== null && Object.keys(old).length > 0 && pick(8) > 0) lie(old as Body, pick, pool)
  else if (pick(25) === 0) delete value[key]
  else value[key] = other(old, pick, pool)
}

function other(old: unknown, pick: Random, pool: readonly string[]): unknown {
  if (pick(20) === 0) return [null, 0, -1, 2 ** 53 - 1, true, '', [], {}][pick(8)]
  if (typeof old === 'number') return Math.max(0, old + pick(5) - 2)
  if (typeof old === 'boolean') return !old
  if (typeof old !== 'string') return [null, 3, 'x', digestFrom(pick, pool), times[pick(times.length)]][pick(5)]
  if (digest.test(old)) return digestFrom(pick, pool)
  if (/^\d{4}-/.test(old)) return times[pick(times.length)]
  return words[pick(words.length)]
}

const digestFrom = (pick: Random, pool: readonly string[]): string => pool[pick(pool.length)] ?? `sha256:${'0'.repeat(64)}`

const digestsOf = (story: Story): string[] => [
  ...new Set(
    story.drafts.flatMap(({ body }) => JSON.stringify(body(() => `sha256:${'0'.repeat(64)}`)).match(/sha256:[0-9a-f]{64}/g) ?? []),
  ),
]

/** Drops, swaps, doubles or truncates. */
export function shuffle<T>(items: readonly T[], pick: Random): T[] {
  const [a, b, kind] = [pick(items.length), pick(items.length), pick(4)]
  const copy = [...items]
  if (kind === 0) copy.splice(a, 1)
  else if (kind === 1) copy.splice(a, 1, ...copy.splice(b, 1, items[a] as T))
  else if (kind === 2) copy.splice(a, 0, items[b] as T)
  else copy.length = a
  return copy
}

function damage(files: Map<string, Buffer>, pick: Random): void {
  const path = [...files.keys()][pick(files.size)] as string
  const bytes = Buffer.from(files.get(path) as Buffer)
  const at = pick(bytes.length)
  const kind = pick(4)
  if (kind === 0) files.delete(path)
  else if (kind === 1) files.set(path, bytes.subarray(0, at))
  else if (kind === 2)
    files.set(['x', 'log/edge', 'sig/bundle.00000000.sigstore.json', `blobs/sha256/${'0'.repeat(64)}`][pick(4)] as string, bytes)
  else {
    bytes[at] = (bytes[at] as number) ^ (1 << pick(8))
    files.set(path, bytes)
  }
}

/** The same bytes with one flipped, left out, written twice, or the end cut off. */
export function scratched(bytes: Buffer, pick: Random): Buffer {
  const at = pick(bytes.length)
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at + 1)]
  const one = bytes[at] as number
  const middles = [[one ^ (1 << pick(8))], [], [one, one]]
  return pick(8) === 0 ? head : Buffer.concat([head, Buffer.from(middles[pick(3)] as number[]), tail])
}

/** An evidence file with one or two lies in it, honestly summed and signed where the lie lets it. */
export function mutant(pick: Random): Buffer {
  const story = (Object.values(stories)[pick(Object.keys(stories).length)] as () => Story)()
  const pool = digestsOf(story)
  const target = pick(story.drafts.length)
  const again = pick(3)
  const kinds: Tweaks[] = [
    {
      receipt: (receipt, index) => {
        if (index !== target) return
        for (let i = 0; i <= again % 2; i++) lie(pick(8) > 0 ? (receipt.body as Body) : receipt, pick, pool)
      },
    },
    { manifest: (manifest) => lie(manifest, pick, pool) },
    { statement: (statement) => lie(statement, pick, pool) },
    { lines: (lines) => shuffle(lines, pick) },
    { seal: (_, told) => certificateText(told, keys.approval, (statement) => lie(statement, pick, pool)) },
    { files: (files) => damage(files, pick) },
    { signed: (files) => damage(files, pick) },
  ]
  return build(story, kinds[Math.max(0, pick(10) - 3)])
}

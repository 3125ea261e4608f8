// Decides what an append writes, as a function of the head that was read: no I/O, so a lost race simply plans again.
import { canonical } from '../core/canonical.ts'
import { ClyraError } from '../core/errors.ts'
import type { DataReceipt } from '../core/generated/types.ts'
import { digest } from '../runtime/digest.ts'
import { afterReceipt, type Registered } from './moves.ts'
import type { Judge } from './schemas.ts'
import { digestOf } from './stored.ts'
import { grow, leafHash } from './tree.ts'
import type { Entry, Stored } from './types.ts'

/** What the first round trip reads. `last` and `edge` belong to the receipt at size − 1. */
export interface Head {
  now: string
  size: number
  last: Stored | null
  edge: Uint8Array[]
  /** Receipts already stored under one of the keys asked for. */
  known: ReadonlyMap<string, Stored>
  /** The registry row of a change's stream; null for other streams and for a change nobody registered. */
  change: Registered | null
}

/** A receipt to write, with its leaf and the last node of the edge after it. */
export interface Fresh {
  key: string
  stored: Stored
  leaf: Uint8Array
  node: Uint8Array
}

export type Result = { stored: Stored[] } | { error: unknown }

export interface Plan {
  results: Result[]
  fresh: Fresh[]
  change: Registered | null
}

export interface Place {
  stream: string
  /** `<log name>/<stream>` */
  origin: string
}

interface Draft {
  size: number
  last: Stored | null
  edge: Uint8Array[]
  change: Registered | null
  fresh: Fresh[]
}

const maxLineBytes = 65_535

/** Plans the appends of several callers in order. One caller's fault voids his receipts alone. */
export function plan(head: Head, place: Place, judge: Judge, callers: readonly (readonly Entry[])[]): Plan {
  let draft: Draft = { size: head.size, last: head.last, edge: head.edge, change: head.change, fresh: [] }
  const results = callers.map((entries): Result => {
    try {
      const added = addAll(draft, head, place, judge, entries)
      draft = added.draft
      return { stored: added.stored }
    } catch (error) {
      return { error }
    }
  })
  return { results, fresh: draft.fresh, change: draft.change }
}

function addAll(start: Draft, head: Head, place: Place, judge: Judge, entries: readonly Entry[]): { draft: Draft; stored: Stored[] } {
  let draft = start
  const stored: Stored[] = []
  for (const entry of entries) {
    const known = head.known.get(entry.key) ?? draft.fresh.find(({ key }) => key === entry.key)?.stored
    if (known) {
      stored.push(known)
      continue
    }
    if (entry.after !== undefined && entry.after !== draft.size)
      throw new ClyraError('CLYRA_LEDGER_CONTENTION', `expected a stream of ${entry.after} receipts, found ${draft.size}`)
    const body = typeof entry.body === 'function' ? entry.body([...stored]) : entry.body
    const next = add(draft, head.now, place, judge, entry, body)
    draft = next.draft
    stored.push(next.stored)
  }
  return { draft, stored }
}

function add(draft: Draft, now: string, { stream, origin }: Place, judge: Judge, entry: Entry, body: Record<string, unknown>) {
  const { last, size } = draft
  const at = last && last.receipt.at > now ? last.receipt.at : now
  const prev = last?.leaf ?? digest(`clyra.genesis/0\n${origin}\n`)
  const receipt: DataReceipt = { stream, seq: size, prev, kind: entry.kind, at, actor: entry.actor, body }
  const line = lineOf(receipt, judge)
  const change = stream.startsWith('change/') ? afterReceipt(draft.change, receipt) : null
  const leaf = leafHash(line)
  const edge = grow(draft.edge, size, leaf)
  const stored: Stored = { receipt: JSON.parse(line) as DataReceipt, line, leaf: digestOf(leaf) }
  const fresh = [...draft.fresh, { key: entry.key, stored, leaf, node: edge.at(-1) ?? leaf }]
  return { stored, draft: { size: size + 1, last: stored, edge, change, fresh } }
}

function lineOf(receipt: DataReceipt, judge: Judge): string {
  const faults = judge(receipt)
  if (faults.length > 0) throw invalid(receipt.kind, 'to fit its schema', faults)
  let line: string
  try {
    line = canonical(receipt)
  } catch (error) {
    throw invalid(receipt.kind, 'to be canonical', [{ pointer: '', detail: (error as Error).message }])
  }
  const bytes = Buffer.byteLength(line)
  if (bytes > maxLineBytes) throw invalid(receipt.kind, `to be at most ${maxLineBytes} bytes`, [{ pointer: '', detail: `${bytes} bytes` }])
  return line
}

const invalid = (kind: string, expected: string, faults: { pointer: string; detail: string }[]): ClyraError =>
  new ClyraError('CLYRA_LEDGER_INVALID_BODY', `expected a ${kind} receipt ${expected}, found ${faults.length} fault(s)`, { faults })

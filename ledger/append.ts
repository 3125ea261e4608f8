// Appends in two round trips: read the head, then one statement that moves it and writes the lines only if it moved.
import { ClyraError } from '../core/errors.ts'
import type { State } from '../core/lifecycle.ts'
import { type Head, type Place, type Plan, plan, type Result } from './plan.ts'
import type { Judge } from './schemas.ts'
import { only, type Query, type Statement, type Store } from './store.ts'
import { fromRow } from './stored.ts'
import type { Entry, Log, Stored } from './types.ts'

/** Channel on which a moved change is announced as `<change_id> <version>`. */
export const channel = 'clyra_changes'

/** SQL: the store's clock as RFC 3339 UTC with milliseconds. */
export const clock = `to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const optimisticTries = 3
const maxBatch = 256

const readHead: Statement = {
  name: 'read_head',
  text: `
    select ${clock} as now, size, clyra.edge($1, size) as edge,
      (select json_build_object('line', line, 'leaf', encode(leaf, 'hex')) from clyra.receipts where stream = $1 and seq = size - 1) as last,
      (select json_agg(json_build_object('key', key, 'line', line, 'leaf', encode(leaf, 'hex')))
         from clyra.receipts where stream = $1 and key = any($2)) as known,
      (select json_build_object('attempt', attempt, 'state', state, 'outcome', outcome, 'code', code)
         from clyra.changes where change_id = $3) as change
    from (select coalesce((select size from clyra.heads where stream = $1), 0) as size) head`,
}

const moveHead: Statement = {
  name: 'move_head',
  text: `
    with moved as (
      insert into clyra.heads as head (stream, size) values ($1, $2::bigint + cardinality($3::text[]))
      on conflict (stream) do update set size = excluded.size where head.size = $2::bigint
      returning size
    ), written as (
      insert into clyra.receipts (stream, seq, key, kind, leaf, node, line)
      select $1, $2::bigint + place - 1, key, kind, leaf, node, line
      from moved, unnest($3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::text[]) with ordinality as fresh (key, kind, leaf, node, line, place)
    ), registered as (
      update clyra.changes set state = $9, outcome = $10, code = $11, version = moved.size from moved where change_id = $8
    ), ended as (
      update clyra.writes set outcome = $12, rows = coalesce($13, rows), ended_at = clock_timestamp()
      from moved where change_id = $8 and attempt = $14 and $12::text is not null
    )
    select case when $8::text is not null then pg_notify('${channel}', $8::text || ' ' || size) end from moved`,
}

const lockHead: Statement = { name: 'lock_head', text: 'select 1 from clyra.heads where stream = $1 for update' }

interface Caller {
  entries: readonly Entry[]
  resolve(stored: Stored[]): void
  reject(error: unknown): void
}

/**
 * `Log.append`. Callers of one process who append to the same stream share a batch. After three lost races the stream's head is
 * locked, so that the next try cannot be lost.
 */
export function appender(store: Store, judge: Judge, origin: (stream: string) => string): Log['append'] {
  const queues = new Map<string, Caller[]>()

  const drain = async (stream: string, queue: Caller[]): Promise<void> => {
    while (queue.length > 0) await serve(store, judge, { stream, origin: origin(stream) }, nextBatch(queue))
    queues.delete(stream)
  }

  return (stream, entries) =>
    new Promise((resolve, reject) => {
      const caller = { entries, resolve, reject }
      const waiting = queues.get(stream)
      if (waiting) {
        waiting.push(caller)
        return
      }
      const queue = [caller]
      queues.set(stream, queue)
      void drain(stream, queue)
    })
}

function nextBatch(queue: Caller[]): Caller[] {
  let count = 0
  const end = queue.findIndex(({ entries }, index) => {
    count += entries.length
    return index > 0 && count > maxBatch
  })
  return queue.splice(0, end < 0 ? queue.length : end)
}

async function serve(store: Store, judge: Judge, place: Place, callers: readonly Caller[]): Promise<void> {
  try {
    const results = await appendAll(
      store,
      judge,
      place,
      callers.map(({ entries }) => entries),
    )
    callers.forEach(({ resolve, reject }, index) => {
      const result = results[index] as Result
      if ('stored' in result) resolve(result.stored)
      else reject(result.error)
    })
  } catch (error) {
    for (const { reject } of callers) reject(error)
  }
}

async function appendAll(store: Store, judge: Judge, place: Place, callers: readonly (readonly Entry[])[]): Promise<Result[]> {
  for (let tries = 0; tries < optimisticTries; tries++) {
    const results = await tryAppend(store.query, judge, place, callers)
    if (results) return results
  }
  return store.transaction(async (query) => {
    await query(lockHead, [place.stream])
    const results = await tryAppend(query, judge, place, callers)
    if (!results) throw new ClyraError('CLYRA_LEDGER_CONTENTION', 'expected a locked head to stay, found it moved')
    return results
  })
}

/** Null when another writer moved the head in between. */
async function tryAppend(query: Query, judge: Judge, place: Place, callers: readonly (readonly Entry[])[]): Promise<Result[] | null> {
  const keys = callers.flat().map(({ key }) => key)
  const head = await read(query, place.stream, keys)
  const planned = plan(head, place, judge, callers)
  return planned.fresh.length === 0 || (await write(query, place.stream, head.size, planned)) ? planned.results : null
}

interface HeadRow {
  now: string
  size: string
  edge: Buffer[]
  last: { line: string; leaf: string } | null
  known: { key: string; line: string; leaf: string }[] | null
  change: { attempt: number; state: State | null; outcome: string | null; code: string | null } | null
}

const changeOf = (stream: string): string | null => (stream.startsWith('change/') ? stream.slice('change/'.length) : null)

async function read(query: Query, stream: string, keys: string[]): Promise<Head> {
  const row = only(await query<HeadRow>(readHead, [stream, keys, changeOf(stream)]))
  const known = new Map(row.known?.map((found) => [found.key, fromRow(found)]))
  return { ...row, size: Number(row.size), last: row.last && fromRow(row.last), known }
}

async function write(query: Query, stream: string, size: number, { fresh, change }: Plan): Promise<boolean> {
  const ended = fresh.map(({ stored }) => stored.receipt).findLast(({ kind }) => kind === 'outcome')?.body
  const rows = await query(moveHead, [
    stream,
    size,
    fresh.map(({ key }) => key),
    fresh.map(({ stored }) => stored.receipt.kind),
    fresh.map(({ leaf }) => leaf),
    fresh.map(({ node }) => node),
    fresh.map(({ stored }) => stored.line),
    changeOf(stream),
    change?.state,
    change?.outcome,
    change?.code,
    ended?.outcome,
    ended?.affected_rows,
    change?.attempt,
  ])
  return rows.length === 1
}

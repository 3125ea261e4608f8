// The attempt's own transaction, from BEGIN to the moment before COMMIT: guard row first, one statement at a time, everything counted.
import type { Payload } from '../../core/generated/types.ts'
import type { EnforceRequest, Prepared } from '../../core/ports.ts'
import { keyOf, lookUp } from './analyse/catalogue.ts'
import { inspect } from './analyse/inspect.ts'
import type { ReadPayload, ReadStatement } from './analyse/read.ts'
import { anchor } from './anchor.ts'
import { checkpoint, files, replaced, rowsOf, storing } from './counting.ts'
import { Halt, step } from './halt.ts'
import { pinned, pinsOf } from './pins.ts'
import { quoted } from './quote.ts'
import type { Session } from './session.ts'
import { snapshot } from './snapshot.ts'

/** An entered transaction: what every step of it needs. */
export interface Entered {
  readonly session: Session
  readonly request: EnforceRequest
  /** Transaction id the guard row was written under. */
  readonly xid: string
  /** The role the login acts as; null: as itself. */
  readonly role: string | null
  /** The settings of every statement, that role among them. */
  readonly pins: string
}

// Also an older guard, whose functions have other signatures.
const missing = {
  '3F000': 'CLYRA_POSTGRES_GUARD_MISSING',
  '42883': 'CLYRA_POSTGRES_GUARD_MISSING',
  '42501': 'CLYRA_POSTGRES_GUARD_MISSING',
} as const
const taken = {
  '23505': 'CLYRA_ENFORCE_NOT_APPLIED',
  '55P03': 'CLYRA_ENFORCE_STILL_RUNNING',
  CY002: 'CLYRA_ENFORCE_CERTIFICATE_USED',
} as const

/** BEGIN, pins, a look at the session's rights, and the guard row. Halts with 23505, 55P03 or CY002: see clyra_guard.enter(). */
export async function enter(session: Session, request: EnforceRequest): Promise<Entered> {
  const { limits } = request.payload
  const begin = () =>
    session.together(() => [
      session.run('begin isolation level read committed read write'),
      session.query<Place>(placeQuery, [pinsOf(limits)]),
    ])
  const [, [place]] = await step(null, begin, missing)
  if (place?.safe !== true) throw new Halt('CLYRA_POSTGRES_UNSAFE')
  if (place.known === null) throw new Halt('CLYRA_POSTGRES_GUARD_MISSING')
  if (!place.known) throw new Halt('CLYRA_ENFORCE_FAILED_OVER')
  const role = place.act_as
  const values = [request.change_id, request.attempt, request.payload_digest, request.certificate_id]
  const entering = () => session.query<{ xid: string }>('select clyra_guard.enter($1, $2, $3, $4) as xid', values)
  const [row] = await step(null, entering, { ...missing, ...taken })
  // As a member of the owner the ddl login could alter its tables, but what it creates would belong to the login.
  return { session, request, xid: row?.xid ?? '', role, pins: pinsOf(limits, role) }
}

interface Place {
  safe: boolean
  /** Null where the login is not one the guard knows. */
  known: boolean | null
  act_as: string | null
}

// Asked together with the pins: see pins.ts.
const placeQuery = `
select ${pinned}, pg_catalog.texteq(pg_catalog.current_setting('is_superuser'), 'off')
    and pg_catalog.texteq(pg_catalog.current_setting('track_counts'), 'on')
    and pg_catalog.texteq(pg_catalog.current_setting('session_replication_role'), 'origin')
    and not pg_catalog.pg_is_in_recovery() as safe, p.known, p.act_as
from (select) as one left join clyra_guard.place() p on true`

/** Runs the statements and says what they did. Halts at the first thing that must not be committed. */
export async function apply(entered: Entered, read: ReadPayload, signal: { readonly aborted: boolean }): Promise<Prepared> {
  const { session, request } = entered
  if (entered.role !== null) await step(null, () => checkpoint(session, entered.pins))
  const names = await step(null, () => lockTouched(session, read))
  await lookAgain(session, request.payload.role, read)
  const look = () =>
    session.together(() => [
      snapshot(session, names),
      anchor(session, 'before'),
      files(session),
      // Last, so that nothing stands between its pins and the first statement.
      checkpoint(session, entered.pins),
    ])
  const [before, first, old, start] = await step(null, look)
  const limit = Math.min(request.row_limit, request.payload.limits.max_rows)
  const rows: number[] = []
  const covered = new Set<string>()
  let seen = start.rows
  for (const [index, statement] of read.statements.entries()) {
    if (signal.aborted) throw new Halt('CLYRA_ENFORCE_CANCELLED', index)
    const { atStake, now } = await step(index, () => runOne(entered, statement, covered))
    rows.push(atStake + Math.max(0, now - seen))
    seen = now
    if (sum(rows) > limit) throw new Halt('CLYRA_ENFORCE_ROW_LIMIT', index)
  }
  // Deferred constraint triggers and open cursors would otherwise do their work at COMMIT, uncounted. It belongs to the last statement.
  const late = await step(rows.length - 1, async () => {
    await session.run('set constraints all immediate')
    await session.run('close all')
    const now = await checkMine(entered)
    return Math.max(0, now - seen) + (await rewritten(session, request.payload.role, old, covered))
  })
  rows[rows.length - 1] = (rows.at(-1) ?? 0) + late
  if (sum(rows) > limit) throw new Halt('CLYRA_ENFORCE_ROW_LIMIT', rows.length - 1)
  const [after, last] = await step(null, () => session.together(() => [snapshot(session, names), anchor(session, 'after')]))
  return { affected_rows: sum(rows), rows_by_statement: rows, before, after, anchors: [first, last] }
}

// The policy stage looked at the same payload, but the warehouse may have moved since: a new function, a view replaced.
async function lookAgain(session: Session, role: Payload['role'], read: ReadPayload): Promise<void> {
  const { refusals } = await step(null, () => inspect(session, role, read))
  const [first] = refusals
  if (first !== undefined)
    throw new Halt(first.code as Halt['reason']['code'], first.statement, /SQLSTATE (.{5})$/.exec(first.detail)?.[1] ?? null)
}

/** A relation by its name. */
export interface Named {
  schema: string
  name: string
}

/** Locks the payload's relations before anything is read of them, so that no other session alters one meanwhile; answers their names. */
export async function lockTouched(session: Session, read: ReadPayload): Promise<Named[]> {
  const named = read.statements.flatMap(({ description }) => description?.relations ?? [])
  const kinds = await kindsOf(session, named)
  const tables = kinds.filter(({ kind }) => kind === 'r' || kind === 'p')
  if (tables.length > 0) await session.run(`lock table ${tables.map((table) => `only ${quoted(table)}`).join(', ')} in access share mode`)
  // An index has no snapshot of its own: it is a part of its table's.
  const parents = kinds.flatMap(({ parent }) => parent ?? [])
  const all = new Map([...named, ...parents].map(({ schema, name }) => [keyOf({ schema, name }), { schema, name }]))
  return [...all.values()]
}

interface Kind extends Named {
  kind: string
  /** The table of an index. */
  parent: Named | null
}

const kindsOf = (session: Session, named: readonly Named[]): Promise<Kind[]> =>
  session.query<Kind>(
    `select n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind,
       case when p.oid is not null then json_build_object('schema', m.nspname, 'name', p.relname) end as parent
     from unnest($1::text[], $2::text[]) as wanted (schema, name)
     join pg_catalog.pg_namespace n on n.nspname = wanted.schema
     join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
     left join pg_catalog.pg_index x on x.indexrelid = c.oid
     left join pg_catalog.pg_class p on p.oid = x.indrelid left join pg_catalog.pg_namespace m on m.oid = p.relnamespace`,
    [named.map(({ schema }) => schema), named.map(({ name }) => name)],
  )

async function runOne(entered: Entered, statement: ReadStatement, covered: Set<string>): Promise<{ atStake: number; now: number }> {
  const { session } = entered
  const atStake = await rowsAtStake(session, statement, covered)
  await session.run(statement.text)
  return { atStake, now: await checkMine(entered) }
}

// The parser should have seen a statement that ends the transaction; this is the second lock on that door. The pins go with the
// question, before anything else is asked and before the next statement: what this one changed must not reach either.
async function checkMine({ session, xid, pins }: Entered): Promise<number> {
  if (session.status() !== 'T') throw new Halt('CLYRA_ENFORCE_TRANSACTION')
  const found = await checkpoint(session, pins)
  if (found.xid !== xid) throw new Halt('CLYRA_ENFORCE_TRANSACTION')
  return found.rows
}

const destructive = new Set(['drop_table', 'drop_column', 'alter_column_type', 'detach_partition'])

// Statements that lose or rewrite rows the statistics do not count: the rows are counted before, under the lock the statement takes anyway.
async function rowsAtStake(session: Session, { description }: ReadStatement, covered: Set<string>): Promise<number> {
  if (description === null || !(description.kind === 'truncate' || description.details.some((mark) => destructive.has(mark)))) return 0
  const known = await lookUp(
    session,
    description.relations.filter(({ access }) => access === 'write'),
  )
  const tables = await storing(
    session,
    [...known.values()].map(({ oid }) => oid),
  )
  let rows = 0
  for (const table of tables) {
    await session.run(`lock table only ${quoted(table)} in access exclusive mode`)
    rows += await rowsOf(session, table)
    covered.add(table.oid)
  }
  return rows
}

// Tables with a new file that nobody counted. A rewrite by an allowed ALTER TABLE keeps its rows, so they can be counted now;
// under the dml role only something hidden (a trigger's TRUNCATE) can have done it, and that erased the counts.
async function rewritten(
  session: Session,
  role: Payload['role'],
  old: ReadonlyMap<string, string>,
  covered: ReadonlySet<string>,
): Promise<number> {
  let rows = 0
  for (const { oid, table } of await replaced(session, old)) {
    if (covered.has(oid)) continue
    if (role === 'dml' || table === null) throw new Halt('CLYRA_ENFORCE_UNCOUNTABLE')
    rows += await rowsOf(session, table)
  }
  return rows
}

const sum = (rows: readonly number[]): number => rows.reduce((total, one) => total + one, 0)

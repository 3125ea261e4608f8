// Facts about a payload: read it, look it over, ask the planner. Each look at the warehouse is undone and its connection thrown away.
import type pg from 'pg'
import { ClyraError } from '../../../core/errors.ts'
import type { Facts, FactsStatement, Payload } from '../../../core/generated/types.ts'
import type { Examined } from '../../../core/ports.ts'
import { refusal } from '../../../core/sql/refusals.ts'
import { pin, pinned, pinsOf, type Timeouts } from '../pins.ts'
import { platform } from '../platform.ts'
import { quoted } from '../quote.ts'
import { openSession, type Session, SqlFailure } from '../session.ts'
import { keyOf, type Relation } from './catalogue.ts'
import { estimate } from './explain.ts'
import { type Inspected, inspect } from './inspect.ts'
import { type ReadPayload, type ReadStatement, readPayload } from './read.ts'

/** An analysis holds no locks worth waiting for and reads no data but the count of a table to be truncated. */
const timeouts: Timeouts = { statement_timeout_ms: 10_000, lock_timeout_ms: 2_000 }

/** What the payload would do. Bad SQL is answered with refusals; rejects with CLYRA_POSTGRES_UNAVAILABLE alone. */
export async function analyse(login: pg.ClientConfig, payload: Payload): Promise<Examined> {
  const read = await readPayload(payload)
  const still = { parsed: read.parsed, role: payload.role, platform, simulated: false }
  // What the closed lists refuse never reaches the server, not even to be explained.
  if (read.refusals.length > 0) {
    const statements = read.statements.map((one) => statementFacts(one))
    return { ...still, statements, estimated_rows: null, refusals: read.refusals, server_version: null }
  }
  const session = await openSession(login, timeouts.statement_timeout_ms + 5_000)
  try {
    return { ...still, ...(await ask(session, payload.role, read)) }
  } catch (error) {
    if (!(error instanceof SqlFailure)) throw error
    throw new ClyraError(
      'CLYRA_POSTGRES_UNAVAILABLE',
      `expected the warehouse to answer the analysis, got ${error.sqlstate ?? 'no answer'}`,
    )
  } finally {
    await session.close()
  }
}

type Asked = Pick<Facts, 'statements' | 'estimated_rows' | 'refusals' | 'server_version'>

async function ask(session: Session, role: Payload['role'], read: ReadPayload): Promise<Asked> {
  const [, [server]] = await session.together(() => [
    session.run('begin'),
    session.query<{ version: string }>(`select ${pinned}, pg_catalog.current_setting('server_version') as version`, [pinsOf(timeouts)]),
  ])
  const inspected = await inspect(session, role, read)
  const refusals = [...inspected.refusals]
  const statements: FactsStatement[] = []
  for (const [index, one] of read.statements.entries()) {
    const about = statementFacts(one, inspected, index)
    // Functions run at plan time, so nothing is explained before the whole payload passed the probe.
    const rows = inspected.refusals.length > 0 ? unexplained : await estimated(session, one, inspected)
    if ('sqlstate' in rows) refusals.push({ ...refusal('CLYRA_SQL_REJECTED', `SQLSTATE ${rows.sqlstate}`), statement: index })
    statements.push({ ...about, ...('sqlstate' in rows ? unexplained : rows) })
  }
  const total = statements.reduce<number | null>((sum, { estimated_rows: rows }) => (sum === null || rows === null ? null : sum + rows), 0)
  return { statements, estimated_rows: total, refusals, server_version: server?.version.split(' ')[0] ?? null }
}

type Estimate = Pick<FactsStatement, 'estimated_rows' | 'estimate_basis'>
const unexplained: Estimate = { estimated_rows: null, estimate_basis: 'unexplainable' }

async function estimated(
  session: Session,
  { text, description }: ReadStatement,
  { relations }: Inspected,
): Promise<Estimate | { sqlstate: string }> {
  const kind = description?.kind ?? ''
  if (!['select', 'insert', 'update', 'delete', 'merge', 'truncate'].includes(kind)) return unexplained
  const touched = description?.relations.flatMap((one) => relations.get(keyOf(one)) ?? []) ?? []
  try {
    // Ends what was looked at before, the probes or the statement before this one.
    await session.together(() => [session.run('rollback'), session.run('begin read only'), pin(session, timeouts)])
    if (kind === 'truncate') return { estimated_rows: await counted(session, touched), estimate_basis: 'counted' }
    const rows = await estimate(session, text)
    // An INSERT does not read its target, so that one need not be analysed.
    const read = kind === 'insert' ? description?.relations.filter(({ access }) => access === 'read') : description?.relations
    const guessed = read?.some((one) => relations.get(keyOf(one))?.never_analysed)
    return guessed ? { estimated_rows: null, estimate_basis: 'never_analysed' } : { estimated_rows: rows, estimate_basis: 'explain' }
  } catch (error) {
    if (!(error instanceof SqlFailure) || error.sqlstate === null) throw error
    // Too slow or locked says nothing about the statement: it goes to a person instead.
    return ['57014', '55P03'].includes(error.sqlstate) ? unexplained : { sqlstate: error.sqlstate }
  }
}

async function counted(session: Session, tables: readonly Relation[]): Promise<number> {
  let sum = 0
  for (const table of tables) {
    const [row] = await session.query<{ rows: string }>(`select pg_catalog.count(*)::text as rows from ${quoted(table)}`)
    sum += Number(row?.rows)
  }
  return sum
}

function statementFacts({ description }: ReadStatement, inspected?: Inspected, index = 0): FactsStatement {
  const written = description?.relations.filter(({ access }) => access === 'write') ?? []
  const known = written.flatMap((one) => inspected?.relations.get(keyOf(one)) ?? [])
  const rows = known.map((one) => one.rows)
  return {
    kind: description?.kind ?? 'unparsed',
    relations: description?.relations ?? [],
    functions: inspected?.functions[index] ?? description?.functions ?? [],
    predicate: description?.predicate ?? 'not_applicable',
    details: [...new Set([...(description?.details ?? []), ...known.flatMap(marks)])].sort(),
    ...unexplained,
    relation_rows: rows.length === 0 || rows.includes(null) ? null : rows.reduce<number>((sum, one) => sum + (one ?? 0), 0),
  }
}

const marks = ({ triggers, cascades }: Relation): string[] => [
  ...(triggers ? ['triggers'] : []),
  ...(cascades ? ['foreign_key_actions'] : []),
]

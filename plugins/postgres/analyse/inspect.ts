// The refusals only the warehouse can tell: foreign tables, unknown relations, functions a statement calls without naming them.
import type { FactsRefusal, Payload } from '../../../core/generated/types.ts'
import { functionAllowed } from '../../../core/sql/functions.ts'
import { type Refusal, refusal } from '../../../core/sql/refusals.ts'
import type { Session } from '../session.ts'
import { keyOf, lookUp, type Relation, volatilities } from './catalogue.ts'
import { probe } from './probe.ts'
import type { ReadPayload, ReadStatement } from './read.ts'

export interface Inspected {
  readonly relations: ReadonlyMap<string, Relation>
  /** Per statement: the functions it calls, named or not, sorted. */
  readonly functions: readonly string[][]
  readonly refusals: FactsRefusal[]
}

/** Looks a readable payload over inside the session's transaction, which may write; leaves nothing behind. Runs nothing of it. */
export async function inspect(session: Session, role: Payload['role'], read: ReadPayload): Promise<Inspected> {
  const relations = await lookUp(
    session,
    read.statements.flatMap(({ description }) => description?.relations ?? []),
  )
  const refusals: FactsRefusal[] = []
  const functions: string[][] = []
  const made = new Set<string>()
  for (const [statement, one] of read.statements.entries()) {
    const probed = role === 'dml' && one.description?.kind !== 'truncate' ? await probe(session, one.text) : { functions: [] }
    const hidden = 'functions' in probed ? probed.functions : []
    const found = [
      ...relationRefusals(one, relations, made),
      ...('sqlstate' in probed ? [refusal('CLYRA_SQL_REJECTED', `SQLSTATE ${probed.sqlstate}`)] : []),
      ...hidden.map((name) => refusal('CLYRA_SQL_FUNCTION', `${name}, which is not a built-in`)),
      ...(await functionRefusals(session, one)),
    ]
    refusals.push(...found.map(({ code, detail }) => ({ code, statement, detail })))
    functions.push([...new Set([...(one.description?.functions ?? []), ...hidden.map((name) => name.slice(0, 200))])].sort())
    for (const relation of writtenBy(one)) made.add(keyOf(relation))
  }
  return { relations, functions, refusals }
}

const writtenBy = ({ description }: ReadStatement) => description?.relations.filter(({ access }) => access === 'write') ?? []

// A relation may be missing where a statement makes it, or an earlier one did.
function relationRefusals({ description }: ReadStatement, known: ReadonlyMap<string, Relation>, made: ReadonlySet<string>): Refusal[] {
  const makes = ['create_table', 'create_view', 'rename', 'create_index'].includes(description?.kind ?? '')
  return (description?.relations ?? []).flatMap((relation) => {
    const { schema, name, access } = relation
    const found = known.get(keyOf(relation))
    if (found?.foreign) return [refusal('CLYRA_SQL_FOREIGN_TABLE', `${schema}.${name}`)]
    if (found !== undefined || made.has(keyOf(relation)) || (makes && access === 'write')) return []
    return [refusal('CLYRA_SQL_UNKNOWN_RELATION', `${schema}.${name}`)]
  })
}

async function functionRefusals(session: Session, { description }: ReadStatement): Promise<Refusal[]> {
  const names = (description?.functions ?? []).flatMap((name) => (name.startsWith('pg_catalog.') ? [name.slice('pg_catalog.'.length)] : []))
  if (names.length === 0) return []
  const known = await volatilities(session, names)
  return names
    .filter((name) => !functionAllowed({ schema: 'pg_catalog', name, volatility: known.get(name) ?? null }))
    .map((name) => refusal('CLYRA_SQL_FUNCTION', `pg_catalog.${name}`))
}

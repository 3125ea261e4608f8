// What a change is to write, as far as it is known, so that policy can see it together with what others wrote.
import type { Facts, FactsStatement } from './generated/types.ts'
import type { Examined } from './ports.ts'

/** Nothing is known of what others wrote. */
export const unknownHistory: Facts['history'] = { changes_24h: null, rows_24h: null, requester_changes_24h: null, first_write: null }

/** The relations the statements write, each once, sorted. */
export function writtenRelations(statements: readonly FactsStatement[]): { schema: string; name: string }[] {
  const written = statements.flatMap(({ relations }) => relations).filter(({ access }) => access === 'write')
  const byName = new Map(written.map(({ schema, name }) => [JSON.stringify([schema, name]), { schema, name }]))
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, relation]) => relation)
}

/**
 * What the payload writes, or null when that is not known: it was refused, or a statement was not seen through. `estimated_rows` is
 * null when a statement's rows are not known; where rows do not apply (a change of the schema) there are none.
 */
export function writesOf(
  facts: Examined,
  statements: number,
): { relations: { schema: string; name: string }[]; estimated_rows: number | null } | null {
  if (facts.parsed !== 'parsed' || facts.refusals.length > 0 || facts.statements.length < statements) return null
  const rows = facts.statements.map((one) => one.estimated_rows ?? (one.estimate_basis === 'not_applicable' ? 0 : null))
  const known = rows.filter((count) => count !== null)
  const estimated_rows = known.length < rows.length ? null : known.reduce((sum, count) => sum + count, 0)
  return { relations: writtenRelations(facts.statements), estimated_rows }
}

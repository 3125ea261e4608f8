// One line for people who must not see the payload: operators in the Temporal UI, lists, tickets.
import type { Facts } from './generated/types.ts'

/** `delete shop.orders (about 412 rows)`; statement kinds, written relations and the estimate. Never SQL text. */
export function factsSummary(facts: Facts): string {
  if (facts.statements.length === 0) return `${facts.parsed} payload`
  return facts.statements
    .map(({ kind, relations, estimated_rows }) => {
      const written = relations.filter(({ access }) => access === 'write').map(({ schema, name }) => `${schema}.${name}`)
      const rows = estimated_rows === null ? '' : ` (about ${estimated_rows} rows)`
      return [kind.replaceAll('_', ' '), [...new Set(written)].join(', ')].filter(Boolean).join(' ') + rows
    })
    .join('; ')
}

// What holds of a payload as a whole, from the descriptions of its statements.
import type { Facts, FactsRefusal } from '../generated/types.ts'
import type { Description } from './describe.ts'
import { type Refusal, refusal } from './refusals.ts'

/** A statement as the parser left it: described, or refused before there was anything to describe. */
export type Judged = { readonly description: Description } | { readonly unparsed: Refusal }

/** Whether the payload as a whole was understood: one hidden or unreadable statement hides all. */
export function parsedState(judged: readonly Judged[]): Facts['parsed'] {
  if (judged.some((one) => 'unparsed' in one)) return 'unparsed'
  return judged.some((one) => 'description' in one && one.description.opaque) ? 'opaque' : 'parsed'
}

/** All refusals with their statement, plus those that only the whole payload shows. */
export function payloadRefusals(judged: readonly Judged[]): FactsRefusal[] {
  const single = judged.flatMap((one, statement) =>
    ('unparsed' in one ? [one.unparsed] : one.description.refusals).map((found) => ({ ...found, statement })),
  )
  const kinds = new Set(judged.flatMap((one) => ('description' in one ? [one.description.kind] : [])))
  // TRUNCATE counts nothing and erases the counts before it, so it may only stand among its like.
  const mixed = kinds.has('truncate') && kinds.size > 1
  const whole = mixed ? [{ ...refusal('CLYRA_SQL_TRUNCATE_MIXED', 'TRUNCATE together with other statements'), statement: null }] : []
  return [...single, ...whole].map(({ code, statement, detail }) => ({ code, statement, detail }))
}

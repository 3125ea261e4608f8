// One refusal of the guard: a code, and a place in words that hold no value and no text of the statement.
import type { ErrorCode } from '../errors.ts'

export interface Refusal {
  readonly code: Extract<ErrorCode, `CLYRA_SQL_${string}`>
  readonly detail: string
}

/** `detail` names tags, kinds and identifiers only; it is cut to what the facts schema holds. */
export const refusal = (code: Refusal['code'], detail: string): Refusal => ({ code, detail: detail.slice(0, 300) })

/** Refusals without repetition, in the order found. */
export function distinct(refusals: readonly Refusal[]): Refusal[] {
  const seen = new Map(refusals.map((one) => [`${one.code} ${one.detail}`, one]))
  return [...seen.values()]
}

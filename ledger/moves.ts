// What a receipt does to the registry row of its change.
import { ClyraError } from '../core/errors.ts'
import type { DataReceipt } from '../core/generated/types.ts'
import { type State, stateAfter } from '../core/lifecycle.ts'

/** The part of a registry row that receipts move. `state` is null until the attempt's first receipt. */
export interface Registered {
  attempt: number
  state: State | null
  outcome: string | null
  code: string | null
}

/**
 * The row after a receipt. CLYRA_LEDGER_INVALID_BODY when the change is not registered, or the receipt speaks of another
 * change or attempt, or is illegal in this state (spec/lifecycle.md). A next attempt is opened by the registry alone.
 */
export function afterReceipt(row: Registered | null, { stream, kind, body }: DataReceipt): Registered {
  if (row === null) throw illegal('/stream', 'a registered change', 'one nobody registered')
  if (body.change_id !== undefined && stream !== `change/${String(body.change_id)}`) {
    throw illegal('/body/change_id', 'the change of the stream', 'another')
  }
  if (body.attempt !== undefined && body.attempt !== row.attempt) {
    throw illegal('/body/attempt', `attempt ${row.attempt}`, 'another')
  }
  const state = kind === 'change' && row.state !== null ? null : stateAfter(row.state, { kind, body })
  if (state === null) throw illegal('/kind', `a receipt that is legal in state ${row.state ?? '(none)'}`, kind)
  if (kind !== 'outcome') return { ...row, state }
  return { ...row, state, outcome: body.outcome as string, code: body.code as string | null }
}

const illegal = (pointer: string, expected: string, found: string): ClyraError =>
  new ClyraError('CLYRA_LEDGER_INVALID_BODY', `expected ${expected}, found ${found}`, {
    faults: [{ pointer, detail: `must be ${expected}` }],
  })

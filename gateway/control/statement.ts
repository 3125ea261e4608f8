// What an approver is to sign, written by the gateway in his name. Nothing is decided by it.
import { randomUUID } from 'node:crypto'
import { ClyraError } from '../../core/errors.ts'
import type { DoorRefusal, StatementRequest, Verdict } from '../../core/generated/types.ts'
import { decisionStatementBytes } from '../../evidence/decision.ts'
import { matchCode } from '../../evidence/match-code.ts'
import type { ChangeRow, Principal } from '../../ledger/types.ts'
import { recordRefusal } from '../door/refusals.ts'
import { readApproval } from './approval-view.ts'
import type { GatewayDeps } from './deps.ts'
import { demandNone } from './validate.ts'

/** Different numbers a person may try on an attempt, the right one among them. */
export const numbersOfOnePerson = 5

/** Somebody with a name. */
export type Person = Principal & { person: string }

/** CLYRA_API_FORBIDDEN for a token of nobody. */
export function demandPerson(principal: Principal): Person {
  const { person } = principal
  if (person === null) throw new ClyraError('CLYRA_API_FORBIDDEN', 'expected the token of a person, found one of nobody')
  return { ...principal, person }
}

/**
 * The bytes of the statement. For an approval of grade enhanced the number is checked first: CLYRA_APPROVAL_MATCH_CODE, and
 * CLYRA_APPROVAL_TOO_MANY after five different ones; both leave a receipt. CLYRA_API_INVALID for a number too few or too many, and what
 * `readApproval` rejects with.
 */
export async function stateDecision(
  deps: GatewayDeps,
  principal: Person,
  row: ChangeRow,
  { decision, reason, match_code }: StatementRequest,
  door: DoorRefusal['door'],
): Promise<Buffer> {
  const { change_id, binding, verdict } = await readApproval(deps, row)
  const expected = decision === 'approve' ? matchCode(verdict as unknown as Verdict) : null
  demandNone([
    ...(expected === null && match_code !== undefined
      ? [{ pointer: '/match_code', detail: 'is only for an approval of grade enhanced' }]
      : []),
    ...(expected !== null && match_code === undefined ? [{ pointer: '/match_code', detail: 'is required' }] : []),
  ])
  if (expected !== null) await demandNumber(deps, principal, row, { expected, given: match_code ?? '', door })
  return decisionStatementBytes({
    change_id,
    binding,
    decision,
    reason,
    person: principal.person,
    decision_id: randomUUID(),
    signed_at: await deps.ledger.log.now(),
    ...(expected === null ? {} : { match_code: expected }),
  })
}

// The place is taken before the number is looked at: whoever tries many at once gets no more of them.
async function demandNumber(
  deps: GatewayDeps,
  { tenant, person }: Person,
  { change_id, attempt }: ChangeRow,
  { expected, given, door }: { expected: string; given: string; door: DoorRefusal['door'] },
): Promise<void> {
  const purpose = `match_code:${change_id}:${attempt}:${person.toLowerCase()}`
  const taken = await deps.ledger.singleUse.takePlace(tenant, purpose, given, numbersOfOnePerson)
  if (taken && given === expected) return
  await recordRefusal(deps, { tenant, code: 'CLYRA_APPROVAL_MATCH_CODE', door, change_id, person })
  if (taken) throw new ClyraError('CLYRA_APPROVAL_MATCH_CODE', "expected the requester's number, found another")
  throw new ClyraError('CLYRA_APPROVAL_TOO_MANY', `expected at most ${numbersOfOnePerson} different numbers of one person, found more`)
}

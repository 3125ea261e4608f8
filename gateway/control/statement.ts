// What an approver is to sign, written by the gateway in his name. Nothing is decided by it.
import { randomUUID } from 'node:crypto'
import { ClyraError } from '../../core/errors.ts'
import type { DecisionStatement, DoorRefusal, StatementRequest, Verdict } from '../../core/generated/types.ts'
import { assertionChallenge } from '../../evidence/assertion.ts'
import { decisionStatementBytes } from '../../evidence/decision.ts'
import { statementMessage } from '../../evidence/dsse.ts'
import { matchCode } from '../../evidence/match-code.ts'
import type { ChangeRow, Principal } from '../../ledger/types.ts'
import { recordRefusal } from '../door/refusals.ts'
import { readApproval } from './approval-view.ts'
import type { GatewayDeps } from './deps.ts'

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
 * The bytes of the statement. For an approval of grade enhanced, and for no other, the number comes along and is checked first:
 * CLYRA_APPROVAL_MATCH_CODE, and CLYRA_APPROVAL_TOO_MANY after five different ones; a wrong one leaves a receipt. And what
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
  if ((expected === null) !== (match_code === undefined)) {
    const [wanted, found] = expected === null ? ['no number', 'one'] : ["the requester's number", 'none']
    throw new ClyraError('CLYRA_APPROVAL_MATCH_CODE', `expected ${wanted}, found ${found}`)
  }
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

/** The challenge of a statement that is this person's and about this change. CLYRA_APPROVAL_MALFORMED: no sign-on begins over another. */
export function ownChallenge(statement: string, changeId: string, { person }: Person): string {
  const bytes = Buffer.from(statement, 'base64')
  const said = predicateOf(bytes)
  if (said?.change_id !== changeId || said.person !== person)
    throw new ClyraError('CLYRA_APPROVAL_MALFORMED', 'expected a statement of this person about this change, found another')
  return assertionChallenge(statementMessage(bytes))
}

function predicateOf(bytes: Buffer): Partial<DecisionStatement['predicate']> | null {
  try {
    return (JSON.parse(bytes.toString()) as Partial<DecisionStatement> | null)?.predicate ?? null
  } catch {
    return null
  }
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

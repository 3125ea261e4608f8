// What waits for one person: gates that are open, that policy lets him decide, and that he has not decided yet.
import { isEligible, requestersOf, samePerson } from '../../core/approval.ts'
import type { Verdict } from '../../core/generated/types.ts'
import { allOf, lastOf } from '../../core/receipts.ts'
import type { ChangeRow, Stored } from '../../ledger/types.ts'
import { approversOf } from '../control/change-view.ts'
import type { GatewayDeps } from '../control/deps.ts'
import type { Visitor } from './session.ts'

/** A change that waits, as the list shows it. */
export interface Waiting {
  row: ChangeRow
  verdict: Verdict
  approvals: number
}

const rowsAtOnce = 100

/** Every change that waits for this person, the oldest first. One round trip for each hundred that wait for anybody. */
export async function waitingFor({ ledger }: Pick<GatewayDeps, 'ledger'>, { tenant, person }: Visitor['principal']): Promise<Waiting[]> {
  const found: Waiting[] = []
  for (let after = 0; ; ) {
    const page = await ledger.changes.awaitingApproval(tenant, after, rowsAtOnce)
    for (const { row, receipts: current } of page) {
      const verdict = lastOf(current, 'verdict')?.body
      if (verdict !== undefined && mayDecide(person, current, verdict)) found.push({ row, verdict, approvals: approversOf(current).length })
    }
    const last = page.at(-1)
    if (last === undefined || page.length < rowsAtOnce) return found
    after = last.row.seq
  }
}

function mayDecide(person: string, current: readonly Stored[], verdict: Verdict): boolean {
  const requesters = requestersOf([...allOf(current, 'change'), ...allOf(current, 'requester')].map(({ body }) => body))
  const decided = approversOf(current)
  return isEligible(person, verdict) && ![...requesters, ...decided].some((other) => samePerson(other, person))
}

// Stage 1, listen: the registered request becomes the first receipt of its attempt.
import { changeBody } from '../core/kinds/change.ts'
import { changeStream, receiptKey } from '../core/receipts.ts'
import type { Listened, RunRef } from '../core/stages.ts'
import { changeRow, type Deps } from './deps.ts'

/** Appends the `change` receipt. Same run or a later one: the first receipt stays. */
export async function listen(deps: Deps, run: RunRef): Promise<Listened> {
  const row = await changeRow(deps, run)
  await deps.ledger.log.append(changeStream(run.change_id), [
    {
      key: receiptKey.change(run.attempt),
      kind: 'change',
      actor: row.requester,
      body: changeBody(row),
    },
  ])
  return { target: row.target, mode: row.mode, kind: row.kind, source: row.source, requester: row.requester.person ?? row.requester.actor }
}

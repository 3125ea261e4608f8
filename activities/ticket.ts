// Stage 8, ticket: the pointer in the tracker, and the end of the payload's key.
import type { TicketRequest } from '../core/ports.ts'
import { changeStream, receiptKey } from '../core/receipts.ts'
import type { RunRef } from '../core/stages.ts'
import { ticketRequest } from '../evidence/ticket-request.ts'
import { changeRow, type Deps, required, worker } from './deps.ts'

/** Opens the ticket, appends its receipt and destroys the payload's key. Each step may be repeated. */
export async function ticket(deps: Deps, run: RunRef): Promise<{ tracker: string; reference: string }> {
  const { ledger, evidence, ticketer } = deps
  const row = await changeRow(deps, run)
  const file = required(row.evidence_file, 'a sealed bundle')
  const request: TicketRequest = ticketRequest(required(await evidence.read(file), `evidence ${file}`), file)
  const { reference } = await ticketer.open(request)
  const receipts = await ledger.log.find(changeStream(run.change_id), receiptKey.attestation(run.attempt, 'sox'))
  await ledger.log.append(changeStream(run.change_id), [
    {
      key: receiptKey.ticket(run.attempt),
      kind: 'ticket',
      actor: worker,
      body: {
        change_id: run.change_id,
        attempt: run.attempt,
        predecessor: required(receipts, 'an attestation receipt').leaf,
        tracker: ticketer.tracker,
        reference,
        bundle_id: request.bundle_id,
      },
    },
  ])
  await ledger.payloads.destroy(run.tenant, row.payload_digest, run.change_id)
  return { tracker: ticketer.tracker, reference }
}

// The sealed file of an attempt, as API and door hand it out.
import type { FastifyReply } from 'fastify'
import { ClyraError } from '../../core/errors.ts'
import { allOf, changeStream } from '../../core/receipts.ts'
import type { ChangeRow } from '../../ledger/types.ts'
import type { GatewayDeps } from './deps.ts'

/** Sends the file as it was sealed, under its name. CLYRA_EVIDENCE_NOT_READY while there is none. */
export async function sendEvidence(deps: GatewayDeps, row: ChangeRow, attempt: number, reply: FastifyReply): Promise<FastifyReply> {
  const file = await fileOf(deps, row, attempt)
  const bytes = file === null ? null : await deps.evidence.read(file)
  if (bytes === null) throw new ClyraError('CLYRA_EVIDENCE_NOT_READY', 'expected sealed evidence of this attempt, found none yet')
  return reply.type('application/zip').header('content-disposition', `attachment; filename="${file}"`).send(Buffer.from(bytes))
}

// The registry keeps the file of the last attempt; an earlier one is named after its last receipt.
async function fileOf({ ledger }: GatewayDeps, row: ChangeRow, attempt: number): Promise<string | null> {
  if (attempt === row.attempt) return row.evidence_file
  const recorded = allOf(await ledger.log.read(changeStream(row.change_id)), 'recorded')
  const last = recorded.find(({ body }) => body.attempt === attempt)
  return last === undefined ? null : `${row.change_id}-${last.seq}.zip`
}

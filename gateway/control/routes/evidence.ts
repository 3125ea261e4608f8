// /v1/changes/{id}/evidence: the sealed file of an attempt.
import type { FastifyInstance } from 'fastify'
import { ClyraError, type Fault } from '../../../core/errors.ts'
import { allOf, changeStream } from '../../../core/receipts.ts'
import type { ChangeRow } from '../../../ledger/types.ts'
import { allow, anyone } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { changeOf } from '../lookup.ts'
import { integerOf, type Parameters } from '../query.ts'
import { demandNone } from '../validate.ts'

export function evidenceRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  app.get<{ Params: { id: string }; Querystring: Parameters }>(
    '/v1/changes/:id/evidence',
    { onRequest: allow(deps, anyone) },
    async ({ principal, params, query }, reply) => {
      const faults: Fault[] = []
      const attempt = integerOf(query, 'attempt', [1, Number.MAX_SAFE_INTEGER], faults)
      demandNone(faults)
      const row = await changeOf(deps, principal, params.id)
      const file = await fileOf(deps, row, attempt ?? row.attempt)
      const bytes = file === null ? null : await deps.evidence.read(file)
      if (bytes === null) throw new ClyraError('CLYRA_EVIDENCE_NOT_READY', 'expected sealed evidence of this attempt, found none yet')
      return reply.type('application/zip').header('content-disposition', `attachment; filename="${file}"`).send(Buffer.from(bytes))
    },
  )
}

// The registry keeps the file of the last attempt; an earlier one is named after its last receipt.
async function fileOf({ ledger }: GatewayDeps, row: ChangeRow, attempt: number): Promise<string | null> {
  if (attempt === row.attempt) return row.evidence_file
  const recorded = allOf(await ledger.log.read(changeStream(row.change_id)), 'recorded')
  const last = recorded.find(({ body }) => body.attempt === attempt)
  return last === undefined ? null : `${row.change_id}-${last.seq}.zip`
}

// /v1/changes/{id}/receipts: the change's stream so far, and the log's signature over it.
import type { FastifyInstance } from 'fastify'
import type { ReceiptsView } from '../../../core/generated/types.ts'
import { changeStream } from '../../../core/receipts.ts'
import { allow, anyone } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { changeOf } from '../lookup.ts'

export function receiptRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  app.get<{ Params: { id: string } }>(
    '/v1/changes/:id/receipts',
    { onRequest: allow(deps, anyone) },
    async ({ principal, params }): Promise<ReceiptsView> => {
      const { change_id } = await changeOf(deps, principal, params.id)
      const stream = changeStream(change_id)
      const receipts = await deps.ledger.log.read(stream)
      const { checkpoint } = await deps.ledger.log.head(stream, receipts.length)
      return { change_id, lines: receipts.map(({ line }) => line), checkpoint }
    },
  )
}

// /v1/approvals: the changes that wait for a decision, and what exactly each would run.
import type { FastifyInstance } from 'fastify'
import { ClyraError, type Fault } from '../../../core/errors.ts'
import { changeStream } from '../../../core/receipts.ts'
import type { ChangeRow } from '../../../ledger/types.ts'
import { digest } from '../../../runtime/digest.ts'
import { approvalViewOf } from '../approval-view.ts'
import { allow } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { changeOf } from '../lookup.ts'
import type { Parameters } from '../query.ts'
import { demandNone } from '../validate.ts'
import { listChanges, pageOf } from './changes.ts'

export function approvalRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const onRequest = allow(deps, ['approver'])

  app.get<{ Querystring: Parameters }>('/v1/approvals', { onRequest }, async ({ principal, query }) => {
    const faults: Fault[] = []
    const page = pageOf(query, faults)
    demandNone(faults)
    return listChanges(deps, principal, { ...page, state: 'AWAITING_APPROVAL' })
  })

  app.get<{ Params: { id: string } }>('/v1/approvals/:id', { onRequest }, async ({ principal, params }) => {
    const row = await changeOf(deps, principal, params.id)
    const receipts = await deps.ledger.log.read(changeStream(row.change_id))
    return approvalViewOf(row, receipts, await payloadOf(deps, row))
  })
}

async function payloadOf({ ledger }: GatewayDeps, row: ChangeRow): Promise<Record<string, unknown>> {
  const bytes = await ledger.payloads.get(row.tenant, row.payload_digest)
  if (digest(bytes) !== row.payload_digest)
    throw new ClyraError('CLYRA_PAYLOAD_MISMATCH', 'expected the payload the change names, found another in its place')
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
}

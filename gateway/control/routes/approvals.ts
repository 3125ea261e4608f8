// /v1/approvals: the changes that wait for a decision, and what exactly each would run.
import type { FastifyInstance } from 'fastify'
import type { Fault } from '../../../core/errors.ts'
import { readApproval } from '../approval-view.ts'
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
    return readApproval(deps, row)
  })
}

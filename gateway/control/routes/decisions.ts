// /v1/changes/{id}/decisions: an approver's signed word.
import type { FastifyInstance } from 'fastify'
import { allow } from '../auth.ts'
import { decide } from '../decide.ts'
import type { GatewayDeps } from '../deps.ts'
import { changeOf } from '../lookup.ts'
import { demandBody } from '../validate.ts'

export function decisionRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  app.post<{ Params: { id: string } }>('/v1/changes/:id/decisions', { onRequest: allow(deps, ['approver']) }, async (request) => {
    const row = await changeOf(deps, request.principal, request.params.id)
    const body = demandBody('decision_request', request.body)
    return decide(deps, request.principal, row, body)
  })
}

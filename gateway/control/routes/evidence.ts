// /v1/changes/{id}/evidence: the sealed file of an attempt.
import type { FastifyInstance } from 'fastify'
import type { Fault } from '../../../core/errors.ts'
import { allow, anyone } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { sendEvidence } from '../evidence.ts'
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
      return sendEvidence(deps, row, attempt ?? row.attempt, reply)
    },
  )
}

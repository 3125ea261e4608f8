// /v1/targets: what may be changed, under which policy, in which mode.
import type { FastifyInstance } from 'fastify'
import { actorOf, allow, anyone } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { targetOf, targetsOf, targetViewOf } from '../targets.ts'
import { demandBody, demandNone } from '../validate.ts'

type ByName = { Params: { name: string } }

export function targetRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  app.get('/v1/targets', { onRequest: allow(deps, anyone) }, async ({ principal }) => ({ targets: await targetsOf(deps, principal) }))

  app.get<ByName>('/v1/targets/:name', { onRequest: allow(deps, anyone) }, ({ principal, params }) =>
    targetViewOf(deps, principal, params.name),
  )

  app.post<ByName>('/v1/targets/:name/gate', { onRequest: allow(deps, ['admin']) }, async ({ principal, params, body }) => {
    const target = await targetOf(deps, principal, params.name)
    const { policy_id, reason } = demandBody('gate_request', body)
    demandNone(
      policy_id === target.policy_id ? [] : [{ pointer: '/policy_id', detail: `must be ${target.policy_id}, the policy of the target` }],
    )
    await deps.ledger.modes.set(principal.tenant, target.name, 'gate', policy_id, reason, actorOf(principal))
    return targetViewOf(deps, principal, target.name)
  })
}

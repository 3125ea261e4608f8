// /v1/freeze: what holds enforcement back, and the switch.
import type { FastifyInstance } from 'fastify'
import { actorOf, allow, anyone } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { targetOf } from '../targets.ts'
import { demandBody } from '../validate.ts'
import { wakeCallers } from '../wake-callers.ts'

export function freezeRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const standing = async (tenant: string) => ({ freezes: await deps.ledger.freezes.list(tenant) })

  app.get('/v1/freeze', { onRequest: allow(deps, anyone) }, ({ principal }) => standing(principal.tenant))

  app.post('/v1/freeze', { onRequest: allow(deps, ['admin', 'operator']) }, async ({ principal, body }) => {
    const freeze = demandBody('freeze_request', body)
    if (freeze.target !== null) await targetOf(deps, principal, freeze.target)
    await deps.ledger.freezes.set(principal.tenant, freeze, actorOf(principal))
    if (freeze.frozen) await wakeCallers(deps, principal.tenant, freeze.target)
    return standing(principal.tenant)
  })
}

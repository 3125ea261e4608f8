// /v1/changes/{id}/grant and …/complete: the caller does the work himself.
import type { FastifyInstance } from 'fastify'
import { isEnd, type State } from '../../../core/lifecycle.ts'
import { allow } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { complete, mint } from '../grant.ts'
import { changeOf, showChange } from '../lookup.ts'
import { demandBody } from '../validate.ts'

type ById = { Params: { id: string } }

export function grantRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  app.post<ById>('/v1/changes/:id/grant', { onRequest: allow(deps, ['requester']) }, async ({ id, principal, params, body }, reply) => {
    const row = await changeOf(deps, principal, params.id)
    const { login } = demandBody('grant_request', body)
    const grant = await mint(deps, principal, row, login)
    deps.log.info({ request_id: id, change_id: row.change_id, actor: principal.actor, grant_id: grant.grant_id }, 'grant')
    return reply.code(201).send(grant)
  })

  app.post<ById>('/v1/changes/:id/complete', { onRequest: allow(deps, ['requester']) }, async ({ principal, params }, reply) => {
    const row = await changeOf(deps, principal, params.id)
    const ended = isEnd(row.state as State)
    if (!ended) await complete(deps, principal, row)
    return reply.code(ended ? 200 : 202).send(await showChange(deps, await changeOf(deps, principal, params.id)))
  })
}

// /v1/approvers: whose keys may decide. Only an admin enrolls, invites and revokes; what changes the list leaves a receipt.
import type { FastifyInstance } from 'fastify'
import type { Fault } from '../../../core/errors.ts'
import type { ApproverView, InviteView } from '../../../core/generated/types.ts'
import { invite } from '../../door/invitation.ts'
import { actorOfPerson, keyFaults } from '../approver-key.ts'
import { actorOf, allow, anyone } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { personFaults } from '../person.ts'
import { type Parameters, textOf } from '../query.ts'
import { demandBody, demandNone } from '../validate.ts'

export function approverRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const { approvers, tokens } = deps.ledger

  app.post('/v1/approvers', { onRequest: allow(deps, ['admin']) }, async (request, reply): Promise<ApproverView> => {
    const { tenant } = request.principal
    const { person, spki } = demandBody('approver_request', request.body)
    demandNone([...keyFaults(spki), ...(await personFaults(deps.ledger, tenant, person))])
    const row = await approvers.enroll(tenant, person, Buffer.from(spki, 'base64'), actorOf(request.principal))
    await deps.trustChanged()
    const token = await tokens.issue({ tenant, actor: actorOfPerson(person), person, roles: ['approver'] })
    reply.code(201)
    return { ...row, token }
  })

  app.post('/v1/invites', { onRequest: allow(deps, ['admin']) }, async (request, reply): Promise<InviteView> => {
    const { person } = demandBody('invite_request', request.body)
    demandNone(await personFaults(deps.ledger, request.principal.tenant, person))
    const { text, expires_at } = await invite(deps, request.principal, person)
    reply.code(201)
    // Behind the #: a browser sends it to no server and names it to no other page.
    return { person, url: `${deps.door.origin}/approve/enroll#${text}`, expires_at }
  })

  app.get('/v1/approvers', { onRequest: allow(deps, anyone) }, async ({ principal }) => ({
    approvers: (await approvers.list(principal.tenant)).map((row): ApproverView => ({ ...row, token: null })),
  }))

  app.delete<{ Params: { key_id: string }; Querystring: Parameters }>(
    '/v1/approvers/:key_id',
    { onRequest: allow(deps, ['admin']) },
    async ({ principal, params, query }): Promise<ApproverView> => {
      const faults: Fault[] = []
      const reason = textOf(query, 'reason', 500, faults)
      demandNone(faults)
      const row = await approvers.revoke(principal.tenant, params.key_id, reason, actorOf(principal))
      await tokens.revokeActor(principal.tenant, actorOfPerson(row.person))
      await deps.trustChanged()
      return { ...row, token: null }
    },
  )
}

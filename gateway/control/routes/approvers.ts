// /v1/approvers: whose keys may decide. Only an admin enrolls and revokes; both leave a receipt.
import { createPublicKey } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Fault } from '../../../core/errors.ts'
import type { ApproverView } from '../../../core/generated/types.ts'
import { sha256Hex } from '../../../runtime/digest.ts'
import { actorOf, allow, anyone } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { type Parameters, textOf } from '../query.ts'
import { demandBody, demandNone } from '../validate.ts'

export function approverRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const { approvers, tokens } = deps.ledger

  app.post('/v1/approvers', { onRequest: allow(deps, ['admin']) }, async (request, reply): Promise<ApproverView> => {
    const { tenant } = request.principal
    const { person, spki } = demandBody('approver_request', request.body)
    demandNone(keyFaults(spki))
    const row = await approvers.enroll(tenant, person, Buffer.from(spki, 'base64'), actorOf(request.principal))
    await deps.trustChanged()
    const token = await tokens.issue({ tenant, actor: actorOfPerson(person), person, roles: ['approver'] })
    reply.code(201)
    return { ...row, token }
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

const plainPerson = /^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]{0,179}$/

/** The actor of a person's own token; a prefix keeps it apart from the actors of the configuration. */
export const actorOfPerson = (person: string): string =>
  plainPerson.test(person) ? `approver:${person}` : `approver:sha256/${sha256Hex(person)}`

// The one encoding of an uncompressed P-256 point, since its hash is the key's id.
function keyFaults(spki: string): Fault[] {
  const fault = { pointer: '/spki', detail: 'must be base64 of the SPKI DER of a P-256 public key, uncompressed' }
  const der = Buffer.from(spki, 'base64')
  if (der.toString('base64') !== spki) return [fault]
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    const isP256 = key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    return isP256 && key.export({ format: 'der', type: 'spki' }).equals(der) && der.length === 91 ? [] : [fault]
  } catch {
    return [fault]
  }
}

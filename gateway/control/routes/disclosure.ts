// /v1/changes/{id}/id-tokens: the raw ID tokens behind a change's decisions. Personal data, so who is given which is on record first.
import type { FastifyInstance } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import type { DisclosureView } from '../../../core/generated/types.ts'
import { allOf, changeStream, tenantStream } from '../../../core/receipts.ts'
import { actorOf, allow } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { changeOf } from '../lookup.ts'

export function disclosureRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const { log, identities } = deps.ledger

  app.get<{ Params: { id: string } }>(
    '/v1/changes/:id/id-tokens',
    { onRequest: allow(deps, ['auditor', 'admin']), exposeHeadRoute: false },
    async ({ principal, params }): Promise<DisclosureView> => {
      const { tenant, change_id } = await changeOf(deps, principal, params.id)
      const [receipts, kept] = await Promise.all([log.read(changeStream(change_id)), identities.tokensOf(tenant, change_id)])
      // Tokens of sign-ons that led to no decision are nobody's to see.
      const named = new Map(allOf(receipts, 'decision').map(({ body }) => [body.sign_on?.id_token_digest, body.person]))
      const tokens = [...kept].flatMap(([digest, token]) =>
        named.has(digest) ? [{ digest, person: named.get(digest) ?? null, token }] : [],
      )
      tokens.sort((a, b) => (a.digest < b.digest ? -1 : 1))
      if (tokens.length > 0) {
        const body = { change_id, digests: tokens.map(({ digest }) => digest) }
        await log.append(tenantStream(tenant), [
          { key: `disclosed:${uuidv7()}`, kind: 'id_tokens_disclosed', actor: actorOf(principal), body },
        ])
      }
      return { change_id, tokens }
    },
  )
}

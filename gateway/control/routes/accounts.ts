// /v1/accounts: whose accounts of the company's sign-on may decide. They are linked at the door; here an admin unlinks them.
import type { FastifyInstance } from 'fastify'
import type { Fault } from '../../../core/errors.ts'
import type { AccountView } from '../../../core/generated/types.ts'
import type { Subject } from '../../../core/sign-on.ts'
import { actorOfPerson } from '../approver-key.ts'
import { actorOf, allow, anyone } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { type Parameters, textOf } from '../query.ts'
import { demandNone } from '../validate.ts'

export function accountRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const { ledger } = deps

  app.get('/v1/accounts', { onRequest: allow(deps, anyone) }, async ({ principal }) => ({
    accounts: (await ledger.identities.registry(principal.tenant)).subjects.map(viewOf),
  }))

  app.delete<{ Params: { subject_id: string }; Querystring: Parameters }>(
    '/v1/accounts/:subject_id',
    { onRequest: allow(deps, ['admin']) },
    async ({ principal, params, query }): Promise<AccountView> => {
      const faults: Fault[] = []
      const reason = textOf(query, 'reason', 500, faults)
      demandNone(faults)
      const subject = await ledger.identities.unlink(principal.tenant, params.subject_id, reason, actorOf(principal))
      await ledger.tokens.revokeActor(principal.tenant, actorOfPerson(subject.person))
      await deps.trustChanged()
      return viewOf(subject)
    },
  )
}

const viewOf = ({ person, subject_id, iss, linked_at, unlinked_at }: Subject): AccountView => ({
  person,
  subject_id,
  iss,
  linked_at,
  unlinked_at,
})

// Who is asking. A token says tenant, actor, person and roles; everything after is fenced by that tenant.
import type { FastifyRequest } from 'fastify'
import { ClyraError } from '../../core/errors.ts'
import type { Entry, Principal, Role } from '../../ledger/types.ts'
import type { GatewayDeps } from './deps.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `allow`; routes without it are public. */
    principal: Principal
  }
}

const bearer = /^Bearer ([A-Za-z0-9._~+/=-]{1,512})$/i

/** Every role there is: for what any caller of the tenant may read. */
export const anyone: readonly Role[] = ['requester', 'approver', 'operator', 'auditor', 'admin']

/**
 * A hook that runs before the body is read. CLYRA_API_UNAUTHENTICATED without a valid token,
 * CLYRA_API_FORBIDDEN when it has none of the roles.
 */
export const allow =
  ({ ledger }: Pick<GatewayDeps, 'ledger'>, roles: readonly Role[]) =>
  async (request: FastifyRequest): Promise<void> => {
    const token = bearer.exec(request.headers.authorization ?? '')?.[1]
    const principal = token === undefined ? null : await ledger.tokens.principal(token)
    if (principal === null) throw new ClyraError('CLYRA_API_UNAUTHENTICATED', 'expected a valid bearer token')
    if (!roles.some((role) => principal.roles.includes(role)))
      throw new ClyraError('CLYRA_API_FORBIDDEN', `expected a token with the role ${roles.join(' or ')}`)
    request.principal = principal
  }

/** The principal as receipts name it. */
export const actorOf = ({ actor, person }: Principal): Entry['actor'] => ({ actor, person })

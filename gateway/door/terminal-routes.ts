// /approve/terminal: a terminal begins a sign-on for a session and redeems it; in between a person's browser passes through. A sign-on
// over a decision begins and ends at /v1/approvals. No cookie counts here, so no other site can do it in somebody's name.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ClyraError } from '../../core/errors.ts'
import { actorOfPerson } from '../control/approver-key.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { terminalClaimBody, terminalSessionBody } from './bodies.ts'
import { terminalPage } from './pages.ts'
import { sendPage } from './send.ts'
import { claimSignOn } from './signed-on.ts'
import { beginTerminal, leaveForTerminal } from './terminal.ts'
import { readToken } from './tokens.ts'

interface Caller {
  address: string
  challenge: string
}
type Begun = FastifyRequest<{ Querystring: { begin?: unknown } }>

export function terminalRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const begun = ({ query }: Begun): string => (typeof query.begin === 'string' ? query.begin : '')

  app.post<{ Body: Caller }>('/approve/terminal/session', { schema: { body: terminalSessionBody } }, async ({ body }, reply) =>
    reply
      .code(201)
      .send(await beginTerminal(deps, { ...body, tenant: deps.tenant, purpose: 'session', person: null, nonce: null, change_id: null })),
  )

  app.get('/approve/terminal', async (request: Begun, reply) => {
    const token = begun(request)
    const { person } = readToken(deps.tenantKey, 'terminal', token, await deps.ledger.log.now())
    return sendPage(reply, terminalPage(person, `/approve/terminal/go?begin=${token}`))
  })

  app.get('/approve/terminal/go', async (request: Begun, reply) => {
    const { url, cookie } = await leaveForTerminal(deps, begun(request))
    return reply.header('set-cookie', cookie).redirect(url, 303)
  })

  app.post<{ Body: { code: string; verifier: string } }>(
    '/approve/terminal/claim',
    { schema: { body: terminalClaimBody } },
    async ({ body: { code, verifier } }) => {
      const { tenant, purpose, person, subject_id, sign_on } = await claimSignOn(deps, code, { verifier })
      if (purpose !== 'session') throw new ClyraError('CLYRA_API_UNAUTHENTICATED', 'expected a sign-on for a session, found another')
      const token = await deps.ledger.tokens.issue({ tenant, actor: actorOfPerson(person), person, roles: ['approver'] })
      return { person, subject_id, sign_on, token }
    },
  )
}

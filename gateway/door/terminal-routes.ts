// /approve/terminal: a terminal begins a sign-on and redeems it; in between a person's browser passes through. No cookie counts here, so
// no other site can do it in somebody's name.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { actorOfPerson } from '../control/approver-key.ts'
import { allow } from '../control/auth.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { changeOf } from '../control/lookup.ts'
import { demandNone } from '../control/validate.ts'
import { terminalClaimBody, terminalDecisionBody, terminalSessionBody } from './bodies.ts'
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

  app.post<{ Body: Caller & { change_id: string; nonce: string } }>(
    '/approve/terminal/decision',
    { onRequest: allow(deps, ['approver']), schema: { body: terminalDecisionBody } },
    async ({ body, principal }, reply) => {
      const { tenant, person } = principal
      if (person === null) demandNone([{ pointer: '/', detail: 'must come with the token of a person' }])
      await changeOf(deps, principal, body.change_id)
      return reply.code(201).send(await beginTerminal(deps, { ...body, tenant, purpose: 'decision', person }))
    },
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
      const { tenant, purpose, person, subject_id, sign_on, signature } = await claimSignOn(deps, code, { verifier })
      const token =
        purpose === 'session' ? await deps.ledger.tokens.issue({ tenant, actor: actorOfPerson(person), person, roles: ['approver'] }) : null
      return { purpose, person, subject_id, sign_on, signature, token }
    },
  )
}

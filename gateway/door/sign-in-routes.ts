// /approve/enroll and /approve/login: an invitation becomes a passkey, a passkey opens a session, and its owner ends it.
import type { FastifyInstance } from 'fastify'
import type { Assertion } from '../../evidence/assertion.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { accountBody, enrollBody, loginBody, logoutBody } from './bodies.ts'
import { enrolPasskey } from './enrol.ts'
import { beginLink } from './link.ts'
import { issuerOf, loginOf } from './login.ts'
import { enrollPage, slackPage } from './pages.ts'
import { sendPage } from './send.ts'
import { logIn, signedOutCookie } from './session.ts'
import { beginSlackLink } from './slack-link.ts'

interface Proof {
  token: string
  credential_id: string
  assertion: Assertion
}

export function signInRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  app.get('/approve/enroll', async (_request, reply) => sendPage(reply, enrollPage(deps.door.rp_id, issuerOf(deps))))

  app.post<{ Body: Proof & { spki: string } }>('/approve/enroll', { schema: { body: enrollBody } }, async ({ body }, reply) => {
    const { token, ...passkey } = body
    const { person } = await enrolPasskey(deps, token, passkey)
    return reply.code(201).send({ person })
  })

  app.post<{ Body: { token: string } }>('/approve/enroll/account', { schema: { body: accountBody } }, async ({ body }, reply) => {
    const { url, cookie } = await beginLink(deps, body.token)
    return reply.header('set-cookie', cookie).send({ url })
  })

  app.get('/approve/slack', async (_request, reply) => sendPage(reply, slackPage))

  app.post<{ Body: { token: string } }>('/approve/slack', { schema: { body: accountBody } }, async ({ body }, reply) => {
    const { url, cookie } = await beginSlackLink(deps, body.token)
    return reply.header('set-cookie', cookie).send({ url })
  })

  app.get('/approve/login', async (_request, reply) => sendPage(reply, await loginOf(deps, '/approve')))

  app.post<{ Body: Proof }>('/approve/login', { schema: { body: loginBody } }, async ({ body }, reply) => {
    const cookie = await logIn(deps, body.token, body.credential_id, body.assertion)
    return reply.header('set-cookie', cookie).send({})
  })

  app.post('/approve/logout', { schema: { body: logoutBody } }, async (_request, reply) =>
    reply.header('set-cookie', signedOutCookie(deps.door)).send({}),
  )
}

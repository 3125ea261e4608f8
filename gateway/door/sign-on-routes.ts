// /approve/sign-on and /approve/callback: away to the company's sign-on, and back.
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { GatewayDeps } from '../control/deps.ts'
import { linkAccount } from './link.ts'
import { onwardPage, slackLinkedPage } from './pages.ts'
import { sendPage } from './send.ts'
import { signedOnCookie } from './session.ts'
import { beginSignOn, finishSignOn, type SignedOn } from './sign-on.ts'
import { handOver } from './signed-on.ts'
import { linkSlackUser } from './slack-link.ts'

// Nowhere but to pages of this door.
const pathForm = /^\/approve(\/chg_[a-z2-7]{26})?$/

export function signOnRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  app.get<{ Querystring: { to?: unknown } }>('/approve/sign-on', async ({ query }, reply) => {
    const return_to = typeof query.to === 'string' && pathForm.test(query.to) ? query.to : '/approve'
    const ask = { tenant: deps.tenant, purpose: 'session', person: null, nonce: null, about: {}, return_to } as const
    const { url, cookie } = await beginSignOn(deps, ask)
    return reply.header('set-cookie', cookie).redirect(url, 303)
  })

  app.get('/approve/callback', async (request, reply) => {
    const query = request.url.slice(request.url.indexOf('?') + 1)
    const signedOn = await finishSignOn(deps, { query, cookies: request.headers.cookie })
    return goOn(deps, signedOn, reply)
  })
}

async function goOn(deps: GatewayDeps, signedOn: SignedOn, reply: FastifyReply): Promise<FastifyReply> {
  const { purpose, return_to, terminal } = signedOn
  if (terminal !== undefined) return reply.redirect(`${terminal.address}?code=${await handOver(deps, signedOn)}`, 303)
  if (purpose === 'slack') return sendPage(reply, slackLinkedPage(await linkSlackUser(deps, signedOn)))
  if (purpose === 'link') await linkAccount(deps, signedOn)
  if (purpose !== 'decision') reply.header('set-cookie', await signedOnCookie(deps, signedOn))
  if (purpose === 'session' || purpose === 'link') return sendPage(reply, onwardPage(return_to))
  return sendPage(reply, onwardPage(`${return_to}?signed_on=${await handOver(deps, signedOn)}`))
}

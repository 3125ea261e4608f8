// The approver's door: pages under /approve, for people with a browser and a passkey. Nobody else is served here.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ClyraError, codeOf } from '../../core/errors.ts'
import type { DoorRefusal } from '../../core/generated/types.ts'
import type { Waits } from '../control/admission.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { problemOf, sendProblem } from '../control/problem.ts'
import { assetRoutes } from './assets.ts'
import { changeRoutes } from './change-routes.ts'
import { loginOf } from './login.ts'
import { errorPage } from './pages.ts'
import { type Refused, recordRefusal } from './refusals.ts'
import { sendPage } from './send.ts'
import { signInRoutes } from './sign-in-routes.ts'
import { signOnRoutes } from './sign-on-routes.ts'
import { terminalRoutes } from './terminal-routes.ts'

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'publickey-credentials-get=(self), publickey-credentials-create=(self)',
  'cross-origin-opener-policy': 'same-origin',
}

/** Registers every route of the door, fenced from those of the API: own headers, own errors, own session. */
export function addDoor(app: FastifyInstance, deps: GatewayDeps, waits: Waits): void {
  app.register(async (door) => {
    door.addHook('onRequest', async (_request, reply) => {
      reply.headers(headers)
    })
    door.setErrorHandler((error, request, reply) => answerError(deps, error, request, reply))
    terminalRoutes(door, deps)
    door.register(async (pages) => {
      pages.addHook('onRequest', async (request) => {
        if (request.method === 'POST') demandOwnPage(request, deps.door.origin)
      })
      assetRoutes(pages)
      signInRoutes(pages, deps)
      signOnRoutes(pages, deps)
      changeRoutes(pages, deps, waits)
    })
  })
}

const doors: readonly [string, DoorRefusal['door']][] = [
  ['/approve/enroll', 'enrolment'],
  ['/approve/terminal', 'cli'],
  ['/', 'page'],
]

const refusedAt = ({ tenant }: GatewayDeps, { url, principal }: FastifyRequest): Refused => ({
  tenant,
  code: 'CLYRA_API_UNAUTHENTICATED',
  door: doors.find(([start]) => url.startsWith(start))?.[1] ?? 'page',
  change_id: null,
  person: principal?.person ?? null,
})

// A cookie is sent with whatever page asks; the origin says which one asked, and a form of another site cannot send JSON.
function demandOwnPage({ headers }: FastifyRequest, origin: string): void {
  if (headers.origin !== origin) throw new ClyraError('CLYRA_DOOR_ORIGIN', 'expected a request from a page of this door, found another')
  if (!/^application\/json(;|$)/i.test(headers['content-type'] ?? ''))
    throw new ClyraError('CLYRA_API_MEDIA_TYPE', 'expected the media type application/json')
}

// Scripts read problems; people read pages, and who is signed out is let in where he stands.
async function answerError(deps: GatewayDeps, error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const code = codeOf(error)
  if (code === 'CLYRA_API_UNAUTHENTICATED') await recordRefusal(deps, refusedAt(deps, request))
  const shown = code === 'CLYRA_API_UNAUTHENTICATED' ? new ClyraError('CLYRA_DOOR_REFUSED', (error as Error).message) : error
  if (request.method !== 'GET' || !request.headers.accept?.includes('text/html')) {
    sendProblem(deps.log, shown, request, reply)
    return reply
  }
  if (code === 'CLYRA_DOOR_SIGNED_OUT') return sendPage(reply.code(401), await loginOf(deps, request.url))
  const problem = problemOf(shown, request.id)
  if (problem.status >= 500) deps.log.error({ request_id: request.id, code: problem.code }, 'request failed')
  return sendPage(reply.code(problem.status), errorPage(problem, request.principal !== undefined))
}

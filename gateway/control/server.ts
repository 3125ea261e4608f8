// The control API: HTTP in front of the ledger and of the running changes. It decides nothing.
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { addDoor } from '../door/routes.ts'
import { addSlack } from '../slack/routes.ts'
import { addAdmission, type Bounds } from './admission.ts'
import type { GatewayDeps } from './deps.ts'
import { refuseNowhere } from './nowhere.ts'
import { answerBrokenRequest, sendProblem } from './problem.ts'
import { addRoutes } from './routes/index.ts'

const bodyLimit = 2 * 1024 * 1024
// For the request to arrive; an answer may take as long as it takes.
const receiveWithinMs = 30_000
const usualBounds: Bounds = { requests: 256, waits: 1024 }

/**
 * The server, not yet listening. `close()` lets requests in flight finish and wakes everybody who waits.
 * Every error answer is an RFC 9457 problem; nothing of a request's content is logged.
 */
export function createGateway(deps: GatewayDeps, bounds: Bounds = usualBounds): FastifyInstance {
  const onError = (error: unknown, request: FastifyRequest, reply: FastifyReply) => sendProblem(deps.log, error, request, reply)
  const app = fastify({
    logger: false,
    bodyLimit,
    requestTimeout: receiveWithinMs,
    genReqId: () => uuidv7(),
    exposeHeadRoutes: false,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: onError,
    clientErrorHandler: answerBrokenRequest,
  })
  app.decorateRequest('principal')
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  })
  const waits = addAdmission(app, bounds)
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const fields = { request_id: request.id, method, route: routeOptions.url ?? null, status: reply.statusCode }
    deps.log.info({ ...fields, ms: Math.round(reply.elapsedTime), actor: request.principal?.actor }, 'request')
  })
  app.setErrorHandler(onError)
  refuseNowhere(app)
  addRoutes(app, deps, waits)
  addDoor(app, deps, waits)
  addSlack(app, deps)
  return app
}

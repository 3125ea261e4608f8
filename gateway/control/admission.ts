// How much the gateway takes on at once. Long polls are counted apart: they hold a connection, not work.
import type { FastifyInstance } from 'fastify'
import { ClyraError } from '../../core/errors.ts'

export interface Bounds {
  requests: number
  waits: number
}

/** Long polls that are under way. */
export interface Waits {
  /** Aborted when the caller goes away or the gateway stops; `done` must be called when the wait is over. */
  begin(onGone: (listener: () => void) => void): { signal: AbortSignal; done: () => void }
}

/**
 * Answers CLYRA_API_BUSY above `bounds.requests` requests in flight, long polls not counted, and to every request that comes
 * while the gateway stops. Wakes all long polls when it begins to stop.
 */
export function addAdmission(app: FastifyInstance, bounds: Bounds): Waits {
  const open = new Set<AbortController>()
  let inFlight = 0
  let stopping = false

  app.addHook('onRequest', async (request, reply) => {
    if (stopping) throw new ClyraError('CLYRA_API_BUSY', 'expected a running gateway, found one that stops')
    if (request.routeOptions.config.unbounded) return
    if (inFlight >= bounds.requests) throw new ClyraError('CLYRA_API_BUSY', `expected at most ${bounds.requests} requests at once`)
    inFlight += 1
    reply.raw.once('close', () => {
      inFlight -= 1
    })
  })

  app.addHook('preClose', async () => {
    stopping = true
    for (const controller of open) controller.abort()
  })

  // A connection kept alive would keep the gateway from stopping.
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close')
  })

  return {
    begin(onGone) {
      if (open.size >= bounds.waits) throw new ClyraError('CLYRA_API_BUSY', `expected at most ${bounds.waits} callers waiting at once`)
      const controller = new AbortController()
      if (stopping) controller.abort()
      open.add(controller)
      inFlight -= 1
      onGone(() => controller.abort())
      return {
        signal: controller.signal,
        done: () => {
          open.delete(controller)
          inFlight += 1
        },
      }
    },
  }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True for the probes, which must answer when the gateway is full. */
    unbounded?: boolean
  }
}

// Requests that no route takes: the path is unknown, or it is known under other methods.
import type { FastifyInstance } from 'fastify'
import { ClyraError } from '../../core/errors.ts'

/**
 * Answers CLYRA_API_NOT_FOUND, or CLYRA_API_METHOD with an Allow header, before the body is read. To be called before the routes
 * are registered.
 */
export function refuseNowhere(app: FastifyInstance): void {
  const methods = new Map<string, string[]>()
  app.addHook('onRoute', ({ url, method }) => {
    methods.set(url, [...(methods.get(url) ?? []), method].flat())
  })
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const [path = ''] = request.url.split('?')
    const allowed = [...methods].find(([url]) => fits(url, path))?.[1]
    if (allowed === undefined) throw new ClyraError('CLYRA_API_NOT_FOUND', 'expected a path of the API, found another')
    reply.header('allow', allowed.join(', '))
    throw new ClyraError('CLYRA_API_METHOD', `expected the method ${allowed.join(' or ')}, found another`)
  })
}

function fits(url: string, path: string): boolean {
  const [expected, found] = [url.split('/'), path.split('/')]
  return expected.length === found.length && expected.every((part, index) => part.startsWith(':') || part === found[index])
}

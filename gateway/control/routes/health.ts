// The probes, and the contract itself. Public.
import type { FastifyInstance } from 'fastify'
import { ClyraError, type Fault } from '../../../core/errors.ts'
import type { GatewayDeps } from '../deps.ts'
import { openapiDocument } from '../openapi.ts'

export function healthRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const document = openapiDocument()
  const config = { unbounded: true }

  app.get('/healthz', { config }, async () => ({ status: 'ok' }))

  app.get('/readyz', { config }, async () => {
    const [ledger, workflows] = await Promise.all([
      deps.ledger.check().then(
        () => true,
        () => false,
      ),
      deps.workflows.reachable(),
    ])
    const faults: Fault[] = [
      ...(ledger ? [] : [{ pointer: 'ledger', detail: 'does not answer, or has another schema version' }]),
      ...(workflows ? [] : [{ pointer: 'workflows', detail: 'Temporal does not answer' }]),
    ]
    if (faults.length > 0) throw new ClyraError('CLYRA_API_UNREACHABLE', 'expected store and Temporal to answer', { faults })
    return { status: 'ready' }
  })

  app.get('/openapi.json', { config }, async () => document)
}

// /v1/changes: ask for a change, look at it, wait for it, cancel it.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ClyraError, type Fault } from '../../../core/errors.ts'
import type { ChangeRequest } from '../../../core/generated/types.ts'
import { isEnd, type State } from '../../../core/lifecycle.ts'
import type { ChangeRow, Principal } from '../../../ledger/types.ts'
import type { Waits } from '../admission.ts'
import { asked } from '../asked.ts'
import { allow, anyone } from '../auth.ts'
import { cancel } from '../cancel.ts'
import type { GatewayDeps } from '../deps.ts'
import { changeOf, showChange } from '../lookup.ts'
import { choiceOf, integerOf, type Parameters, siteKeyOf } from '../query.ts'
import { find, submit } from '../submit.ts'
import { demandBody, demandNone } from '../validate.ts'
import { waitBeyond } from '../wait.ts'

type ById = { Params: { id: string }; Querystring: Parameters }

const states = [
  'OPEN',
  'EVALUATED',
  'DENIED',
  'OBSERVED',
  'AWAITING_APPROVAL',
  'APPROVED',
  'REJECTED',
  'EXPIRED',
  'CANCELLED',
  'ENFORCING',
  'ENFORCED',
  'FAILED',
  'AMBIGUOUS',
  'RECORDED',
  'ATTESTED',
  'CLOSED',
] as const satisfies readonly State[]

export function changeRoutes(app: FastifyInstance, deps: GatewayDeps, waits: Waits): void {
  app.post('/v1/changes', { onRequest: allow(deps, ['requester']) }, async (request, reply) => {
    const { siteKey, body } = demandAsked(request)
    const { row, created } = await submit(deps, request.principal, siteKey, body)
    const view = await showChange(deps, row, request.principal)
    return reply
      .code(created ? 202 : 200)
      .header('location', view.links.self)
      .send(view)
  })

  app.post('/v1/requests/find', { onRequest: allow(deps, ['requester']) }, async (request) => {
    const { siteKey, body } = demandAsked(request)
    return showChange(deps, await find(deps, request.principal, siteKey, body), request.principal)
  })

  app.get<{ Querystring: Parameters }>('/v1/changes', { onRequest: allow(deps, anyone) }, async ({ principal, query }) => {
    const faults: Fault[] = []
    const page = pageOf(query, faults)
    const state = choiceOf(query, 'state', states, faults)
    const sealedAfter = integerOf(query, 'sealed_after', [0, Number.MAX_SAFE_INTEGER], faults)
    if (sealedAfter !== null && (query.after !== undefined || query.state !== undefined))
      faults.push({ pointer: '?sealed_after', detail: 'must stand without after and state' })
    demandNone(faults)
    if (sealedAfter !== null) return listSealed(deps, principal, sealedAfter, page.limit)
    return listChanges(deps, principal, { ...page, ...(state === null ? {} : { state }) })
  })

  app.get<ById>('/v1/changes/:id', { onRequest: allow(deps, anyone) }, async ({ principal, params, query }, reply) => {
    const faults: Fault[] = []
    const seconds = integerOf(query, 'wait', [0, 60], faults) ?? 0
    const since = integerOf(query, 'since', [0, Number.MAX_SAFE_INTEGER], faults)
    demandNone(faults)
    const row = await changeOf(deps, principal, params.id)
    const grown = await waitBeyond(deps, waits, row, since ?? row.version, seconds, reply.raw)
    return showChange(deps, grown ? await changeOf(deps, principal, params.id) : row, principal)
  })

  app.post<ById>('/v1/changes/:id/cancel', { onRequest: allow(deps, ['requester', 'operator', 'admin']) }, async (request, reply) => {
    const { principal, params } = request
    const row = await changeOf(deps, principal, params.id)
    const { reason } = demandBody('cancel_request', request.body)
    await demandMayCancel(deps, principal, row)
    const run = { tenant: row.tenant, change_id: row.change_id, attempt: row.attempt }
    const stopped = isEnd(row.state as State) ? 'closed' : await cancel(deps, principal, run, reason)
    deps.log.info({ request_id: request.id, change_id: row.change_id, actor: principal.actor, asked: stopped }, 'cancel')
    return reply.code(stopped === 'requested' ? 202 : 200).send(await showChange(deps, await changeOf(deps, principal, params.id)))
  })

  app.post<ById>('/v1/changes/:id/resolve', { onRequest: allow(deps, ['operator', 'admin']) }, async ({ id, principal, params }) => {
    const row = await changeOf(deps, principal, params.id)
    deps.log.info({ request_id: id, change_id: row.change_id, actor: principal.actor }, 'resolve')
    if (row.outcome !== 'ambiguous')
      throw new ClyraError('CLYRA_CHANGE_NOT_AMBIGUOUS', `expected a change that ended ambiguous, found ${row.outcome ?? row.state}`)
    await deps.workflows.resolve({ tenant: row.tenant, change_id: row.change_id, attempt: row.attempt })
    return showChange(deps, row)
  })
}

function demandAsked({ headers, body }: FastifyRequest): { siteKey: string; body: ChangeRequest } {
  const faults: Fault[] = []
  const siteKey = siteKeyOf(headers, faults)
  return { siteKey, body: demandBody('change_request', body, faults) }
}

/** `after` and `limit` of a list. */
export const pageOf = (query: Parameters, faults: Fault[]): { after: number; limit: number } => ({
  after: integerOf(query, 'after', [0, Number.MAX_SAFE_INTEGER], faults) ?? 0,
  limit: integerOf(query, 'limit', [1, 100], faults) ?? 50,
})

/** One page of changes in registry order; `after` is what to ask the next page with, null when there is none. */
export async function listChanges(deps: GatewayDeps, principal: Principal, page: { after: number; limit: number; state?: State }) {
  const rows = await deps.ledger.changes.list(principal.tenant, page)
  const changes = await Promise.all(rows.map((row) => showChange(deps, row)))
  return { changes, after: rows.length < page.limit ? null : (rows.at(-1)?.seq ?? null) }
}

// In the order of the tenant's log, which is that of its commits: no change can be sealed before a place that was read.
async function listSealed(deps: GatewayDeps, { tenant }: Principal, from: number, limit: number) {
  const { rows, next } = await deps.ledger.changes.sealedSince(tenant, from, limit)
  return { changes: await Promise.all(rows.map((row) => showChange(deps, row))), after: null, sealed_after: next }
}

// A requester may withdraw what he asked for, not what others did.
async function demandMayCancel(deps: GatewayDeps, principal: Principal, row: ChangeRow): Promise<void> {
  if (principal.roles.includes('operator') || principal.roles.includes('admin') || (await asked(deps, principal, row))) return
  throw new ClyraError('CLYRA_API_FORBIDDEN', 'expected one who asked for the change, or a token with the role operator or admin')
}

// /approve and /approve/{id}: what waits, and one decision from the look at it to its end.
import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { errorKind, type Fault } from '../../core/errors.ts'
import type { Assertion } from '../../evidence/assertion.ts'
import { decisionStatementBytes } from '../../evidence/decision.ts'
import { statementType } from '../../evidence/dsse.ts'
import type { Waits } from '../control/admission.ts'
import { readApproval } from '../control/approval-view.ts'
import { decide } from '../control/decide.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { changeOf, showChange } from '../control/lookup.ts'
import { integerOf, type Parameters } from '../control/query.ts'
import { demandBody, demandNone } from '../control/validate.ts'
import { waitBeyond } from '../control/wait.ts'
import { decisionBody, statementBody } from './bodies.ts'
import { decidePage, statePage } from './change-page.ts'
import { displayOf } from './display.ts'
import { waitingPage } from './pages.ts'
import { sendPage } from './send.ts'
import { type Visitor, visitorOf } from './session.ts'
import { waitingFor } from './waiting.ts'

type ById = { Params: { id: string } }

const pollSeconds = 25

export function changeRoutes(app: FastifyInstance, deps: GatewayDeps, waits: Waits): void {
  const enter = async (request: FastifyRequest): Promise<Visitor> => {
    const visitor = await visitorOf(deps, request)
    request.principal = visitor.principal
    return visitor
  }

  app.get('/approve', async (request, reply) => {
    const { principal } = await enter(request)
    return sendPage(reply, waitingPage(principal.person, await waitingFor(deps, principal)))
  })

  app.get<ById>('/approve/:id', async (request, reply) => {
    const visitor = await enter(request)
    const row = await changeOf(deps, visitor.principal, request.params.id)
    if (row.state !== 'AWAITING_APPROVAL') return sendPage(reply, statePage(await showChange(deps, row)))
    const view = await readApproval(deps, row)
    return sendPage(reply, decidePage(view, displayOf(view), visitor))
  })

  app.post<ById & { Body: { decision: 'approve' | 'reject'; reason: string } }>(
    '/approve/:id/statement',
    { schema: { body: statementBody } },
    async (request) => {
      const { principal } = await enter(request)
      const { change_id, binding } = await readApproval(deps, await changeOf(deps, principal, request.params.id))
      const said = { ...request.body, person: principal.person, decision_id: randomUUID(), signed_at: await deps.ledger.log.now() }
      return { statement: decisionStatementBytes({ change_id, binding, ...said }).toString('base64') }
    },
  )

  app.post<ById & { Body: { statement: string; assertion: Assertion } }>(
    '/approve/:id/decision',
    { schema: { body: decisionBody } },
    async (request) => {
      const { principal } = await enter(request)
      const row = await changeOf(deps, principal, request.params.id)
      const { statement: payload, assertion } = request.body
      const envelope = { payload, payloadType: statementType, signatures: [assertion] }
      const result = await decide(deps, principal, row, demandBody('decision_request', { envelope }))
      return { ...result, remedy: result.code === null ? null : errorKind(result.code).remedy }
    },
  )

  app.get<ById & { Querystring: Parameters }>('/approve/:id/state', async (request, reply) => {
    const { principal } = await enter(request)
    const faults: Fault[] = []
    const since = integerOf(request.query, 'since', [0, Number.MAX_SAFE_INTEGER], faults) ?? 0
    demandNone(faults)
    const row = await changeOf(deps, principal, request.params.id)
    await waitBeyond(deps, waits, row, since, pollSeconds, reply.raw)
    const view = await showChange(deps, await changeOf(deps, principal, request.params.id))
    const { version, state, outcome, code, approvers, verdict } = view
    return { version, state, outcome, code, approvals: approvers.length, quorum: verdict?.quorum ?? 0 }
  })
}

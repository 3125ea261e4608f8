// /approve and /approve/{id}: what waits, one decision from the look at it to its end, and what is left of a change afterwards.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { errorKind, type Fault } from '../../core/errors.ts'
import type { DecisionRequest, StatementRequest } from '../../core/generated/types.ts'
import type { Assertion } from '../../evidence/assertion.ts'
import { statementType } from '../../evidence/dsse.ts'
import type { Waits } from '../control/admission.ts'
import { readApproval } from '../control/approval-view.ts'
import { decide } from '../control/decide.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { sendEvidence } from '../control/evidence.ts'
import { changeOf, showChange } from '../control/lookup.ts'
import { integerOf, type Parameters } from '../control/query.ts'
import { ownChallenge, stateDecision } from '../control/statement.ts'
import { demandBody, demandNone } from '../control/validate.ts'
import { waitBeyond } from '../control/wait.ts'
import { decisionBody, leaveBody, redeemBody } from './bodies.ts'
import { decidePage } from './change-page.ts'
import { displayOf } from './display.ts'
import { waitingPage } from './pages.ts'
import { proofOf } from './proof.ts'
import { sendPage } from './send.ts'
import { type Visitor, visitorOf } from './session.ts'
import { beginSignOn } from './sign-on.ts'
import type { Claimed } from './signed-on.ts'
import { statePage } from './state-page.ts'
import { waitingFor } from './waiting.ts'

type ById = { Params: { id: string } }

interface Decided {
  statement: string
  assertion?: Assertion
  sign_on?: Claimed['signature']
}

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
    return sendPage(reply, decidePage(view, displayOf(view), visitor, deps.provider))
  })

  app.get<ById>('/approve/:id/evidence', async (request, reply) => {
    const { principal } = await enter(request)
    const row = await changeOf(deps, principal, request.params.id)
    return sendEvidence(deps, row, row.attempt, reply)
  })

  app.post<ById & { Body: StatementRequest }>('/approve/:id/statement', async (request) => {
    const { principal } = await enter(request)
    const row = await changeOf(deps, principal, request.params.id)
    const bytes = await stateDecision(deps, principal, row, demandBody('statement_request', request.body), 'page')
    return { statement: bytes.toString('base64') }
  })

  // Away, to come back with the provider's signature over this very statement.
  app.post<ById & { Body: { statement: string } }>('/approve/:id/leave', { schema: { body: leaveBody } }, async (request, reply) => {
    const { principal } = await enter(request)
    const { tenant, change_id } = await changeOf(deps, principal, request.params.id)
    const nonce = ownChallenge(request.body.statement, change_id, principal)
    const ask = { tenant, purpose: 'decision', person: principal.person, nonce, about: { change_id } } as const
    const { url, cookie } = await beginSignOn(deps, { ...ask, return_to: `/approve/${change_id}` })
    return reply.header('set-cookie', cookie).send({ url })
  })

  app.post<ById & { Body: { code: string } }>('/approve/:id/redeem', { schema: { body: redeemBody } }, async (request) => {
    const { principal } = await enter(request)
    const { change_id } = await changeOf(deps, principal, request.params.id)
    return { sign_on: await proofOf(deps, change_id, request.body.code, { person: principal.person }) }
  })

  app.post<ById & { Body: Decided }>('/approve/:id/decision', { schema: { body: decisionBody } }, async (request) => {
    const { principal } = await enter(request)
    const row = await changeOf(deps, principal, request.params.id)
    const result = await decide(deps, principal, row, demandBody('decision_request', requestOf(request.body)))
    return { ...result, remedy: result.code === null ? null : errorKind(result.code).remedy }
  })

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

// The one order there is: his own key, then his sign-on.
const requestOf = ({ statement: payload, assertion, sign_on }: Decided): DecisionRequest => ({
  envelope: { payload, payloadType: statementType, signatures: [assertion, sign_on].filter((proof) => proof !== undefined) },
})

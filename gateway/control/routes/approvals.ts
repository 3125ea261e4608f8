// /v1/approvals: what waits for a decision, what exactly it would run, and the way to a decision, for doors that are no page of ours.
import type { FastifyInstance } from 'fastify'
import type { ApprovalItem, ApprovalView, DecisionResult, RedeemView, SignOnView, StatementView } from '../../../core/generated/types.ts'
import { assertionChallenge } from '../../../evidence/assertion.ts'
import { statementMessage } from '../../../evidence/dsse.ts'
import { proofOf } from '../../door/proof.ts'
import { beginTerminal } from '../../door/terminal.ts'
import { type Waiting, waitingFor } from '../../door/waiting.ts'
import { readApproval } from '../approval-view.ts'
import { allow } from '../auth.ts'
import { decide } from '../decide.ts'
import type { GatewayDeps } from '../deps.ts'
import { changeOf } from '../lookup.ts'
import { demandPerson, ownChallenge, stateDecision } from '../statement.ts'
import { demandBody } from '../validate.ts'

type ById = { Params: { id: string } }

export function approvalRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const onRequest = allow(deps, ['approver'])

  app.get('/v1/approvals', { onRequest }, async ({ principal }): Promise<{ approvals: ApprovalItem[] }> => {
    const waiting = await waitingFor(deps, demandPerson(principal))
    return { approvals: waiting.map(itemOf) }
  })

  app.get<ById>('/v1/approvals/:id', { onRequest }, async ({ principal, params }): Promise<ApprovalView> => {
    const row = await changeOf(deps, principal, params.id)
    return readApproval(deps, row)
  })

  app.post<ById>('/v1/approvals/:id/statements', { onRequest }, async ({ principal, params, body }): Promise<StatementView> => {
    const person = demandPerson(principal)
    const row = await changeOf(deps, principal, params.id)
    const bytes = await stateDecision(deps, person, row, demandBody('statement_request', body), 'cli')
    return { statement: bytes.toString('base64'), commitment: assertionChallenge(statementMessage(bytes)) }
  })

  app.post<ById>('/v1/approvals/:id/sign-ons', { onRequest }, async ({ principal, params, body }, reply): Promise<SignOnView> => {
    const person = demandPerson(principal)
    const { change_id } = await changeOf(deps, principal, params.id)
    const { statement, redirect_uri, code_challenge } = demandBody('sign_on_request', body)
    const nonce = ownChallenge(statement, change_id, person)
    const to = { address: redirect_uri, challenge: code_challenge }
    reply.code(201)
    return beginTerminal(deps, { ...to, tenant: person.tenant, purpose: 'decision', person: person.person, nonce, change_id })
  })

  app.post<ById>('/v1/approvals/:id/sign-ons/redeem', { onRequest }, async ({ principal, params, body }): Promise<RedeemView> => {
    const { change_id } = await changeOf(deps, principal, params.id)
    const { code, code_verifier } = demandBody('redeem_request', body)
    return { signature: await proofOf(deps, change_id, code, { verifier: code_verifier }) }
  })

  app.post<ById>('/v1/approvals/:id/decisions', { onRequest }, async ({ principal, params, body }): Promise<DecisionResult> => {
    const row = await changeOf(deps, principal, params.id)
    return decide(deps, principal, row, demandBody('decision_request', body))
  })
}

const itemOf = ({ row, verdict, approvals }: Waiting): ApprovalItem => ({
  change_id: row.change_id,
  target: row.target,
  requester: row.requester.person ?? row.requester.actor,
  reason: row.reason,
  estimated_rows: verdict.facts.estimated_rows,
  grade: verdict.grade,
  approvals,
  quorum: verdict.quorum,
  deadline: verdict.deadline,
})

// Stage 3, approval: a decision is verified and receipted here before the workflow counts it.
import { approvals, type Gate, isVoid, refusalOf, requestersOf } from '../core/approval.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { ApprovalCertificate, Verdict } from '../core/generated/types.ts'
import { isEnd } from '../core/lifecycle.ts'
import type { DecisionMessage } from '../core/messages.ts'
import { allOf, changeStream, lastOf, receiptKey, standing, tenantStream } from '../core/receipts.ts'
import type { DecisionChecked, RunRef } from '../core/stages.ts'
import { isEnvelope, verifyDecision } from '../evidence/decision.ts'
import type { Entry, Stored } from '../ledger/types.ts'
import { digest as digestOf } from '../runtime/digest.ts'
import { secondsBetween, stopwatch } from '../runtime/telemetry.ts'
import { changeRow, type Deps, receiptsOf, required, runId, sizeOf, worker } from './deps.ts'

/** Appends the `decision` receipt, counted or refused, and the certificate when it completes the quorum. */
export async function checkDecision(deps: Deps, run: RunRef, message: DecisionMessage): Promise<DecisionChecked> {
  const { ledger, times } = deps
  const checking = stopwatch()
  const row = await changeRow(deps, run)
  const { receipts, now } = await receiptsOf(deps, run)
  const key = receiptKey.decision(run.attempt, runId(), message.id)
  const known = await ledger.log.find(changeStream(run.change_id), key)
  const view = gateOf(receipts, row.state as Gate['state'], now)
  const certified = lastOf(standing(receipts), 'approval_certificate')?.body.run_id === runId()
  if (known !== null) return answer(view, known, certified)
  if (digestOf(message.envelope) !== `sha256:${message.id}` || !isEnvelope(message.envelope))
    return outside(deps, run, message, view, 'CLYRA_APPROVAL_MALFORMED')
  if (isEnd(view.gate.state)) return outside(deps, run, message, view, 'CLYRA_APPROVAL_NOT_OPEN')
  const digest = await ledger.blobs.put(run.tenant, message.envelope)

  const checked = verifyDecision(message.envelope, await ledger.approvers.list(run.tenant))
  const code = 'code' in checked ? checked.code : refusalOf(checked.statement.predicate, view.gate)
  const statement = 'code' in checked ? null : checked.statement.predicate
  const decision: Entry = {
    key,
    kind: 'decision',
    actor: message.delivered_by,
    // What it is judged by, and the requesters a certificate names, must be all there are.
    after: sizeOf(receipts),
    body: {
      change_id: run.change_id,
      attempt: run.attempt,
      predecessor: view.predecessor,
      decision_id: statement?.decision_id ?? null,
      decision: statement?.decision ?? null,
      status: code === null ? 'counted' : 'refused',
      code,
      person: 'code' in checked ? null : checked.person,
      key_id: 'code' in checked ? null : checked.key_id,
      envelope_digest: digest,
      delivered_by: message.delivered_by,
    },
  }
  const counted = code === null && statement !== null ? [...view.gate.counted, statement] : view.gate.counted
  const complete = code === null && statement?.decision === 'approve' && approvals(counted).length >= (view.gate.verdict?.quorum ?? 1)
  const entries = complete ? [decision, certificateEntry(run, receipts, required(view.gate.verdict, 'a verdict'), view, now)] : [decision]
  const [checkedIn, recording] = [checking(), stopwatch()]
  const [stored] = await ledger.log.append(changeStream(run.change_id), entries)
  const receipt = required(stored, 'a decision receipt')
  // Not before it is recorded: a try that was lost is judged and timed anew.
  const status = code === null ? 'counted' : 'refused'
  times('check', status, checkedIn)
  times('record', status, recording())
  if (view.asked_at !== null) times('wait', status, secondsBetween(view.asked_at, receipt.receipt.at))
  return answer({ ...view, gate: { ...view.gate, counted } }, receipt, certified || complete)
}

interface View {
  gate: Gate
  /** Leaf of the verdict, or of the change where there is none yet. */
  predecessor: string
  /** When the verdict was recorded, or null where there is none yet. */
  asked_at: string | null
}

function gateOf(receipts: readonly Stored[], state: Gate['state'], now: string): View {
  const verdict = lastOf(receipts, 'verdict')
  const change = required(lastOf(receipts, 'change'), 'a change receipt')
  const counted = allOf(receipts, 'decision').filter(({ body }) => body.status === 'counted' && body.predecessor === verdict?.leaf)
  return {
    gate: {
      state,
      verdict: verdict?.body ?? null,
      run_id: runId(),
      requesters: requestersOf([change.body, ...allOf(receipts, 'requester').map(({ body }) => body)]),
      counted: counted.map(({ body }) => ({
        person: body.person ?? '',
        decision_id: body.decision_id ?? '',
        decision: body.decision ?? 'reject',
      })),
      now,
    },
    predecessor: verdict?.leaf ?? change.leaf,
    asked_at: verdict?.at ?? null,
  }
}

function certificateEntry(run: RunRef, receipts: readonly Stored[], verdict: Verdict, view: View, now: string): Entry {
  return {
    key: receiptKey.certificate(run.attempt, runId()),
    kind: 'approval_certificate',
    actor: worker,
    body: (batch) => {
      const decisions = allOf([...receipts, ...batch], 'decision').filter(
        ({ body }) => body.status === 'counted' && body.decision === 'approve' && body.predecessor === view.predecessor,
      )
      const certificate: ApprovalCertificate = {
        change_id: run.change_id,
        attempt: run.attempt,
        run_id: runId(),
        predecessor: view.predecessor,
        payload_digest: verdict.payload_digest,
        policy_digest: verdict.policy_digest,
        display_hash: verdict.display_hash,
        nonce: required(verdict.nonce, 'a nonce'),
        quorum: verdict.quorum,
        requesters: [...view.gate.requesters],
        decisions: decisions.map(({ body, leaf }) => ({
          person: body.person ?? '',
          key_id: body.key_id ?? '',
          envelope_digest: body.envelope_digest,
          receipt: leaf,
        })),
        approved_at: now,
        expires_at: new Date(Date.parse(now) + verdict.certificate_ttl_seconds * 1000).toISOString(),
      }
      return certificate as unknown as Record<string, unknown>
    },
  }
}

// What is no envelope can't be a blob of the bundle, and after the outcome nothing may be added to the walk: the tenant's log keeps
// the refusal.
async function outside({ ledger }: Deps, run: RunRef, message: DecisionMessage, view: View, code: ErrorCode): Promise<DecisionChecked> {
  await ledger.log.append(tenantStream(run.tenant), [
    {
      key: receiptKey.late(message.id),
      kind: 'late_decision',
      actor: message.delivered_by,
      body: { change_id: run.change_id, envelope_digest: digestOf(message.envelope), code, delivered_by: message.delivered_by },
    },
  ])
  return {
    status: 'refused',
    code,
    decision_id: null,
    person: null,
    decision: null,
    certified: false,
    voided: isVoid(view.gate.verdict, runId()),
    ...tally(view),
  }
}

function answer(view: View, stored: Stored, certified: boolean): DecisionChecked {
  const { status, code, decision_id, person, decision } = stored.receipt.body as unknown as DecisionChecked
  return { status, code, decision_id, person, decision, certified, voided: isVoid(view.gate.verdict, runId()), ...tally(view) }
}

const tally = ({ gate }: View) => ({ approvals: approvals(gate.counted).length, quorum: gate.verdict?.quorum ?? 0 })

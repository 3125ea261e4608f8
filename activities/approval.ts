// Stage 3, approval: a decision is verified and receipted here before the workflow counts it.
import { approvals, type Gate, isVoid, refusalOf, requestersOf, type Standing } from '../core/approval.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { ApprovalCertificate, Decision } from '../core/generated/types.ts'
import { isEnd } from '../core/lifecycle.ts'
import type { DecisionMessage } from '../core/messages.ts'
import { allOf, changeStream, lastOf, receiptKey, standing, tenantStream } from '../core/receipts.ts'
import type { DecisionChecked, RunRef } from '../core/stages.ts'
import { idTokensOf, isEnvelope, type VerifiedDecision, verifyDecision } from '../evidence/decision.ts'
import { matchCode } from '../evidence/match-code.ts'
import type { Entry, Stored } from '../ledger/types.ts'
import { digest as digestOf } from '../runtime/digest.ts'
import { secondsBetween, stopwatch } from '../runtime/telemetry.ts'
import { certified } from './certify.ts'
import { changeRow, type Deps, doorTrust, later, receiptsOf, required, runId, sizeOf, worker } from './deps.ts'

/** A receipt is written within so many seconds of the look at the clock. */
const receiptSeconds = 10

/** Appends the `decision` receipt, counted or refused, and the certificate when it completes the quorum. */
export async function checkDecision(deps: Deps, run: RunRef, message: DecisionMessage): Promise<DecisionChecked> {
  const { ledger, times } = deps
  const checking = stopwatch()
  const row = await changeRow(deps, run)
  const { receipts, now } = await receiptsOf(deps, run)
  const key = receiptKey.decision(run.attempt, runId(), message.id)
  const known = await ledger.log.find(changeStream(run.change_id), key)
  const view = gateOf(receipts, row.state as Gate['state'], now)
  const hasCertificate = lastOf(standing(receipts), 'approval_certificate')?.body.run_id === runId()
  if (known !== null) return answer(view, known, hasCertificate)
  const digest = digestOf(message.envelope)
  if (digest !== `sha256:${message.id}` || !isEnvelope(message.envelope))
    return outside(deps, run, message, view, 'CLYRA_APPROVAL_MALFORMED')
  if (isEnd(view.gate.state)) return outside(deps, run, message, view, 'CLYRA_APPROVAL_NOT_OPEN')
  const registry = await ledger.identities.registry(run.tenant, { id_tokens: idTokensOf(message.envelope) })
  const judged = (at: string) => verifyDecision(message.envelope, registry, doorTrust(deps), at)
  // Verifiers judge a sign-on by the receipt's time, which comes a moment after this: it must not go stale in between.
  const first = judged(now)
  const checked = 'code' in first || first.sign_on === null ? first : judged(later(now, receiptSeconds))
  const statement = 'code' in checked ? null : checked.statement.predicate
  const code = 'code' in checked ? checked.code : refusalOf(checked.statement.predicate, view.gate, standingOf(checked, view.gate))
  const proved = 'code' in checked ? nobody : checked
  const body: Decision = {
    change_id: run.change_id,
    attempt: run.attempt,
    predecessor: view.predecessor,
    decision_id: statement?.decision_id ?? null,
    decision: statement?.decision ?? null,
    status: code === null ? 'counted' : 'refused',
    code,
    person: proved.person,
    key_id: proved.key_id,
    subject_id: proved.subject_id,
    grade: proved.grade,
    sign_on: proved.sign_on,
    envelope_digest: digest,
    delivered_by: message.delivered_by,
  }
  // What it is judged by, and the requesters and decisions a certificate names, must be all there are.
  const after = sizeOf(receipts)
  const decision: Entry = { key, kind: 'decision', actor: message.delivered_by, body: { ...body }, after }
  const counted = code === null && statement !== null ? [...view.gate.counted, statement] : view.gate.counted
  const complete = code === null && statement?.decision === 'approve' && approvals(counted).length >= (view.gate.verdict?.quorum ?? 1)
  const certificate = complete ? await certified(deps, run, { ...view, last: body, at: now }) : null
  await ledger.blobs.putAll(run.tenant, [message.envelope, ...(certificate === null ? [] : [certificate.envelope])])
  const entries = certificate === null ? [decision] : [decision, certificateEntry(run, certificate.body)]
  const [checkedIn, recording] = [checking(), stopwatch()]
  const [stored] = await ledger.log.append(changeStream(run.change_id), entries)
  const receipt = required(stored, 'a decision receipt')
  // Not before it is recorded: a try that was lost is judged and timed anew.
  times('check', body.status, checkedIn)
  times('record', body.status, recording())
  if (view.asked_at !== null) times('wait', body.status, secondsBetween(view.asked_at, receipt.receipt.at))
  return answer({ ...view, gate: { ...view.gate, counted } }, receipt, hasCertificate || complete)
}

const nobody = { person: null, key_id: null, subject_id: null, grade: null, sign_on: null } as const

const standingOf = ({ grade, enrolled_at }: VerifiedDecision, { verdict }: Gate): Standing => ({
  grade,
  enrolled_at,
  match_code: verdict === null ? null : matchCode(verdict),
})

interface View {
  gate: Gate
  target: string
  /** Bodies of the decisions counted at this gate so far. */
  decisions: Decision[]
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
    target: change.body.target,
    decisions: counted.map(({ body }) => body),
    predecessor: verdict?.leaf ?? change.leaf,
    asked_at: verdict?.at ?? null,
  }
}

const certificateEntry = (run: RunRef, body: ApprovalCertificate): Entry => ({
  key: receiptKey.certificate(run.attempt, runId()),
  kind: 'approval_certificate',
  actor: worker,
  body: { ...body },
})

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

// Stage 4, enforce: nothing the workflow says is believed. Change, verdict, certificate and signatures come from the ledger,
// and the very bytes that will run are hashed first.
import { Context } from '@temporalio/activity'
import { enforcementRefusal, isVoid } from '../core/approval.ts'
import { canonical } from '../core/canonical.ts'
import { clocksAgree } from '../core/clock.ts'
import { ClyraError, codeOf, type ErrorCode, errorKind } from '../core/errors.ts'
import { freezesOf } from '../core/freeze.ts'
import type { ApprovalCertificate, Effect, Outcome, Payload, Verdict } from '../core/generated/types.ts'
import { stricter } from '../core/policy/stricter.ts'
import type { EnforceRequest, Prepared, Settled, Warehouse } from '../core/ports.ts'
import { allOf, changeStream, lastOf, type Of, receiptKey, standing } from '../core/receipts.ts'
import type { Enforced, RunRef } from '../core/stages.ts'
import { verifyDecision } from '../evidence/decision.ts'
import type { Stored } from '../ledger/types.ts'
import { digest } from '../runtime/digest.ts'
import { attemptReceipts, type Deps, required, runId, sizeOf, targetOf, triedEnough, worker } from './deps.ts'

/**
 * Applies the change and appends its `outcome` receipt; a retry settles what an earlier try left behind. In a run that followed a
 * reset or a termination what was decided before is void: an attempt that began is settled, never applied again.
 */
export async function enforce(deps: Deps, run: RunRef): Promise<Enforced> {
  const receipts = await attemptReceipts(deps, run)
  const done = lastOf(receipts, 'outcome')
  if (done !== null) return enforced(done.body)
  const began = lastOf(receipts, 'attempt')
  const verdict = lastOf(receipts, 'verdict')
  if (began === null && !allOf(receipts, 'verdict').some(({ body }) => body.run_id === runId())) return decisionsVoid
  if (verdict === null) return decisionsVoid
  const change = required(lastOf(receipts, 'change'), 'a change receipt')
  if (began !== null && isVoid(verdict.body, runId())) {
    const settled = await untilKnown(() => targetOf(deps, change.body.target).warehouse.settle(began.body))
    return conclude(deps, run, verdict.body, began.leaf, settled)
  }
  const certificate = verdict.body.outcome === 'allow' ? null : lastOf(standing(receipts), 'approval_certificate')
  const authority = certificate ?? verdict

  const refuse = (code: ErrorCode) => conclude(deps, run, verdict.body, authority.leaf, notStarted(code))

  const given = await authorised(deps, run, receipts, verdict, certificate)
  if (typeof given === 'string') return refuse(given)
  const { payload, at } = given
  const target = targetOf(deps, change.body.target)
  const judgement = {
    change: change.body,
    verdict: verdict.body,
    certificate: certificate?.body ?? null,
    max_rows: payload.limits.max_rows,
    at,
  }
  const today = stricter(target.policy, judgement)
  const objection = async (): Promise<ErrorCode | null> => {
    if (today.refused) return 'CLYRA_ENFORCE_POLICY_CHANGED'
    const freezes = await deps.ledger.freezes.list(run.tenant)
    return freezesOf(freezes, change.body.target).length > 0 ? 'CLYRA_ENFORCE_FROZEN' : null
  }
  // What an earlier try began may have been applied: it goes on to where that is settled, and is stopped before COMMIT if it was not.
  if (began === null) {
    const code = (await objection()) ?? (await clockRefusal(deps, target.warehouse, at))
    if (code !== null) return refuse(code)
  }

  const [attempt] = await deps.ledger.log.append(changeStream(run.change_id), [
    {
      key: receiptKey.attempt(run.attempt),
      kind: 'attempt',
      actor: worker,
      body: {
        change_id: run.change_id,
        attempt: run.attempt,
        predecessor: authority.leaf,
        payload_digest: verdict.body.payload_digest,
        executor: 'clyra',
        row_limit: verdict.body.row_limit,
      },
      // Up to here a reset may have asked again.
      after: sizeOf(receipts),
    },
  ])
  const request = {
    change_id: run.change_id,
    attempt: run.attempt,
    payload,
    payload_digest: verdict.body.payload_digest,
    row_limit: today.row_limit,
  }
  const settled = await apply(target.warehouse, request, async (prepared) => {
    await keep(deps, run, verdict.body, prepared)
    const code = await objection()
    if (code !== null) throw new ClyraError(code, 'expected nothing against it right before COMMIT, found an objection')
  })
  return conclude(deps, run, verdict.body, required(attempt, 'an attempt receipt').leaf, settled)
}

// The payload when enforcement may start, with the time by which it is judged, or the code of the refusal.
async function authorised(
  { ledger }: Deps,
  run: RunRef,
  receipts: readonly Stored[],
  verdict: Of<'verdict'>,
  certificate: Of<'approval_certificate'> | null,
): Promise<{ payload: Payload; at: string } | ErrorCode> {
  try {
    const bytes = await ledger.payloads.get(run.tenant, verdict.body.payload_digest)
    // An attempt that began in time may be settled after the certificate expired.
    const now = lastOf(receipts, 'attempt')?.at ?? (await ledger.log.now())
    const authority = {
      verdict: verdict.body,
      certificate: certificate?.body ?? null,
      run_id: runId(),
      payload_digest: digest(bytes),
      now,
    }
    const refusal = enforcementRefusal(authority)
    if (refusal !== null) return refusal
    if (certificate !== null && !(await signaturesHold({ ledger }, run, certificate.body, receipts))) return 'CLYRA_APPROVAL_BAD_SIGNATURE'
    return { payload: JSON.parse(new TextDecoder().decode(bytes)) as Payload, at: now }
  } catch (error) {
    if (errorKind(codeOf(error)).retryable) throw error
    return codeOf(error)
  }
}

async function signaturesHold(
  { ledger }: Pick<Deps, 'ledger'>,
  run: RunRef,
  certificate: ApprovalCertificate,
  receipts: readonly Stored[],
): Promise<boolean> {
  const approvers = await ledger.approvers.list(run.tenant)
  for (const { envelope_digest, person, key_id, receipt } of certificate.decisions) {
    const envelope = await ledger.blobs.get(run.tenant, envelope_digest)
    const checked = envelope === null ? null : verifyDecision(envelope, approvers)
    if (checked === null || 'code' in checked || checked.person !== person || checked.key_id !== key_id) return false
    if (checked.statement.predicate.decision !== 'approve' || checked.statement.predicate.nonce !== certificate.nonce) return false
    if (checked.statement.predicate.payload_digest !== certificate.payload_digest) return false
    if (!receipts.some(({ leaf }) => leaf === receipt)) return false
  }
  return true
}

// `since` is the store's time some moments ago. A warehouse that does not tell the time is not touched.
async function clockRefusal({ ledger }: Deps, warehouse: Warehouse, since: string): Promise<ErrorCode | null> {
  try {
    const there = await warehouse.now()
    return clocksAgree(since, there, await ledger.log.now()) ? null : 'CLYRA_ENFORCE_CLOCK_SKEW'
  } catch (error) {
    if (errorKind(codeOf(error)).retryable && !triedEnough()) throw error
    return codeOf(error)
  }
}

function apply(warehouse: Warehouse, request: EnforceRequest, prepare: (prepared: Prepared) => Promise<void>): Promise<Settled> {
  const { cancellationSignal } = Context.current()
  return untilKnown(() => warehouse.enforce(request, prepare, cancellationSignal))
}

// A quarter of a minute: a server that was killed is back by then, and its guard row tells.
const settlingTries = 6

// A warehouse that does not answer is asked again; when it has been asked enough nobody can tell.
async function untilKnown(ask: () => Promise<Settled>): Promise<Settled> {
  const context = Context.current()
  const beat = setInterval(() => context.heartbeat(), 2000)
  try {
    const settled = await ask()
    if (settled.code === 'CLYRA_ENFORCE_UNREACHABLE') throw new ClyraError(settled.code, 'expected the warehouse to tell, found it gone')
    return settled
  } catch (error) {
    if (errorKind(codeOf(error)).retryable && !triedEnough(settlingTries)) throw error
    return { outcome: 'ambiguous', code: codeOf(error), sqlstate: null, statement: null, settled_by: 'guard_row' }
  } finally {
    clearInterval(beat)
  }
}

// Kept before COMMIT, so that a crash after it loses nothing.
async function keep({ ledger }: Deps, run: RunRef, verdict: Verdict, prepared: Prepared): Promise<void> {
  const before = await ledger.blobs.put(run.tenant, canonical(prepared.before))
  const after = await ledger.blobs.put(run.tenant, canonical(prepared.after))
  const effect: Effect = {
    change_id: run.change_id,
    attempt: run.attempt,
    payload_digest: verdict.payload_digest,
    affected_rows: prepared.affected_rows,
    rows_by_statement: prepared.rows_by_statement,
    before: { digest: before, relations: prepared.before.relations.length },
    after: { digest: after, relations: prepared.after.relations.length },
    anchors: prepared.anchors,
  }
  await ledger.effects.put(run.change_id, run.attempt, await ledger.blobs.put(run.tenant, canonical(effect)))
}

async function conclude({ ledger }: Deps, run: RunRef, verdict: Verdict, predecessor: string, settled: Settled): Promise<Enforced> {
  const applied = settled.outcome === 'enforced'
  const effectDigest = applied ? required(await ledger.effects.get(run.change_id, run.attempt), 'the effect of an applied change') : null
  const effect =
    effectDigest === null ? null : (JSON.parse(required(await ledger.blobs.get(run.tenant, effectDigest), 'the effect blob')) as Effect)
  const body: Outcome = {
    change_id: run.change_id,
    attempt: run.attempt,
    predecessor,
    ...settled,
    payload_digest: verdict.payload_digest,
    affected_rows: effect?.affected_rows ?? null,
    rows_by_statement: effect?.rows_by_statement ?? [],
    effect: effectDigest,
  }
  const [stored] = await ledger.log.append(changeStream(run.change_id), [
    { key: receiptKey.outcome(run.attempt), kind: 'outcome', actor: worker, body: body as unknown as Record<string, unknown> },
  ])
  return enforced(required(stored, 'an outcome receipt').receipt.body as unknown as Outcome)
}

const notStarted = (code: ErrorCode): Settled => ({ outcome: 'failed', code, sqlstate: null, statement: null, settled_by: 'not_started' })

const enforced = ({ outcome, code, affected_rows }: Outcome): Enforced => ({ outcome, code, affected_rows })

const decisionsVoid: Enforced = { outcome: 'decisions_void', code: 'CLYRA_APPROVAL_VOID', affected_rows: null }

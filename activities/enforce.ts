// Stage 4, enforce: nothing the workflow says is believed. Change, verdict, certificate and signatures come from the ledger,
// and the very bytes that will run are hashed first.
import { Context } from '@temporalio/activity'
import { claimedOf, enforcementRefusal, isVoid, requestersOf } from '../core/approval.ts'
import { canonical } from '../core/canonical.ts'
import { clocksAgree } from '../core/clock.ts'
import { renderDisplay } from '../core/display.ts'
import { ClyraError, codeOf, type ErrorCode, errorKind } from '../core/errors.ts'
import { freezesOf } from '../core/freeze.ts'
import type { Attempt, Change, Effect, Payload, Verdict } from '../core/generated/types.ts'
import { workflowId } from '../core/messages.ts'
import { stricter } from '../core/policy/stricter.ts'
import type { EnforceRequest, Prepared, Settled, Warehouse } from '../core/ports.ts'
import { allOf, changeStream, lastOf, type Of, receiptKey, standing } from '../core/receipts.ts'
import type { Enforced, RunRef } from '../core/stages.ts'
import { certificateRefusal } from '../evidence/verify-certificate.ts'
import type { Stored } from '../ledger/types.ts'
import { digest } from '../runtime/digest.ts'
import { secondsBetween } from '../runtime/telemetry.ts'
import { conclude, enforced, granted, settle, untilKnown } from './conclude.ts'
import { type Deps, doorTrust, later, receiptsOf, required, runId, sizeOf, targetOf, triedEnough, worker } from './deps.ts'

/**
 * Applies the change and appends its `outcome` receipt; a retry settles what an earlier try left behind. Where a caller is to do the
 * work, opens the window in which he may be given a grant instead. In a run that followed a reset or a termination what was decided
 * before is void: an attempt that began is settled, never applied again.
 */
export async function enforce(deps: Deps, run: RunRef): Promise<Enforced> {
  const { receipts, now } = await receiptsOf(deps, run)
  const done = lastOf(receipts, 'outcome')
  if (done !== null) return enforced(done.body)
  const began = lastOf(receipts, 'attempt')
  const verdict = lastOf(receipts, 'verdict')
  if (began === null && !allOf(receipts, 'verdict').some(({ body }) => body.run_id === runId())) return decisionsVoid
  if (verdict === null) return decisionsVoid
  const change = required(lastOf(receipts, 'change'), 'a change receipt')
  if (began !== null && isVoid(verdict.body, runId())) {
    const code = began.body.window === null ? 'CLYRA_ENFORCE_NOT_APPLIED' : 'CLYRA_GRANT_WITHDRAWN'
    return settle(deps, run, targetOf(deps, change.body.target).warehouse, began, code)
  }
  if (began !== null && began.body.window !== null) return granted(began.body.window.expires_at, now)
  const certificate = verdict.body.outcome === 'allow' ? null : lastOf(standing(receipts), 'approval_certificate')
  // What a run before this one was told is delivered again after a reset, and may have called too early.
  if (began === null && verdict.body.outcome === 'needs_approval' && certificate === null) return notDecided
  const authority = certificate ?? verdict

  const refuse = (code: ErrorCode) => conclude(deps, run, verdict.body.payload_digest, authority.leaf, notStarted(code))

  const given = await authorised(deps, run, receipts, change.body, verdict, certificate, now)
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

  const window = change.body.executor === 'clyra' ? null : await openWindow(deps, run, target.warehouse, payload)
  if (typeof window === 'string') return refuse(window)
  const [stored] = await deps.ledger.log.append(changeStream(run.change_id), [
    {
      key: receiptKey.attempt(run.attempt),
      kind: 'attempt',
      actor: worker,
      body: {
        change_id: run.change_id,
        attempt: run.attempt,
        predecessor: authority.leaf,
        payload_digest: verdict.body.payload_digest,
        executor: change.body.executor,
        row_limit: verdict.body.row_limit,
        window,
      },
      // Up to here a reset may have asked again.
      after: sizeOf(receipts),
    },
  ])
  const attempt = required(stored, 'an attempt receipt')
  if (began === null && certificate !== null)
    deps.times('release', 'begun', secondsBetween(certificate.body.approved_at, attempt.receipt.at))
  if (window !== null) return granted(window.expires_at, await deps.ledger.log.now())
  const request = {
    change_id: run.change_id,
    attempt: run.attempt,
    payload,
    payload_digest: verdict.body.payload_digest,
    row_limit: today.row_limit,
    certificate_id: certificate?.body.cert_id ?? null,
  }
  const settled = await apply(target.warehouse, request, async (prepared) => {
    await keep(deps, run, verdict.body, prepared)
    const code = await objection()
    if (code !== null) throw new ClyraError(code, 'expected nothing against it right before COMMIT, found an objection')
  })
  return conclude(deps, run, verdict.body.payload_digest, attempt.leaf, settled)
}

// How the warehouse stands before a caller can touch it is looked at before anybody can be given a grant.
async function openWindow(
  { ledger }: Deps,
  run: RunRef,
  warehouse: Warehouse,
  payload: Payload,
): Promise<NonNullable<Attempt['window']> | ErrorCode> {
  try {
    const { snapshot, anchor } = await warehouse.survey(payload, 'before', null)
    const digest = await ledger.blobs.put(run.tenant, canonical(snapshot))
    const seconds = required(payload.limits.grant_seconds, 'a payload that says how long the caller has')
    return { expires_at: later(await ledger.log.now(), seconds), anchor, before: { digest, relations: snapshot.relations.length } }
  } catch (error) {
    if (errorKind(codeOf(error)).retryable && !triedEnough()) throw error
    return codeOf(error)
  }
}

// The payload when enforcement may start, with the time by which it is judged, or the code of the refusal.
async function authorised(
  deps: Deps,
  run: RunRef,
  receipts: readonly Stored[],
  change: Change,
  verdict: Of<'verdict'>,
  certificate: Of<'approval_certificate'> | null,
  now: string,
): Promise<{ payload: Payload; at: string } | ErrorCode> {
  try {
    const bytes = await deps.ledger.payloads.get(run.tenant, verdict.body.payload_digest)
    // An attempt that began in time may be settled after the certificate expired.
    const at = lastOf(receipts, 'attempt')?.at ?? now
    const authority = {
      verdict: verdict.body,
      certificate: certificate?.body ?? null,
      run_id: runId(),
      payload_digest: digest(bytes),
      now: at,
    }
    const refusal = enforcementRefusal(authority)
    if (refusal !== null) return refusal
    const payload = JSON.parse(new TextDecoder().decode(bytes)) as Payload
    if (certificate !== null) {
      // What the approvers were shown is what these bytes give, or they agreed to something else.
      if (!isAsShown(change, verdict.body, payload)) return 'CLYRA_APPROVAL_DISPLAY_MISMATCH'
      const refusal = await refusalOfCertificate(deps, run, receipts, verdict.body, certificate)
      if (refusal !== null) return refusal
    }
    return { payload, at }
  } catch (error) {
    if (errorKind(codeOf(error)).retryable) throw error
    return codeOf(error)
  }
}

function isAsShown(change: Change, verdict: Verdict, payload: Payload): boolean {
  const who = { requesters: requestersOf([change]), claimed: claimedOf([change]) }
  return digest(renderDisplay({ change_id: change.change_id, payload, verdict, ...who, reason: change.reason })) === verdict.display_hash
}

// For this change alone, and with everybody who had asked for it: whoever is left out could be among those who approved.
function isForThis({ tenant, change_id }: RunRef, receipts: readonly Stored[], { leaf, body }: Of<'approval_certificate'>): boolean {
  const before = receipts.slice(
    0,
    receipts.findIndex((one) => one.leaf === leaf),
  )
  const change = required(lastOf(before, 'change'), 'a change receipt').body
  const asked = requestersOf([change, ...allOf(before, 'requester').map((one) => one.body)])
  const isTheirs = asked.every((requester) => body.requesters.includes(requester))
  return isTheirs && body.aud === workflowId(tenant, change_id) && body.target === change.target
}

// Verified over what one round trip brings, then taken: whoever else names it comes too late, and a retry of this one goes on.
async function refusalOfCertificate(
  deps: Deps,
  run: RunRef,
  receipts: readonly Stored[],
  verdict: Verdict,
  held: Of<'approval_certificate'>,
): Promise<ErrorCode | null> {
  if (!isForThis(run, receipts, held)) return 'CLYRA_APPROVAL_CERTIFICATE'
  const { leaf, body: certificate } = held
  const counted = allOf(receipts, 'decision').filter(({ body }) => body.status === 'counted')
  const wanted = {
    id_tokens: counted.flatMap(({ body }) => body.sign_on?.id_token_digest ?? []),
    blobs: [certificate.envelope_digest, ...certificate.decisions.map(({ envelope_digest }) => envelope_digest)],
  }
  const registry = await deps.ledger.identities.registry(run.tenant, wanted)
  const read = { certificate, verdict, decisions: counted, blobs: registry.blobs, registry, door: doorTrust(deps) }
  const refusal = certificateRefusal(read)
  if (refusal !== null) return refusal
  const isOurs = await deps.ledger.singleUse.consume(run.tenant, 'certificate', certificate.cert_id, `${run.change_id} ${leaf}`)
  return isOurs ? null : 'CLYRA_APPROVAL_CERTIFICATE'
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

// Kept before COMMIT, so that a crash after it loses nothing.
async function keep({ ledger }: Deps, run: RunRef, verdict: Verdict, prepared: Prepared): Promise<void> {
  const [before, after] = [canonical(prepared.before), canonical(prepared.after)]
  const effect: Effect = {
    change_id: run.change_id,
    attempt: run.attempt,
    payload_digest: verdict.payload_digest,
    affected_rows: prepared.affected_rows,
    rows_by_statement: prepared.rows_by_statement,
    before: { digest: digest(before), relations: prepared.before.relations.length },
    after: { digest: digest(after), relations: prepared.after.relations.length },
    anchors: prepared.anchors,
  }
  const text = canonical(effect)
  await ledger.blobs.putAll(run.tenant, [before, after, text])
  await ledger.effects.put(run.change_id, run.attempt, digest(text))
}

const notStarted = (code: ErrorCode): Settled => ({ outcome: 'failed', code, sqlstate: null, statement: null, settled_by: 'not_started' })

const decisionsVoid: Enforced = { outcome: 'decisions_void', code: 'CLYRA_APPROVAL_VOID', affected_rows: null, wait_ms: 0 }
const notDecided: Enforced = { outcome: 'not_decided', code: null, affected_rows: null, wait_ms: 0 }

// Stage 2, policy: facts are taken once, judged once, and the verdict opens the gate where one is needed.
import { randomBytes } from 'node:crypto'
import { claimedOf, requestersOf } from '../core/approval.ts'
import { renderDisplay } from '../core/display.ts'
import { ClyraError, codeOf, errorKind } from '../core/errors.ts'
import type { Change, Facts, Payload, Verdict } from '../core/generated/types.ts'
import { unknownHistory, writesOf } from '../core/history.ts'
import { changeInput } from '../core/kinds/change.ts'
import { evaluate } from '../core/policy/evaluate.ts'
import type { Examined } from '../core/ports.ts'
import { allOf, changeStream, lastOf, receiptKey } from '../core/receipts.ts'
import type { Judged, RunRef } from '../core/stages.ts'
import { factsSummary } from '../core/summary.ts'
import { digest } from '../runtime/digest.ts'
import { type Deps, type GovernedTarget, later, receiptsOf, required, runId, sizeOf, targetOf, triedEnough, worker } from './deps.ts'

/**
 * Appends the `verdict` receipt of this run, or returns the one that stands. An error in a check denies. After a reset the gate is
 * opened anew, with a new nonce, unless enforcement has begun or the verdict opened no gate.
 */
export async function policy(deps: Deps, run: RunRef): Promise<Judged> {
  const { log } = deps.ledger
  const key = receiptKey.verdict(run.attempt, runId())
  const { receipts, now } = await receiptsOf(deps, run)
  const begun = lastOf(receipts, 'attempt') !== null || lastOf(receipts, 'outcome') !== null
  const stored = allOf(receipts, 'verdict').find(({ body }) => body.run_id === runId())
  if (stored !== undefined) return judged(stored.body, now, begun)
  const earlier = lastOf(receipts, 'verdict')?.body ?? null
  if (earlier !== null && (begun || !opensGate(earlier))) return judged(earlier, now, begun)

  const change = required(lastOf(receipts, 'change'), 'a change receipt')
  const target = targetOf(deps, change.body.target)
  const verdict = await judge(deps, run, change.body, target)
  await deps.ledger.blobs.put(run.tenant, target.policy.canonicalText)
  const [receipt] = await log.append(changeStream(run.change_id), [
    // A run that was reset meanwhile must not judge over the head of the one that follows it.
    { key, kind: 'verdict', actor: worker, body: { ...verdict, predecessor: change.leaf }, after: sizeOf(receipts) },
  ])
  const { at, body } = required(receipt, 'a verdict receipt').receipt
  return judged(body as unknown as Verdict, at, false)
}

// What a reset may ask again: a verdict that denied or only listened stands.
const opensGate = ({ mode, outcome }: Verdict): boolean => mode === 'gate' && outcome !== 'deny'

// The display names who asked first: somebody who joins while this runs must not make its hash irreproducible.
async function judge({ ledger }: Deps, run: RunRef, change: Change, target: GovernedTarget): Promise<Omit<Verdict, 'predecessor'>> {
  const { payload, examined } = await examine(ledger, run, change, target)
  const { history, now } = await historyOf(ledger, run, change, examined)
  const facts: Facts = { ...examined, history }
  const result = evaluate(target.policy.policy, { facts, change: changeInput(change), max_rows: payload?.limits.max_rows ?? 0 })
  const open = result.outcome === 'needs_approval' && change.mode === 'gate'
  const shown = {
    facts,
    reasons: result.reasons,
    policy_id: target.policy.policy_id,
    policy_digest: target.policy.digest,
    quorum: result.quorum,
    row_limit: result.row_limit,
    mode: change.mode,
  }
  const who = { requesters: requestersOf([change]), claimed: claimedOf([change]) }
  const display =
    payload === null ? '' : renderDisplay({ change_id: run.change_id, payload, verdict: shown, ...who, reason: change.reason })
  return {
    ...shown,
    change_id: run.change_id,
    attempt: run.attempt,
    run_id: runId(),
    outcome: result.outcome,
    payload_digest: change.payload_digest,
    display_hash: digest(display),
    eligible_approvers: result.eligible_approvers,
    grade: result.grade,
    authenticator_age_seconds: result.authenticator_age_seconds,
    nonce: open ? randomBytes(32).toString('hex') : null,
    deadline: open ? later(now, result.deadline_seconds) : null,
    certificate_ttl_seconds: result.certificate_ttl_seconds,
  }
}

// What is to be written is noted before it is judged, so that of many asked for at once each sees those before it.
async function historyOf(
  { writes, log }: Deps['ledger'],
  { tenant, change_id, attempt }: RunRef,
  { target, statements, requester }: Change,
  examined: Examined,
): Promise<{ history: Facts['history']; now: string }> {
  const written = writesOf(examined, statements)
  if (written === null) return { history: unknownHistory, now: await log.now() }
  return writes.note({ change_id, attempt, tenant, target, requester, ...written })
}

// Whatever goes wrong for good becomes a refusal among the facts, and a refusal denies.
async function examine(
  ledger: Deps['ledger'],
  run: RunRef,
  change: Change,
  target: GovernedTarget,
): Promise<{ payload: Payload | null; examined: Examined }> {
  try {
    const bytes = await ledger.payloads.get(run.tenant, change.payload_digest)
    if (digest(bytes) !== change.payload_digest)
      throw new ClyraError('CLYRA_PAYLOAD_MISMATCH', `expected a payload of digest ${change.payload_digest}, found another`)
    const payload = JSON.parse(new TextDecoder().decode(bytes)) as Payload
    return { payload, examined: await target.warehouse.analyse(payload) }
  } catch (error) {
    const code = codeOf(error)
    if (errorKind(code).retryable && !triedEnough()) throw error
    return { payload: null, examined: unknownFacts(change, target, code) }
  }
}

const unknownFacts = (change: Change, { warehouse }: GovernedTarget, code: string): Examined => ({
  parsed: 'unparsed',
  role: change.role,
  statements: [],
  estimated_rows: null,
  refusals: [{ code, statement: null, detail: 'the payload could not be examined' }],
  platform: warehouse.platform,
  server_version: null,
  simulated: warehouse.simulated,
})

// The wait is counted from the store's clock: the worker's may be another.
const judged = (verdict: Verdict, now: string, begun: boolean): Judged => ({
  begun,
  outcome: verdict.outcome,
  mode: verdict.mode,
  summary: factsSummary(verdict.facts),
  rules: verdict.reasons.map(({ rule }) => rule),
  quorum: verdict.quorum,
  nonce: verdict.nonce,
  deadline: verdict.deadline,
  wait_ms: verdict.deadline === null ? 0 : Math.max(1000, Date.parse(verdict.deadline) - Date.parse(now) + 250),
})

// How an attempt ends: it is settled by the warehouse, and what is known of it becomes its `outcome` receipt.
import { Context } from '@temporalio/activity'
import { canonical } from '../core/canonical.ts'
import { ClyraError, codeOf, type ErrorCode, errorKind } from '../core/errors.ts'
import type { Attempt, Effect, Outcome, Payload } from '../core/generated/types.ts'
import type { Redemption, Settled, Warehouse } from '../core/ports.ts'
import { changeStream, type Of, receiptKey } from '../core/receipts.ts'
import type { Enforced, RunRef } from '../core/stages.ts'
import { type Deps, required, triedEnough, worker } from './deps.ts'

/**
 * Appends the outcome of an attempt, or of what stood before it: `predecessor` is the leaf it follows from. `redemption` is what a
 * caller left behind; null where Clyra applied the payload.
 */
export async function conclude(
  { ledger }: Deps,
  run: RunRef,
  payloadDigest: string,
  predecessor: string,
  settled: Settled,
  redemption: Redemption | null = null,
): Promise<Enforced> {
  const applied = settled.outcome === 'enforced'
  const effectDigest = applied ? required(await ledger.effects.get(run.change_id, run.attempt), 'the effect of an applied change') : null
  const effect =
    effectDigest === null ? null : (JSON.parse(required(await ledger.blobs.get(run.tenant, effectDigest), 'the effect blob')) as Effect)
  const body: Outcome = {
    change_id: run.change_id,
    attempt: run.attempt,
    predecessor,
    ...settled,
    payload_digest: payloadDigest,
    affected_rows: effect?.affected_rows ?? null,
    rows_by_statement: effect?.rows_by_statement ?? [],
    effect: effectDigest,
    enforcement: applied ? (redemption === null ? 'applied' : 'observed') : null,
    redemption,
  }
  const [stored] = await ledger.log.append(changeStream(run.change_id), [
    { key: receiptKey.outcome(run.attempt), kind: 'outcome', actor: worker, body: body as unknown as Record<string, unknown> },
  ])
  return enforced(required(stored, 'an outcome receipt').receipt.body as unknown as Outcome)
}

/**
 * Settles an attempt of an earlier try or of a caller, for good: from here on it has applied or never will. `code` is why it did not,
 * where it did not.
 */
export async function settle(deps: Deps, run: RunRef, warehouse: Warehouse, attempt: Of<'attempt'>, code: ErrorCode): Promise<Enforced> {
  const { window, payload_digest } = attempt.body
  let redemption: Redemption | null = null
  const settled = await untilKnown(async () => {
    const found = await warehouse.settle(attempt.body)
    if (found.outcome === 'enforced' && window !== null) redemption = await observed(deps, run, warehouse, attempt.body, window)
    return found.outcome === 'failed' ? { ...found, code } : found
  })
  return conclude(deps, run, payload_digest, attempt.leaf, settled, settled.outcome === 'enforced' ? redemption : null)
}

// The caller's transaction is over: how the warehouse stands now is kept beside how it stood before the first grant.
async function observed(
  { ledger }: Deps,
  run: RunRef,
  warehouse: Warehouse,
  attempt: Attempt,
  { anchor, before }: NonNullable<Attempt['window']>,
): Promise<Redemption> {
  const redemption = required(await warehouse.redemption(attempt), 'the redemption of an applied change')
  const payload = JSON.parse(new TextDecoder().decode(await ledger.payloads.get(run.tenant, attempt.payload_digest))) as Payload
  const after = await warehouse.survey(payload, 'after', redemption.xid)
  const effect: Effect = {
    change_id: run.change_id,
    attempt: run.attempt,
    payload_digest: attempt.payload_digest,
    affected_rows: null,
    rows_by_statement: [],
    before,
    after: { digest: await ledger.blobs.put(run.tenant, canonical(after.snapshot)), relations: after.snapshot.relations.length },
    anchors: [anchor, after.anchor],
  }
  await ledger.effects.put(run.change_id, run.attempt, await ledger.blobs.put(run.tenant, canonical(effect)))
  return redemption
}

// A quarter of a minute: a server that was killed is back by then, and its guard row tells.
const settlingTries = 6

/** A warehouse that does not answer is asked again; when it has been asked enough nobody can tell. */
export async function untilKnown(ask: () => Promise<Settled>): Promise<Settled> {
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

/** What the workflow is told of an outcome. */
export const enforced = ({ outcome, code, affected_rows }: Outcome): Enforced => ({ outcome, code, affected_rows, wait_ms: 0 })

/** The caller has the work until `expiresAt`, by the store's clock. A little more, so that it has passed when the wait is over. */
export const granted = (expiresAt: string, now: string): Enforced => ({
  outcome: 'granted',
  code: null,
  affected_rows: null,
  wait_ms: Math.max(1000, Date.parse(expiresAt) - Date.parse(now) + 250),
})

// Stage 5, record: the outcome, what the warehouse looked like before and after, and the line that closes the attempt.

import { ClyraError } from '../core/errors.ts'
import type { Effect, Outcome, Recorded as RecordedBody, SchemaSnapshot } from '../core/generated/types.ts'
import { allOf, changeStream, lastOf, ofAttempt, receiptKey, standing } from '../core/receipts.ts'
import { diffSnapshots } from '../core/snapshot/diff.ts'
import type { Ended, Recorded, RunRef } from '../core/stages.ts'
import type { Entry, Stored } from '../ledger/types.ts'
import { type Deps, receiptsOf, required, sizeOf, worker } from './deps.ts'

/** Appends what is missing up to the `recorded` receipt. The outcome is read from the ledger; `ended` only says why to look. */
export async function record(deps: Deps, run: RunRef, ended: Ended): Promise<Recorded> {
  const stream = changeStream(run.change_id)
  const { all, receipts, now } = await receiptsOf(deps, run)
  if (lastOf(receipts, 'recorded') !== null) return range(all, run)
  const outcome = lastOf(receipts, 'outcome')?.body ?? outcomeWithoutEnforcement(run, receipts, ended, now)
  const stored = await deps.ledger.log.append(stream, await closing(deps, run, receipts, outcome))
  return range([...all, ...stored], run)
}

function range(stream: readonly Stored[], run: RunRef): Recorded {
  const recorded = required(lastOf(ofAttempt(stream, run.attempt), 'recorded'), 'a recorded receipt')
  const before = run.attempt === 1 ? null : lastOf(ofAttempt(stream, run.attempt - 1), 'recorded')
  return { outcome: recorded.body.outcome, start: before === null ? 0 : before.seq + 1, end: recorded.seq + 1 }
}

// Denied, observed, rejected, expired, cancelled: each must be borne out by the receipts.
function outcomeWithoutEnforcement(run: RunRef, receipts: readonly Stored[], ended: Ended, now: string): Outcome {
  const change = required(lastOf(receipts, 'change'), 'a change receipt')
  const verdict = lastOf(receipts, 'verdict')
  const certificate = lastOf(standing(receipts), 'approval_certificate')
  const rejection = allOf(standing(receipts), 'decision').find(({ body }) => body.status === 'counted' && body.decision === 'reject')
  const make = (outcome: Outcome['outcome'], code: string | null, predecessor: string): Outcome => ({
    change_id: run.change_id,
    attempt: run.attempt,
    predecessor,
    outcome,
    code,
    sqlstate: null,
    statement: null,
    payload_digest: change.body.payload_digest,
    affected_rows: null,
    rows_by_statement: [],
    settled_by: 'not_started',
    effect: null,
    enforcement: null,
    redemption: null,
  })
  const terminated = ended === 'termination'
  if ((ended === 'verdict' || terminated) && verdict?.body.mode === 'review') return make('observed', null, verdict.leaf)
  if ((ended === 'verdict' || terminated) && verdict?.body.outcome === 'deny') return make('denied', 'CLYRA_POLICY_DENIED', verdict.leaf)
  // At the deadline too: the run may never have heard of it.
  if ((ended === 'rejection' || ended === 'deadline' || terminated) && rejection)
    return make('rejected', 'CLYRA_APPROVAL_REJECTED', rejection.leaf)
  if (ended === 'deadline' && verdict?.body.deadline) {
    if (now <= verdict.body.deadline)
      throw new ClyraError('CLYRA_APPROVAL_NOT_EXPIRED', `expected the store's clock to be past ${verdict.body.deadline}, found ${now}`)
    // A certificate here was given in a run that was reset, and nobody approved again in time.
    return certificate === null
      ? make('expired', 'CLYRA_APPROVAL_EXPIRED', verdict.leaf)
      : make('failed', 'CLYRA_APPROVAL_VOID', certificate.leaf)
  }
  if ((ended === 'cancel' || terminated) && lastOf(receipts, 'attempt') === null) {
    const code = terminated ? 'CLYRA_CHANGE_TERMINATED' : 'CLYRA_CHANGE_CANCELLED'
    return make('cancelled', code, (certificate ?? verdict ?? change).leaf)
  }
  throw new ClyraError('CLYRA_ENFORCE_NOT_AUTHORISED', `expected receipts that bear out the end by ${ended}, found none`)
}

async function closing(deps: Deps, run: RunRef, receipts: readonly Stored[], outcome: Outcome): Promise<Entry[]> {
  const effect = outcome.effect === null ? null : await blob<Effect>(deps, run, outcome.effect)
  const outcomeLeaf = (batch: readonly Stored[]) => required(lastOf([...receipts, ...batch], 'outcome'), 'an outcome').leaf
  const observed = effect === null ? [] : await observations(deps, run, effect, outcomeLeaf)
  return [
    {
      key: receiptKey.outcome(run.attempt),
      kind: 'outcome',
      actor: worker,
      body: outcome as unknown as Record<string, unknown>,
      // After the outcome nobody else may write; up to it somebody may.
      after: sizeOf(receipts),
    },
    ...observed,
    {
      key: receiptKey.recorded(run.attempt, 'end'),
      kind: 'recorded',
      actor: worker,
      body: (batch) =>
        recordedBody(run, [...receipts, ...batch.filter(({ leaf }) => !receipts.some((old) => old.leaf === leaf))], outcome.outcome),
    },
  ]
}

async function observations(deps: Deps, run: RunRef, effect: Effect, predecessor: (batch: readonly Stored[]) => string): Promise<Entry[]> {
  const { before: from, after: to } = effect
  const blobs = await deps.ledger.blobs.getAll(run.tenant, [from.digest, to.digest])
  const [before, after] = [from, to].map(({ digest }) => JSON.parse(required(blobs.get(digest), `blob ${digest}`)) as SchemaSnapshot) as [
    SchemaSnapshot,
    SchemaSnapshot,
  ]
  const entry = (part: string, kind: string, body: Record<string, unknown>): Entry => ({
    key: receiptKey.recorded(run.attempt, part),
    kind,
    actor: worker,
    body: (batch) => ({ change_id: run.change_id, predecessor: predecessor(batch), ...body }),
  })
  return [
    ...effect.anchors.map((anchor) => entry(`anchor-${anchor.position}`, 'anchor', { anchor })),
    entry('snapshot-before', 'snapshot', { position: 'before', ...effect.before }),
    entry('snapshot-after', 'snapshot', { position: 'after', ...effect.after }),
    entry('delta', 'delta', {
      before: effect.before.digest,
      after: effect.after.digest,
      affected_rows: effect.affected_rows,
      changes: diffSnapshots(before, after),
    }),
  ]
}

function recordedBody(run: RunRef, receipts: readonly Stored[], outcome: Outcome['outcome']): Record<string, unknown> {
  const seqs = (...kinds: string[]) => receipts.filter(({ receipt }) => kinds.includes(receipt.kind)).map(({ receipt }) => receipt.seq)
  const body: RecordedBody = {
    change_id: run.change_id,
    attempt: run.attempt,
    predecessor: required(lastOf(receipts, 'outcome'), 'an outcome').leaf,
    outcome,
    receipts: receipts.length + 1,
    governance: {
      reliability: seqs('attempt', 'outcome', 'anchor'),
      transparency: seqs('change', 'requester', 'verdict'),
      accuracy: seqs('outcome', 'snapshot', 'delta'),
      oversight: seqs('verdict', 'decision', 'approval_certificate'),
    },
  }
  return body as unknown as Record<string, unknown>
}

async function blob<T>({ ledger }: Deps, run: RunRef, digest: string): Promise<T> {
  return JSON.parse(required(await ledger.blobs.get(run.tenant, digest), `blob ${digest}`)) as T
}

// Stage 6, bundle: the receipts of the attempt and all they name, sealed into a file a stranger can check.
import { changeStream, lastOf, ofAttempt, receiptKey, tenantStream } from '../core/receipts.ts'
import type { Bundled, RunRef } from '../core/stages.ts'
import { type BlobInput, buildBundle, bundleIdOf } from '../evidence/bundle.ts'
import { evidenceFile } from '../evidence/store.ts'
import type { Stored } from '../ledger/types.ts'
import { type Deps, receiptsOf, required, targetOf, worker } from './deps.ts'

/** Writes the evidence file once; a retry keeps the file that is there. The seal is itself a receipt of the tenant's log. */
export async function bundle(deps: Deps, run: RunRef): Promise<Bundled> {
  const { ledger, evidence } = deps
  const stream = changeStream(run.change_id)
  const { all, now } = await receiptsOf(deps, run)
  const recorded = required(lastOf(ofAttempt(all, run.attempt), 'recorded'), 'a recorded receipt')
  const previous = run.attempt === 1 ? null : lastOf(ofAttempt(all, run.attempt - 1), 'recorded')
  const start = previous === null ? 0 : previous.seq + 1
  const end = recorded.seq + 1
  const file = evidenceFile(run.change_id, end)

  const head = await ledger.log.head(stream, end)
  const zip = (await evidence.read(file)) ?? (await seal(deps, run, all.slice(start, end), start, head, now))
  await evidence.write(file, zip)
  const bundle_id = bundleIdOf(zip)
  // Whoever reads of the seal finds what was sealed.
  await ledger.changes.sealed(run.change_id, run.attempt, bundle_id, file)
  await ledger.log.append(tenantStream(run.tenant), [
    {
      key: receiptKey.sealed(run.change_id, run.attempt),
      kind: 'bundle_sealed',
      actor: worker,
      body: {
        change_id: run.change_id,
        attempt: run.attempt,
        bundle_id,
        start,
        end,
        root: rootDigest(head.root),
        outcome: recorded.body.outcome,
      },
    },
  ])
  return { bundle_id, file }
}

async function seal(
  { ledger, targets, signer, producer }: Deps,
  run: RunRef,
  receipts: Stored[],
  start: number,
  head: { checkpoint: string; root: Uint8Array },
  sealed_at: string,
): Promise<Uint8Array> {
  const { log } = ledger
  const stream = changeStream(run.change_id)
  const change = required(lastOf(ofAttempt(receipts, run.attempt), 'change'), 'a change receipt')
  const { warehouse } = targetOf({ targets } as Deps, change.body.target)
  const before = start === 0 ? null : await log.head(stream, start)
  const { zip } = await buildBundle({
    tenant: run.tenant,
    receipts,
    start,
    end: start + receipts.length,
    origin: log.origin(stream),
    edge: start === 0 ? [] : await log.edge(stream, start),
    prevCheckpoint: before?.checkpoint ?? null,
    prevRoot: before?.root ?? null,
    ...head,
    blobs: await blobsOf({ ledger }, run, receipts),
    producer,
    simulated: warehouse.simulated ? [change.body.target] : [],
    sealed_at,
    signer,
  })
  return zip
}

// Every blob a receipt of the range names, once, with the role it is named under.
async function blobsOf({ ledger }: Pick<Deps, 'ledger'>, run: RunRef, receipts: readonly Stored[]): Promise<BlobInput[]> {
  const named = new Map<string, BlobInput['role']>()
  for (const { receipt } of receipts) {
    const { kind, body } = receipt as { kind: string; body: Record<string, string | null> }
    if (kind === 'verdict') named.set(body.policy_digest ?? '', 'policy')
    if (kind === 'decision') named.set(body.envelope_digest ?? '', 'decision')
    if (kind === 'approval_certificate') named.set(body.envelope_digest ?? '', 'certificate')
    if (kind === 'outcome' && body.effect) named.set(body.effect, 'effect')
    if (kind === 'snapshot') named.set(body.digest ?? '', 'snapshot')
  }
  const blobs = await ledger.blobs.getAll(run.tenant, [...named.keys()])
  return [...named].map(([digest, role]) => ({ role, text: required(blobs.get(digest), `blob ${digest}`) }))
}

const rootDigest = (root: Uint8Array): string => `sha256:${Buffer.from(root).toString('hex')}`

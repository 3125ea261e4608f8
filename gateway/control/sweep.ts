// The sweeper: no change stays unsealed because its run was ended from outside, was forgotten, never started, or missed its approval.
import { setTimeout as pause } from 'node:timers/promises'
import { ClyraError, codeOf } from '../../core/errors.ts'
import { allOf, changeStream, lastOf, ofAttempt, standing } from '../../core/receipts.ts'
import type { RunRef } from '../../core/stages.ts'
import type { ChangeRow } from '../../ledger/types.ts'
import type { GatewayDeps } from './deps.ts'
import { summaryOf } from './submit.ts'

const pageSize = 100
const everyMs = 15_000

type Unsealed = Awaited<ReturnType<GatewayDeps['ledger']['changes']['unsealed']>>[number]
type Parts = Pick<GatewayDeps, 'ledger' | 'workflows' | 'log'>

/**
 * Looks at every change that is not closed, once, and starts a run for each that has none: a sealing one where the run was ended
 * from outside, or was never started and nobody came back for it; the usual one where a change in review was never started. A run
 * that still waits although it was approved is told again, and so is one that goes on although it was cancelled. Safe beside a second
 * sweeper.
 * CLYRA_API_UNREACHABLE, CLYRA_LEDGER_UNAVAILABLE.
 */
export async function sweep(parts: Parts): Promise<void> {
  const { changes } = parts.ledger
  for (let page = await changes.unsealed(0, pageSize); page.length > 0; ) {
    for (const row of page) {
      await look(parts, row).catch((error: unknown) => {
        if (nobodyThere.includes(codeOf(error))) throw error
        // One change that can't be started must not hold up those behind it.
        parts.log.warn({ change_id: row.change_id, code: codeOf(error) }, 'a change could not be swept')
      })
    }
    page = await changes.unsealed(page.at(-1)?.seq ?? 0, pageSize)
  }
}

const nobodyThere: readonly string[] = ['CLYRA_API_UNREACHABLE', 'CLYRA_LEDGER_UNAVAILABLE']

async function look(parts: Parts, { tenant, change_id, attempt, state, cancelled }: Unsealed): Promise<void> {
  const { ledger, workflows, log } = parts
  const run = { tenant, change_id, attempt }
  const fate = await workflows.fate(run)
  if ((fate === 'waiting' || fate === 'running') && cancelled) await workflows.cancel(run)
  if (fate === 'waiting' && state === 'APPROVED') await tellAgain(parts, run)
  if (fate === 'waiting' || fate === 'running') return
  // Its run may have closed it since the page was read.
  const row = await ledger.changes.get(tenant, change_id)
  if (row === null || row.state === 'CLOSED' || row.attempt !== attempt) return
  const began = !neverBegan(row, fate)
  if (!began && row.mode === 'gate' && Date.parse(await ledger.log.now()) - Date.parse(row.submitted_at) < comesBackMs) return
  // The last receipt comes before the end of the run that asks for it: this run had answers that were not the worker's.
  if (fate === 'completed') log.error({ run, state: row.state }, 'a run completed and its change is not closed: somebody else answered it')
  else log.warn({ run, state: row.state, fate }, 'a change without a run')
  const about = { summary: summaryOf(row), target: row.target, unsealed: true } as const
  await workflows.start(run, began || row.mode === 'gate' ? { ...about, terminated: true } : about)
}

// Whoever asked was told that nothing runs: so long he may ask again, and after that nothing does.
const comesBackMs = 60_000

// Until then the answer to whoever approved may still bring it.
const newsTakesMs = 5000

// The certificate stands, and its news was lost with a worker or with Temporal. What is left here decides nothing: the run has the
// decision verified as if it came for the first time.
async function tellAgain({ ledger, workflows, log }: Parts, run: RunRef): Promise<void> {
  const { receipts, now } = await ledger.log.readNow(changeStream(run.change_id))
  const counting = standing(ofAttempt(receipts, run.attempt))
  const certificate = lastOf(counting, 'approval_certificate')
  const last = certificate?.body.decisions.at(-1)
  const decision = allOf(counting, 'decision').find(({ body }) => body.envelope_digest === last?.envelope_digest)?.body
  if (certificate === null || decision === undefined || Date.parse(now) - Date.parse(certificate.at) < newsTakesMs) return
  const envelope = await ledger.blobs.get(run.tenant, decision.envelope_digest)
  if (envelope === null) throw new ClyraError('CLYRA_LEDGER_CORRUPT', 'expected the envelope of a counted decision, found none')
  log.warn({ run }, 'an approved change whose run does not know it')
  const id = decision.envelope_digest.replace('sha256:', '')
  await workflows.leave(run, { id, envelope, delivered_by: decision.delivered_by })
}

const neverBegan = ({ state }: ChangeRow, fate: string): boolean => fate === 'unknown' && state === 'OPEN'

/** Sweeps now and every 15 seconds, until the function it answers is called. */
export function keepSweeping(parts: Parts): () => Promise<void> {
  const stop = new AbortController()
  const running = (async () => {
    while (!stop.signal.aborted) {
      await sweep(parts).catch((error: unknown) => parts.log.warn({ code: codeOf(error) }, 'sweep failed'))
      await pause(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  })()
  return async () => {
    stop.abort()
    await running
  }
}

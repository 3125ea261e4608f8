// What the stages are given: ports and stores, made once in temporal.config.ts.
import { Context } from '@temporalio/activity'
import { ClyraError } from '../core/errors.ts'
import { resolveWorkflowId, workflowId } from '../core/messages.ts'
import type { Policy } from '../core/policy/compile.ts'
import type { Signer, Ticketer, Warehouse } from '../core/ports.ts'
import { allOf, changeStream, ofAttempt } from '../core/receipts.ts'
import type { Provider } from '../core/sign-on.ts'
import type { RunRef, StageActivities } from '../core/stages.ts'
import type { DoorTrust } from '../evidence/decision.ts'
import type { EvidenceStore } from '../evidence/store.ts'
import type { ChangeRow, Ledger, Stored } from '../ledger/types.ts'
import type { Log } from '../runtime/log.ts'
import type { DecisionTimes } from '../runtime/telemetry.ts'

/** A target as the worker sees it. */
export interface GovernedTarget {
  warehouse: Warehouse
  policy: { policy: Policy; policy_id: string; digest: string; canonicalText: string }
}

export interface Deps {
  ledger: Ledger
  targets: Record<string, GovernedTarget>
  evidence: EvidenceStore
  /** Signs bundles and attestations. */
  signer: Signer
  /** Signs approval certificates; the door denies with the same key. */
  certificateSigner: Signer
  /** The sign-on whose ID tokens count, or null where there is none. */
  provider: Provider | null
  ticketer: Ticketer
  producer: { name: 'clyra'; version: string; workflow_bundle: string | null }
  times: DecisionTimes
  log: Log
}

/** Receipts the worker itself writes carry this actor. */
export const worker = { actor: 'clyra-worker', person: null } as const

/** What decisions are verified against beside the ledger's registry. */
export const doorTrust = ({ provider, certificateSigner }: Deps): DoorTrust => ({ provider, certificateKey: certificateSigner })

/** After this many tries a stage that can answer instead of failing answers. */
export const lastTry = 5

export const runId = (): string => Context.current().info.workflowExecution?.runId ?? ''
export const triedEnough = (tries = lastTry): boolean => Context.current().info.attempt >= tries

/** The registry's row. CLYRA_API_NOT_FOUND for a change this tenant does not have, or for another attempt than the current one. */
export async function changeRow({ ledger }: Deps, run: RunRef): Promise<ChangeRow> {
  const row = await ledger.changes.get(run.tenant, run.change_id)
  if (row === null || row.attempt !== run.attempt)
    throw new ClyraError(
      'CLYRA_API_NOT_FOUND',
      `expected attempt ${run.attempt} of ${run.change_id} in the registry, found ${row?.attempt ?? 'no such change'}`,
    )
  return row
}

/**
 * Every receipt of the change, those of this attempt, and the store's clock at that moment.
 * CLYRA_API_NOT_FOUND when the change is another tenant's: a run says whose it is, its receipts know.
 */
export async function receiptsOf({ ledger }: Deps, run: RunRef): Promise<{ all: Stored[]; receipts: Stored[]; now: string }> {
  const { receipts: all, now } = await ledger.log.readNow(changeStream(run.change_id))
  if (allOf(all, 'change').some(({ body }) => body.tenant !== run.tenant))
    throw new ClyraError('CLYRA_API_NOT_FOUND', `expected ${run.change_id} in the registry, found no such change`)
  return { all, receipts: ofAttempt(all, run.attempt), now }
}

/**
 * Every stage asks this first. CLYRA_ENFORCE_NOT_AUTHORISED unless the workflow that calls is the change's own: one change, one
 * workflow, whatever its input says.
 */
export function demandOwnWorkflow(stage: keyof StageActivities, run: Partial<RunRef> | null | undefined): void {
  const { tenant, change_id } = run ?? {}
  if (typeof tenant === 'string' && typeof change_id === 'string') {
    const own = stage === 'resolve' ? resolveWorkflowId(tenant, change_id) : workflowId(tenant, change_id)
    if (Context.current().info.workflowExecution?.workflowId === own) return
  }
  throw new ClyraError('CLYRA_ENFORCE_NOT_AUTHORISED', 'expected a call by the workflow of the change, found one by another workflow')
}

/** How many receipts the stream had when these, its last ones, were read. */
export const sizeOf = (receipts: readonly Stored[]): number => (receipts.at(-1)?.receipt.seq ?? -1) + 1

/** CLYRA_CONFIG_UNKNOWN_TARGET when this worker does not serve it. */
export function targetOf({ targets }: Deps, name: string): GovernedTarget {
  const target = targets[name]
  if (target === undefined) throw new ClyraError('CLYRA_CONFIG_UNKNOWN_TARGET', `expected a target of the configuration, found ${name}`)
  return target
}

/** The value that must be there by the order of the stages. CLYRA_ENFORCE_NOT_AUTHORISED when it is not: somebody skipped a stage. */
export function required<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined)
    throw new ClyraError('CLYRA_ENFORCE_NOT_AUTHORISED', `expected ${what} in the ledger, found none`)
  return value
}

/** A time some seconds later. */
export const later = (time: string, seconds: number): string => new Date(Date.parse(time) + seconds * 1000).toISOString()

// How each stage is called: which are local, how long they may take, how often they are tried.
import { ActivityCancellationType, isCancellation, proxyActivities, proxyLocalActivities } from '@temporalio/workflow'
import type { StageActivities } from '../core/stages.ts'

type LocalStage = 'listen' | 'checkDecision' | 'record'
type Arguments<K extends keyof StageActivities> = Parameters<StageActivities[K]>
type Result<K extends keyof StageActivities> = ReturnType<StageActivities[K]>

const retry = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' } as const

const local = proxyLocalActivities<StageActivities>({ startToCloseTimeout: '5s', retry: { ...retry, maximumAttempts: 2 } })
const regular = proxyActivities<StageActivities>({
  startToCloseTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})
const enforcing = proxyActivities<StageActivities>({
  startToCloseTimeout: '65m',
  heartbeatTimeout: '10s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

// Somebody waits for the answer.
const resolving = proxyActivities<StageActivities>({ startToCloseTimeout: '1m', retry: { ...retry, maximumAttempts: 2 } })

type Proxy<K extends keyof StageActivities> = Record<K, { executeWithOptions(options: { summary: string }, args: Arguments<K>): Result<K> }>

/** Runs a stage as a regular activity, with a line for the operator. */
export function stage<K extends keyof StageActivities>(name: K, summary: string, ...args: Arguments<K>): Result<K> {
  const proxy = name === 'enforce' || name === 'observe' ? enforcing : name === 'resolve' ? resolving : regular
  return (proxy as unknown as Proxy<K>)[name].executeWithOptions({ summary }, args)
}

/**
 * Runs a quick stage as a local activity; when it keeps failing (the store is down), the same stage goes on as a regular one,
 * which waits without heartbeating workflow tasks.
 */
export async function localStage<K extends LocalStage>(name: K, summary: string, ...args: Arguments<K>): Promise<Awaited<Result<K>>> {
  try {
    return (await (local as unknown as Proxy<K>)[name].executeWithOptions({ summary }, args)) as Awaited<Result<K>>
  } catch (error) {
    if (isCancellation(error)) throw error
    return (await stage(name, summary, ...args)) as Awaited<Result<K>>
  }
}

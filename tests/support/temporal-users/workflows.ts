// Workflows as a user of Temporal writes them, who has Clyra's plugin on his worker.
import { ApplicationFailure, CancelledFailure, proxyActivities, sleep } from '@temporalio/workflow'
import { type ChangeReceipt, governedChange, underGrant } from 'clyra/temporal/workflow'
import type { JobActivities } from './activities.ts'

const { raiseTotal, raiseAndStumble, raiseStaging, deleteAbove } = proxyActivities<JobActivities>({ startToCloseTimeout: '1m' })

/** Clyra applies it; more than a hundred rows wait for a person. */
export async function clean(above: number): Promise<ChangeReceipt> {
  return governedChange('clean', { above })
}

export async function touch(order: number): Promise<ChangeReceipt> {
  return governedChange('touch', { order })
}

/** Clyra's activities run on a worker of their own. */
export async function touchElsewhere(order: number, taskQueue: string): Promise<ChangeReceipt> {
  return governedChange('touch', { order }, { taskQueue })
}

/** What a workflow may do with the truth when it is cancelled: here it is handed back as its result. */
export async function cleanAndTell(above: number): Promise<unknown> {
  try {
    return await governedChange('clean', { above })
  } catch (error) {
    if (error instanceof CancelledFailure) return { cancelled: true, details: error.details }
    throw error
  }
}

/** An activity of the user's own does the work. */
export async function raise(order: number): Promise<ChangeReceipt> {
  return underGrant('raise', { order }, () => raiseTotal(order))
}

/** Asked for one order, done to another. */
export async function raiseOther(order: number, other: number): Promise<ChangeReceipt> {
  return underGrant('raise', { order }, () => raiseTotal(other))
}

export async function raiseAndFail(order: number, before: boolean): Promise<ChangeReceipt> {
  return underGrant('raise', { order }, async () => {
    if (!before) await raiseTotal(order)
    throw ApplicationFailure.nonRetryable('the block of the user fails', 'OfTheUser')
  })
}

/** Nobody was asked. */
export async function raiseUnasked(order: number): Promise<void> {
  await raiseTotal(order)
}

/** Asked for and granted, but called outside of the block. */
export async function raiseOutside(order: number): Promise<void> {
  await underGrant('raise', { order }, () => raiseTotal(order))
  await raiseTotal(order)
}

/** The user's activity commits and dies before it can say so; its next try finds the work done. */
export async function raiseStumbling(order: number): Promise<ChangeReceipt> {
  return underGrant('raise', { order }, () => raiseAndStumble(order))
}

/** The target is in review. */
export async function raiseReviewed(order: number): Promise<ChangeReceipt> {
  return underGrant('raise_staging', { order }, () => raiseStaging(order))
}

/** A person is asked before the work is handed over. */
export async function deleteGranted(above: number): Promise<ChangeReceipt> {
  return underGrant('clean', { above }, () => deleteAbove(above))
}

/** Holds the work until somebody cancels it. */
export async function raiseSlowly(order: number): Promise<unknown> {
  try {
    return await underGrant('raise', { order }, () => sleep('1 hour'))
  } catch (error) {
    if (error instanceof CancelledFailure) return { cancelled: true, details: error.details }
    throw error
  }
}

/** Reports without having done anything. */
export async function raiseNothing(order: number): Promise<ChangeReceipt> {
  return underGrant('raise', { order }, async () => undefined)
}

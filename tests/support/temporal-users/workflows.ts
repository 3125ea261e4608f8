// Workflows as a user of Temporal writes them, who has Clyra's plugin on his worker.
import { ApplicationFailure, CancelledFailure, proxyActivities } from '@temporalio/workflow'
import { type ChangeReceipt, governedChange, underGrant } from 'clyra/temporal/workflow'
import type { JobActivities } from './activities.ts'

const { raiseTotal } = proxyActivities<JobActivities>({ startToCloseTimeout: '1m' })

/** Clyra applies it; more than a hundred rows wait for a person. */
export async function clean(above: number): Promise<ChangeReceipt> {
  return governedChange('clean', { above })
}

export async function touch(order: number): Promise<ChangeReceipt> {
  return governedChange('touch', { order })
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

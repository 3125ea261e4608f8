// clyra/temporal/workflow: ask for a change from a workflow of your own. Nothing here leaves the sandbox.
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  log,
  proxyActivities,
} from '@temporalio/workflow'
import type { Json } from '../../core/canonical.ts'
import { grantedChange } from './scope.ts'
import type { ChangeReceipt, ClyraActivities } from './words.ts'

export type { ChangeReceipt, ClyraFailureType } from './words.ts'

/** What the block of underGrant is told. In `review` there is no grant: the work is done as ever. */
export type Granted = Pick<ChangeReceipt, 'change_id' | 'mode'>

const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const

/** Where Clyra's activities run, if not on the workflow's own task queue: a worker of theirs, whose slots waiting changes may hold. */
export interface ChangeOptions {
  taskQueue?: string
}

/** How each activity of Clyra is called. A change waits for people: a heartbeat that stays away starts the activity elsewhere. */
function clyra(options: ChangeOptions) {
  const patient = { ...options, startToCloseTimeout: '30d', heartbeatTimeout: '20s', retry } as const
  return {
    // Cancelled while a request is on its way, the answer is waited for: it names what has to be withdrawn.
    ask: proxyActivities<ClyraActivities>({
      ...options,
      startToCloseTimeout: '1m',
      retry,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    }).clyraAsk,
    wait: proxyActivities<ClyraActivities>(patient).clyraWait,
    complete: proxyActivities<ClyraActivities>(patient).clyraComplete,
    // A grant ends by itself: whoever is gone may go without an answer.
    cancel: proxyActivities<ClyraActivities>({ ...patient, startToCloseTimeout: '30m', scheduleToCloseTimeout: '1h' }).clyraCancel,
  }
}

/**
 * Asks for the change of this name and waits until it is over and its evidence sealed; Clyra applies it. Answers when it was enforced
 * (or, on a target in review, observed). Throws ApplicationFailure, its type a ClyraFailureType, for every other end. The same name and
 * arguments in the same workflow are the same change, also after a reset, a retry or continue-as-new. When the workflow is cancelled
 * the change is withdrawn; the CancelledFailure then carries the ChangeReceipt of how it really ended.
 */
export async function governedChange(name: string, args: Json, options: ChangeOptions = {}): Promise<ChangeReceipt> {
  const { ask, wait, cancel } = clyra(options)
  const asked = await answered(ask({ name, args, executor: 'clyra' }))
  return asked.state === 'CLOSED' ? asked : orWithdrawn(asked, cancel, () => wait(asked.change_id, 'end'))
}

/**
 * Asks for the change of this name and, once it may be made, runs `work`, which makes it: activities called in it carry the change to the
 * gate. Then reports it, and answers with how it ended. When `work` throws, the change is withdrawn and the error goes on; what was
 * committed under the grant stands, and the log line and clyraCancel's result say so. `work` does not run where the change was made
 * already. Throws and is cancelled as governedChange.
 */
export async function underGrant(
  name: string,
  args: Json,
  work: (granted: Granted) => Promise<unknown>,
  options: ChangeOptions = {},
): Promise<ChangeReceipt> {
  const { ask, wait, complete, cancel } = clyra(options)
  const asked = await answered(ask({ name, args, executor: 'caller' }))
  const { change_id, mode } = asked
  const granted = await orWithdrawn(asked, cancel, () => wait(change_id, 'grant'))
  if (granted.outcome === 'enforced') return granted
  try {
    await grantedChange.run(change_id, () => work({ change_id, mode }))
  } catch (error) {
    if (isCancellation(error)) throw await withdrawn(asked, cancel, error)
    await withdraw(change_id, cancel)
    throw error
  }
  return orWithdrawn(asked, cancel, () => complete(change_id))
}

async function answered(asking: Promise<ChangeReceipt>): Promise<ChangeReceipt> {
  try {
    return await plainly(asking)
  } catch (error) {
    if (isCancellation(error)) log.error('cancelled while Clyra did not answer: whether the change was asked for is not known')
    throw error
  }
}

type Cancel = ClyraActivities['clyraCancel']

async function orWithdrawn(asked: ChangeReceipt, cancel: Cancel, wait: () => Promise<ChangeReceipt>): Promise<ChangeReceipt> {
  try {
    return await plainly(wait())
  } catch (error) {
    throw isCancellation(error) ? await withdrawn(asked, cancel, error) : error
  }
}

// The workflow is cancelled: so is the change, and whoever catches the cancellation reads how the change ended.
async function withdrawn({ change_id }: ChangeReceipt, cancel: Cancel, cause: unknown): Promise<CancelledFailure> {
  const end = await withdraw(change_id, cancel)
  const said = end === null ? 'whose end is not known' : `which ended ${end.outcome}`
  return new CancelledFailure(`cancelled under ${change_id}, ${said}`, end === null ? [] : [end], cause as Error)
}

// A cancelled or failed workflow still tells Clyra. What Clyra answers, or that it does not, never hides why the workflow ends.
async function withdraw(changeId: string, cancel: Cancel): Promise<ChangeReceipt | null> {
  try {
    const end = await CancellationScope.nonCancellable(() => cancel(changeId))
    log.warn('a change was withdrawn', { change_id: changeId, outcome: end.outcome, code: end.code })
    return end
  } catch (error) {
    log.error('a change could not be withdrawn', { change_id: changeId, error })
    return null
  }
}

// What a person reads and a catch compares is the activity's own failure, not the envelope around it.
async function plainly<T>(running: Promise<T>): Promise<T> {
  try {
    return await running
  } catch (error) {
    throw error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : error
  }
}

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
import type { Asked, ChangeReceipt, ClyraActivities } from './words.ts'

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
  // A grant ends by itself: whoever is gone may go without an answer.
  const { clyraCancel, clyraCancelAsked } = proxyActivities<ClyraActivities>({
    ...patient,
    startToCloseTimeout: '30m',
    scheduleToCloseTimeout: '1h',
  })
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
    cancel: clyraCancel,
    cancelAsked: clyraCancelAsked,
  }
}

/**
 * Asks for the change of this name and waits until it is over and its evidence sealed; Clyra applies it. Answers when it was enforced
 * (or, on a target in review, observed). Throws ApplicationFailure, its type a ClyraFailureType, for every other end. The same name and
 * arguments in the same workflow are the same change, also after a reset, a retry or continue-as-new. When the workflow is cancelled
 * the change is withdrawn; the CancelledFailure then carries the ChangeReceipt of how it really ended, and none where Clyra was not asked
 * for it or does not answer for an hour.
 */
export async function governedChange(name: string, args: Json, options: ChangeOptions = {}): Promise<ChangeReceipt> {
  const { ask, wait, cancel, cancelAsked } = clyra(options)
  const asked = await answered({ name, args, executor: 'clyra' }, ask, cancelAsked)
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
  const { ask, wait, complete, cancel, cancelAsked } = clyra(options)
  const asked = await answered({ name, args, executor: 'caller' }, ask, cancelAsked)
  const { change_id, mode } = asked
  const granted = await orWithdrawn(asked, cancel, () => wait(change_id, 'grant'))
  if (granted.outcome === 'enforced') return granted
  try {
    await grantedChange.run(change_id, () => work({ change_id, mode }))
  } catch (error) {
    if (isCancellation(error)) throw await withdrawn(() => cancel(change_id), error, lost(change_id))
    await withdraw(() => cancel(change_id), lost(change_id))
    throw error
  }
  return orWithdrawn(asked, cancel, () => complete(change_id))
}

async function answered(
  asked: Asked,
  ask: ClyraActivities['clyraAsk'],
  cancel: ClyraActivities['clyraCancelAsked'],
): Promise<ChangeReceipt> {
  try {
    return await plainly(ask(asked))
  } catch (error) {
    if (!isUnanswered(error)) throw error
    throw await withdrawn(() => cancel(asked), error, 'Clyra did not answer: whether the change was asked for is not known')
  }
}

// A try under way when the workflow is cancelled is not told: it fails as it would have, and is not made again. A CancelledFailure without
// the envelope of an activity is from before anything was sent; what is never retried is an answer.
const isUnanswered = (error: unknown): boolean =>
  CancellationScope.current().consideredCancelled &&
  !(error instanceof CancelledFailure) &&
  !(error instanceof ApplicationFailure && error.nonRetryable)

type Cancel = () => Promise<ChangeReceipt | null>

const lost = (changeId: string): string => `change ${changeId} could not be withdrawn: its end is not known`

async function orWithdrawn(
  { change_id }: ChangeReceipt,
  cancel: ClyraActivities['clyraCancel'],
  wait: () => Promise<ChangeReceipt>,
): Promise<ChangeReceipt> {
  try {
    return await plainly(wait())
  } catch (error) {
    throw isCancellation(error) ? await withdrawn(() => cancel(change_id), error, lost(change_id)) : error
  }
}

// The workflow is cancelled: so is the change, and whoever catches the cancellation reads how the change ended.
async function withdrawn(cancel: Cancel, cause: unknown, unknown: string): Promise<CancelledFailure> {
  const end = await withdraw(cancel, unknown)
  if (end === undefined) return new CancelledFailure(`cancelled; ${unknown}`, [], cause as Error)
  if (end === null) return new CancelledFailure('cancelled; nothing was asked for', [], cause as Error)
  return new CancelledFailure(`cancelled under ${end.change_id}, which ended ${end.outcome}`, [end], cause as Error)
}

// A cancelled or failed workflow still tells Clyra. What Clyra answers, or that it does not (undefined), never hides why the workflow ends.
async function withdraw(cancel: Cancel, unknown: string): Promise<ChangeReceipt | null | undefined> {
  try {
    const end = await CancellationScope.nonCancellable(cancel)
    if (end !== null) log.warn('a change was withdrawn', { change_id: end.change_id, outcome: end.outcome, code: end.code })
    return end
  } catch (error) {
    log.error(unknown, { error })
    return undefined
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

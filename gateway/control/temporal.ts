// The running changes as Temporal keeps them. Every call has a deadline; no answer is never read as an answer.
import {
  ApplicationFailure,
  type Client,
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import { ClyraError, codeOf } from '../../core/errors.ts'
import {
  type DecisionMessage,
  type DecisionReceipt,
  type GovernedChangeInput,
  messages,
  resolveWorkflowId,
  resolveWorkflowType,
  taskQueue,
  workflowId,
  workflowType,
} from '../../core/messages.ts'
import type { RunRef } from '../../core/stages.ts'
import { boundedQueue } from './bounded-queue.ts'
import type { WorkflowPort } from './deps.ts'

export interface TemporalTimes {
  /** How long a start, a cancel or a look may take. */
  callMs: number
  /** How long a decision may take: with no worker up it would wait for ever. */
  decisionMs: number
}

const usualTimes: TemporalTimes = { callMs: 5_000, decisionMs: 20_000 }

// Temporal takes ten updates of one run at a time; half of them are left to others.
const decisionsOfOneChange = { running: 5, waiting: 50 }

/** The port over a Temporal client. CLYRA_API_BUSY when a call was not answered in time, CLYRA_API_UNREACHABLE when nobody is there. */
export function temporalWorkflows(client: Client, times: TemporalTimes = usualTimes): WorkflowPort {
  const queue = boundedQueue(decisionsOfOneChange)
  const handleOf = (run: RunRef): WorkflowHandle => client.workflow.getHandle(workflowId(run.tenant, run.change_id))
  const within = <T>(ms: number, call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + ms, call)
  const leave: WorkflowPort['leave'] = async (run, message) => {
    try {
      await within(times.callMs, () => handleOf(run).signal(messages.decide, message))
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw failureOf(error)
    }
  }

  return {
    async start(run, about) {
      try {
        if (run.attempt > 1) await within(times.callMs, () => untilEarlierAttemptsEnded(handleOf(run), run.attempt))
        await within(times.callMs, () => startRun(client, run, about))
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw failureOf(error)
      }
    },
    async fate(run) {
      try {
        const { status, memo, typedSearchAttributes } = await within(times.callMs, () => handleOf(run).describe())
        if (memo?.attempt !== run.attempt) return 'unknown'
        if (status.name === 'COMPLETED') return 'completed'
        if (endedStates.includes(status.name)) return 'ended'
        return typedSearchAttributes.get(statusKey) === 'AWAITING_APPROVAL' ? 'waiting' : 'running'
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'unknown'
        throw failureOf(error)
      }
    },
    decide: (run, message) =>
      queue(handleOf(run).workflowId, async () => {
        try {
          return await within(times.decisionMs, () => deliver(handleOf(run), message))
        } catch (error) {
          // No worker has taken it up: Temporal keeps a signal where it forgets an update.
          if (codeOf(error) !== 'CLYRA_API_BUSY') throw error
          await leave(run, message)
          throw new ClyraError('CLYRA_API_BUSY', 'expected an answer of the run in time, found none; the decision is left for it', {
            cause: error,
          })
        }
      }),
    leave,
    async cancel(run) {
      try {
        await within(times.callMs, () => handleOf(run).cancel())
        return 'requested'
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'closed'
        throw failureOf(error)
      }
    },
    async complete(run) {
      try {
        await within(times.callMs, () => handleOf(run).signal(messages.complete))
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw failureOf(error)
      }
    },
    async resolve(run) {
      try {
        await within(times.decisionMs, () =>
          client.workflow.execute(resolveWorkflowType, {
            taskQueue,
            workflowId: resolveWorkflowId(run.tenant, run.change_id),
            args: [run],
            workflowIdConflictPolicy: 'USE_EXISTING',
            staticSummary: `read ${run.change_id} back`,
          }),
        )
      } catch (error) {
        throw failureOf(error)
      }
    },
    async reachable() {
      const { namespace } = client.options
      return within(times.callMs, () => client.workflowService.describeNamespace({ namespace })).then(
        () => true,
        () => false,
      )
    },
  }
}

const statusKey = { name: 'ClyraStatus', type: 'KEYWORD' } as const
const endedStates: readonly string[] = ['FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT']

async function startRun(client: Client, run: RunRef, about: Parameters<WorkflowPort['start']>[1]): Promise<void> {
  const { tenant, change_id, attempt } = run
  const { summary, target, terminated, unsealed } = about
  const input: GovernedChangeInput = { tenant, change_id, attempt, ...(terminated ? { terminated } : {}) }
  await client.workflow.start(workflowType, {
    taskQueue,
    workflowId: workflowId(run.tenant, run.change_id),
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: unsealed ? 'ALLOW_DUPLICATE' : 'ALLOW_DUPLICATE_FAILED_ONLY',
    staticSummary: summary,
    memo: { attempt: run.attempt },
    typedSearchAttributes: [
      { key: statusKey, value: 'OPEN' },
      { key: { name: 'ClyraTenant', type: 'KEYWORD' }, value: run.tenant },
      { key: { name: 'ClyraTarget', type: 'KEYWORD' }, value: target },
    ],
  })
}

// The last receipt of an attempt is written a moment before its run closes. A start in that moment would join the closing run.
async function untilEarlierAttemptsEnded(handle: WorkflowHandle, attempt: number): Promise<void> {
  try {
    const { status, memo } = await handle.describe()
    if (status.name === 'RUNNING' && memo?.attempt !== attempt) await handle.result()
  } catch (error) {
    if (!(error instanceof WorkflowFailedError) && !(error instanceof WorkflowNotFoundError)) throw error
  }
}

async function deliver(handle: WorkflowHandle, message: DecisionMessage): Promise<DecisionReceipt | 'closed'> {
  try {
    return await handle.executeUpdate<DecisionReceipt, [DecisionMessage]>(messages.submitDecision, {
      args: [message],
      updateId: message.id,
    })
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || endedMeanwhile(error)) return 'closed'
    throw failureOf(error)
  }
}

const endedMeanwhile = (error: unknown): boolean =>
  error instanceof WorkflowUpdateFailedError &&
  error.cause instanceof ApplicationFailure &&
  error.cause.type === 'AcceptedUpdateCompletedWorkflow'

const deadlineExceeded = 4
const resourceExhausted = 8
const unavailable = 14

function failureOf(error: unknown): ClyraError {
  if (error instanceof ClyraError) return error
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return busy(error)
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
    return new ClyraError(codeOf({ code: error.cause.type }), 'expected the run to take the decision, found that it failed', {
      cause: error,
    })
  if (error instanceof WorkflowFailedError && error.cause?.cause instanceof ApplicationFailure)
    return new ClyraError(codeOf({ code: error.cause.cause.type }), error.cause.cause.message, { cause: error })
  const grpc = isGrpcServiceError(error) ? error : error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : null
  if (grpc?.code === deadlineExceeded || grpc?.code === resourceExhausted) return busy(error)
  if (grpc?.code === unavailable)
    return new ClyraError('CLYRA_API_UNREACHABLE', 'expected Temporal to answer, found nobody there', { cause: error })
  return new ClyraError('CLYRA_INTERNAL', `expected Temporal to accept the call, found status ${grpc?.code ?? 'unknown'}`, { cause: error })
}

const busy = (cause: unknown): ClyraError =>
  new ClyraError('CLYRA_API_BUSY', 'expected an answer of the run in time, found none', { cause })

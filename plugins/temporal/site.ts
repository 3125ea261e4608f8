// Which workflow the current activity belongs to, in the server's own words: headers and arguments are the workflow's, and prove nothing.
import { Context } from '@temporalio/activity'
import { ClyraError } from '../../core/errors.ts'
import type { Site } from './site-key.ts'

interface Chain {
  firstRunId: string
  running: boolean
}

/** CLYRA_TEMPORAL_NO_CHANGE outside of a workflow; CLYRA_API_UNREACHABLE when Temporal does not answer. */
export async function currentSite(): Promise<Site> {
  const { workflowId, runId } = currentExecution()
  const { firstRunId } = await describe(workflowId, runId)
  return { namespace: Context.current().info.namespace, workflowId, firstRunId }
}

/** True when no run of the current activity's workflow goes on: nobody waits for its answer any more. */
export async function workflowIsOver(): Promise<boolean> {
  const { workflowId, runId } = currentExecution()
  const [own, latest] = await Promise.all([describe(workflowId, runId), describe(workflowId)])
  return !latest.running || latest.firstRunId !== own.firstRunId
}

function currentExecution(): { workflowId: string; runId: string } {
  const { workflowExecution } = Context.current().info
  if (workflowExecution === undefined)
    throw new ClyraError('CLYRA_TEMPORAL_NO_CHANGE', 'expected an activity of a workflow, found one without')
  return workflowExecution
}

const answerMs = 20_000

async function describe(workflowId: string, runId?: string): Promise<Chain> {
  try {
    const { client } = Context.current()
    // A signal of its own: the activity's would end the question of who is left when nobody is.
    const { raw, status } = await client.withAbortSignal(AbortSignal.timeout(answerMs), () =>
      client.workflow.getHandle(workflowId, runId).describe(),
    )
    const firstRunId = raw.workflowExecutionInfo?.firstRunId
    if (firstRunId) return { firstRunId, running: status.name === 'RUNNING' }
  } catch (cause) {
    throw new ClyraError('CLYRA_API_UNREACHABLE', 'expected Temporal to tell of the workflow, found no answer', { cause })
  }
  throw new ClyraError('CLYRA_TEMPORAL_NO_CHANGE', 'expected Temporal to name the first run of the workflow, found that it does not')
}

// What one change counts, governed and no-op. The comparison is only fair while the two histories count the same.
import type { Client } from '@temporalio/client'
import { type Cost, costOf } from '../tests/support/cost.ts'
import { historyOf } from '../tests/support/history.ts'
import type { TestStack } from '../tests/support/stack.ts'
import type { Flow, Side } from './side.ts'

/** The costs of an allowed and of an approved change on a counted stack. Throws when the no-op side is of another shape. */
export async function counts(stack: TestStack, client: Client, noop: Side): Promise<Record<Flow, Cost>> {
  const cost = async (flow: Flow) => {
    const ours = await costOf(stack, client, flow)
    const theirs = await historyOf(stack.run.temporal.address, (await noop[flow]()).workflowId)
    const same = ['activities', 'upserts'] as const
    const other = same.filter((name) => ours.history[name] !== theirs[name])
    if (other.length > 0) throw new Error(`expected a no-op ${flow} with as many ${other.join(', ')}, found another count`)
    // A task more or less is a matter of timing: an update may arrive while one is under way.
    const apart = Math.abs(ours.history.workflowTasks - theirs.workflowTasks)
    if (apart > 1) throw new Error(`expected a no-op ${flow} with as many workflow tasks, found ${apart} more or less`)
    return ours
  }
  return { allow: await cost('allow'), approve: await cost('approve') }
}

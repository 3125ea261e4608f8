// What may befall Clyra while an orchestrator's task waits. Each answers with the function that mends it.
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChangeView } from '../../core/generated/types.ts'
import { untilSeen } from '../support/airflow.ts'
import type { TestStack } from '../support/stack.ts'
import { temporalCli } from '../support/temporal-cli.ts'

/** Where evidence is stored there is no folder. */
export function withoutEvidence({ home }: TestStack): () => void {
  const folder = join(home, '.clyra/evidence')
  renameSync(folder, `${folder}.away`)
  writeFileSync(folder, '')
  return () => {
    rmSync(folder)
    renameSync(`${folder}.away`, folder)
  }
}

/** An operator sends the run back to its last step: what was open there is void. */
export async function reset(stack: TestStack, { workflow_id, change_id }: ChangeView): Promise<void> {
  const { binding } = await stack.story.ana.approval(change_id)
  await temporalCli(stack.run.temporal.address, 'workflow', 'reset', '-w', workflow_id, '--type', 'FirstWorkflowTask', '--reason', 'a test')
  await untilSeen('the gate open anew', async () => {
    const now = await stack.story.ana.approval(change_id).catch(() => null)
    return now !== null && now.binding.nonce !== binding.nonce
  })
}

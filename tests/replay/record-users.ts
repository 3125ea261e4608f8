// Records runs of a user's own workflows with clyra/temporal: `node tests/replay/record-users.ts`. Starts a stack of its own.
// Histories that are there stay as they are, as those of record.ts.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { historyOf, impersonal } from '../support/history.ts'
import { until } from '../support/kill.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'
import { reasonSaid } from '../support/temporal-users/changes.ts'
import { startUsersWorker } from '../support/temporal-users/process.ts'
import { taskQueue } from '../support/temporal-users/worker.ts'

const version = 'v0'
const folder = join(import.meta.dirname, 'users')

interface Play {
  workflow: string
  args: unknown[]
  meanwhile?: (stack: TestStack, changeId: string, handle: WorkflowHandle) => Promise<unknown>
}

const decide = (word: string) => (stack: TestStack, changeId: string) =>
  stack.story.clyra(word, changeId, '--key-file', stack.key('ben.pem'), '--reason', 'looked at it', '--yes')

const plays: Record<string, Play> = {
  governed_approved: { workflow: 'clean', args: [1100], meanwhile: decide('approve') },
  governed_rejected: { workflow: 'clean', args: [1101], meanwhile: decide('reject') },
  governed_cancelled: { workflow: 'cleanAndTell', args: [1102], meanwhile: (_stack, _id, handle) => handle.cancel() },
  granted: { workflow: 'raise', args: [61] },
  granted_and_failed: { workflow: 'raiseAndFail', args: [62, true] },
  not_governed: { workflow: 'raiseOther', args: [63, 64] },
}

async function waitingChange(stack: TestStack): Promise<string> {
  let id: string | undefined
  await until(async () => {
    id = (await stack.story.ana.changes({ state: 'AWAITING_APPROVAL' }))[0]?.change_id
    return id !== undefined
  })
  return id as string
}

const stack = await startTestStack()
stack.forbid({ reasons: [reasonSaid] })
const worker = await startUsersWorker(stack)
const connection = await Connection.connect({ address: stack.run.temporal.address })
try {
  mkdirSync(folder, { recursive: true })
  await enroll(stack, 'ben')
  const client = new Client({ connection })
  for (const [name, { workflow, args, meanwhile }] of Object.entries(plays)) {
    const file = join(folder, `${name}_${version}.json`)
    if (existsSync(file)) continue
    const handle = await client.workflow.start(workflow, { args, taskQueue, workflowId: name })
    await meanwhile?.(stack, await waitingChange(stack), handle)
    await handle.result().catch(() => undefined)
    writeFileSync(file, impersonal((await historyOf(stack.run.temporal.address, name)).text))
    console.log(name)
  }
} finally {
  await connection.close()
  await worker.stop()
  await stack.stop()
}

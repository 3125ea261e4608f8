// The no-op worker: a process of its own with the options of Clyra's worker.
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { type NoopActivities, type NoopInput, noopQueue } from './shape.ts'

const answer = async (input: NoopInput) => ({ id: input.id, file: input.details.slice(0, 80) })

const activities: NoopActivities = {
  listen: answer,
  policy: answer,
  enforce: answer,
  record: answer,
  bundle: answer,
  attest: answer,
  ticket: answer,
  checkDecision: async ({ id }) => ({ status: 'counted', code: null, decision_id: id, approvals: 1, quorum: 1 }),
}

const logger = new DefaultLogger('ERROR')
Runtime.install({ logger })
const workflowsPath = fileURLToPath(new URL('./workflow.ts', import.meta.url))
const { code } = await bundleWorkflowCode({ workflowsPath, logger })
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: process.argv[2] as string }),
  taskQueue: noopQueue,
  workflowBundle: { code },
  activities: { ...activities },
  shutdownGraceTime: '10s',
})
process.once('disconnect', () => worker.shutdown())
process.send?.({ ready: true })
await worker.run()
process.exit(0)

// The no-op side of a comparison.
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Client, WorkflowHandle } from '@temporalio/client'
import type { DecisionMessage } from '../../core/messages.ts'
import { submitDecision } from '../../workflows/messages.ts'
import { type Side, timed } from '../side.ts'
import { type NoopInput, noopQueue } from './shape.ts'

// As many bytes as an approver's envelope and the details of a run have.
const envelope = 'e'.repeat(1300)
const details = '| row | of the current details, as long as one |\n'.repeat(12)

/** Starts the no-op worker; `stop` ends it. */
export async function noopSide(client: Client, address: string): Promise<Side & { stop(): Promise<void> }> {
  const child = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [address])
  await once(child, 'message')

  const start = (approval: boolean) => {
    const id = `noop/${randomUUID()}`
    const input: NoopInput = { id, approval, details }
    return client.workflow.start('noopChange', {
      taskQueue: noopQueue,
      workflowId: id,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      staticSummary: 'sql on shop, 1 statement(s), dml, asked by nobody',
      memo: { attempt: 1 },
      typedSearchAttributes: [
        { key: { name: 'ClyraStatus', type: 'KEYWORD' }, value: 'OPEN' },
        { key: { name: 'ClyraTenant', type: 'KEYWORD' }, value: 'default' },
        { key: { name: 'ClyraTarget', type: 'KEYWORD' }, value: 'shop' },
      ],
    })
  }

  const gate = {
    prepare: async () => ({ id: randomUUID(), envelope, delivered_by: { actor: 'nobody', person: null } }),
    decide: (handle: WorkflowHandle, message: DecisionMessage) =>
      handle.executeUpdate(submitDecision, { args: [message], updateId: message.id }),
  }
  const ended = (handle: WorkflowHandle) => handle.result()
  return {
    allow: () => timed(() => start(false), null, ended),
    approve: () => timed(() => start(true), gate, ended),
    stop: () => stopped(child),
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  child.disconnect()
  await once(child, 'exit')
}

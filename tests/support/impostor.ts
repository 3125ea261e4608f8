// Somebody with access to Temporal and to nothing else: he answers in the place of a worker that is away.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { taskQueue } from '../../core/messages.ts'
import type { StageActivities } from '../../core/stages.ts'
import { pidsOf, until } from './kill.ts'
import { checkout, type TestStack } from './stack.ts'

type Lies = { [Stage in keyof StageActivities]: () => Promise<Awaited<ReturnType<StageActivities[Stage]>>> }

/** The best answer every stage could give. */
export const lies: Lies = {
  listen: async () => ({ target: 'shop', mode: 'gate', kind: 'sql', source: 'e2e', requester: 'ana@shop.example' }),
  policy: async () => ({
    begun: true,
    outcome: 'allow',
    mode: 'gate',
    summary: 'nothing at all',
    rules: [],
    quorum: 0,
    nonce: null,
    deadline: null,
    wait_ms: 0,
  }),
  checkDecision: async () => ({
    status: 'counted',
    code: null,
    decision_id: '01940000-0000-7000-8000-000000000000',
    approvals: 1,
    quorum: 1,
    person: 'ben@shop.example',
    decision: 'approve',
    certified: true,
    voided: false,
  }),
  enforce: async () => ({ outcome: 'enforced', code: null, affected_rows: 1, wait_ms: 0 }),
  observe: async () => ({ outcome: 'enforced', code: null, affected_rows: 1, wait_ms: 0 }),
  record: async () => ({ outcome: 'enforced', start: 0, end: 9 }),
  bundle: async () => ({ bundle_id: `sha256:${'0'.repeat(64)}`, file: 'invented.zip' }),
  attest: async () => ({ framework: 'sox', key_id: '0'.repeat(64) }),
  ticket: async () => ({ tracker: 'files', reference: 'invented' }),
  resolve: async () => ({ outcome: 'enforced', code: null }),
}

/** While `body` runs the stack has no worker, and Temporal's tasks are answered by somebody else, with Clyra's own workflow code. */
export async function withImpostor<T>(stack: TestStack, activities: Partial<Lies>, body: () => Promise<T>): Promise<T> {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) })
  const connection = await NativeConnection.connect({ address: stack.run.temporal.address })
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(checkout, 'workflows/index.ts'),
    logger: new DefaultLogger('ERROR', () => undefined),
  })
  try {
    return await withoutWorker(stack, async () => {
      const worker = await Worker.create({ connection, taskQueue, workflowBundle: { code }, activities })
      return worker.runUntil(body())
    })
  } finally {
    await connection.close()
  }
}

/** The stack's own supervisor would bring the worker back at once: it stands still meanwhile. Afterwards the worker is back. */
export async function withoutWorker<T>(stack: TestStack, body: () => Promise<T>): Promise<T> {
  const worker = pidsOf(stack).worker as number
  process.kill(stack.run.pid, 'SIGSTOP')
  try {
    process.kill(worker, 'SIGKILL')
    return await body()
  } finally {
    process.kill(stack.run.pid, 'SIGCONT')
    await until(() => pidsOf(stack).worker !== worker)
  }
}

/** A second worker of the same installation, beside the stack's own. */
export function secondWorker(stack: TestStack): { stop(): Promise<void> } {
  const child = spawn(process.execPath, [join(checkout, 'cli/bin.ts'), 'worker'], {
    cwd: stack.home,
    env: { ...process.env, CLYRA_HOME: stack.home },
    stdio: 'ignore',
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

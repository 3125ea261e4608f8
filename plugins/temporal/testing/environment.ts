// Activities outside of a worker, with the plugin's own interceptors around them.
import type { Client } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import { MockActivityEnvironment } from '@temporalio/testing'
import { type ActivityInterceptorsFactory, DefaultLogger } from '@temporalio/worker'
import { type ClyraOptions, ClyraPlugin } from '../plugin.ts'
import { changeHeader } from '../words.ts'
import { logKey } from './log.ts'
import { site } from './story.ts'

export const raiseTemplate = { target: 'shop', statements: ['UPDATE shop.orders SET total_cents = 1 WHERE order_id = 7'], reason: 'why' }

export const optionsOf = (gateway: string): ClyraOptions => ({
  gateway,
  token: 'a-token-of-the-test',
  logKey,
  changes: {
    raise: ({ order }: { order: number }) => ({ ...raiseTemplate, statements: [`${raiseTemplate.statements[0]} -- ${order}`] }),
    broken: () => {
      throw new Error('a secret of the registry')
    },
  },
})

export interface Around {
  header?: unknown
  workflowId?: string
  /** What the server says: of each run, by workflow id and run id (undefined: the latest). Null: it does not answer. */
  runs?: ((workflowId: string, runId: string | undefined) => { firstRunId: string; status: string }) | null
}

const ownRun = () => ({ firstRunId: site.firstRunId, status: 'RUNNING' })

/** An activity's surroundings in the workflow of the test story. */
export function environmentOf(
  gateway: string,
  { header, workflowId = site.workflowId, runs = ownRun }: Around = {},
): MockActivityEnvironment {
  const { interceptors } = new ClyraPlugin(optionsOf(gateway)).configureWorker({ taskQueue: 'test' })
  const headed: ActivityInterceptorsFactory = () => ({
    inbound: {
      execute: (input, next) =>
        next(header === undefined ? input : { ...input, headers: { [changeHeader]: defaultPayloadConverter.toPayload(header) } }),
    },
  })
  const getHandle = (id: string, runId?: string) => ({
    describe: async () => {
      if (runs === null) throw new Error('no answer')
      const { firstRunId, status } = runs(id, runId)
      return { raw: { workflowExecutionInfo: { firstRunId } }, status: { name: status } }
    },
  })
  const withAbortSignal = <T>(_signal: AbortSignal, work: () => T): T => work()
  return new MockActivityEnvironment(
    { workflowExecution: { workflowId, runId: 'a-later-run' }, namespace: site.namespace },
    {
      client: { workflow: { getHandle }, withAbortSignal } as unknown as Client,
      logger: new DefaultLogger('ERROR'),
      interceptors: [headed, ...(interceptors?.activity ?? [])],
    },
  )
}

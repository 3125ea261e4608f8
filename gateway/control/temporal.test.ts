import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { type DecisionMessage, taskQueue, workflowId } from '../../core/messages.ts'
import { startTemporal, type TemporalServer } from '../../runtime/parts/temporal.ts'
import { temporalWorkflows } from './temporal.ts'

const times = { callMs: 5000, decisionMs: 1500 }
let folder: string
let server: TemporalServer
let connection: Connection
let client: Client
let native: NativeConnection

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clyra-gateway-temporal-'))
  server = await startTemporal({ checkout: join(import.meta.dirname, '..', '..'), logFile: join(folder, 'temporal.log') })
  connection = await Connection.connect({ address: server.address })
  client = new Client({ connection })
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  native = await NativeConnection.connect({ address: server.address })
})
afterAll(async () => {
  await native.close()
  await connection.close()
  await server.stop()
  await rm(folder, { recursive: true })
})

const run = (name: string, attempt = 1) => ({ tenant: 'default', change_id: `chg_${name}`, attempt })
const about = { summary: 'sql on shop', target: 'shop' }
const message = (envelope: string, id = envelope): DecisionMessage => ({ id, envelope, delivered_by: { actor: 'ben', person: null } })
const handleOf = (name: string) => client.workflow.getHandle(workflowId('default', `chg_${name}`))

async function withWorker<T>(body: () => Promise<T>): Promise<T> {
  const workflowsPath = join(import.meta.dirname, 'testing', 'door-workflow.ts')
  const worker = await Worker.create({ connection: native, taskQueue, workflowsPath })
  return worker.runUntil(body())
}

describe('with no worker', () => {
  test('a start is idempotent, and says what an operator filters by', async () => {
    const port = temporalWorkflows(client, times)
    await Promise.all([port.start(run('twice'), about), port.start(run('twice'), about), port.start(run('twice'), about)])
    const { runId, typedSearchAttributes, status } = await handleOf('twice').describe()
    const found = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]))
    expect([status.name, found.ClyraStatus, found.ClyraTenant, found.ClyraTarget]).toEqual(['RUNNING', 'OPEN', 'default', 'shop'])
    await port.start(run('twice'), about)
    expect((await handleOf('twice').describe()).runId).toBe(runId)
  })

  test('a decision is not answered in time, and that is not a refusal', async () => {
    const port = temporalWorkflows(client, { ...times, decisionMs: 300 })
    await port.start(run('unattended'), about)
    await expect(port.decide(run('unattended'), message('yes'))).rejects.toMatchObject({ code: 'CLYRA_API_BUSY' })
  })

  test('a decision that was not answered is left for the run: a worker that comes later finds it', async () => {
    const port = temporalWorkflows(client, { ...times, decisionMs: 300 })
    await port.start(run('left'), about)
    await expect(port.decide(run('left'), message('left behind'))).rejects.toMatchObject({ code: 'CLYRA_API_BUSY' })
    expect(await port.fate(run('left'))).toBe('running')
    await withWorker(() => handleOf('left').result())
    expect(await port.fate(run('left'))).toBe('completed')
    await port.leave(run('nowhere'), message('nobody there'))
  })

  test('what was never started takes no decision and no cancel', async () => {
    const port = temporalWorkflows(client, times)
    expect(await port.decide(run('nowhere'), message('yes'))).toBe('closed')
    expect(await port.cancel(run('nowhere'))).toBe('closed')
  })

  test('a cancel reaches the run; a run that was terminated takes no decision', async () => {
    const port = temporalWorkflows(client, times)
    await port.start(run('stopped'), about)
    expect(await port.cancel(run('stopped'))).toBe('requested')
    const { events } = await handleOf('stopped').fetchHistory()
    expect(events?.filter((event) => event.workflowExecutionCancelRequestedEventAttributes)).toHaveLength(1)
    await handleOf('stopped').terminate()
    expect(await port.decide(run('stopped'), message('yes'))).toBe('closed')
  })

  test('a server that is not there is unreachable', async () => {
    const port = temporalWorkflows(client, times)
    expect(await port.reachable()).toBe(true)
    const lazy = Connection.lazy({ address: '127.0.0.1:9' })
    const nowhere = temporalWorkflows(new Client({ connection: lazy }), { callMs: 500, decisionMs: 500 })
    expect(await nowhere.reachable()).toBe(false)
    await expect(nowhere.start(run('x'), about)).rejects.toMatchObject({
      code: expect.stringMatching(/^CLYRA_API_(BUSY|UNREACHABLE)$/),
    })
    await lazy.close()
  })
})

describe('with a worker', () => {
  test('decisions are answered, five at a time, and one message has one answer', async () => {
    await withWorker(async () => {
      const port = temporalWorkflows(client, { ...times, decisionMs: 10_000 })
      await port.start(run('decided'), about)
      expect(await port.decide(run('decided'), message('yes'))).toMatchObject({ status: 'counted', approvals: 1 })
      expect(await port.fate(run('decided'))).toBe('waiting')
      const slow = await Promise.all(
        Array.from({ length: 12 }, (_, index) => port.decide(run('decided'), message('slow', `slow-${index}`))),
      )
      const most = Math.max(...slow.map((receipt) => (receipt === 'closed' ? 0 : receipt.approvals)))
      expect(most).toBeLessThanOrEqual(5)
      const again = await port.decide(run('decided'), message('slow', 'slow-0'))
      expect(again).toEqual(slow[0])
      await expect(port.decide(run('decided'), message('broken'))).rejects.toMatchObject({ code: 'CLYRA_APPROVAL_MALFORMED' })
      await handleOf('decided').signal('end', 'completes')
    })
  })

  test('a run that completed is left alone; one that failed gives way to the next attempt, also while it is still closing', async () => {
    await withWorker(async () => {
      const port = temporalWorkflows(client, times)
      await port.start(run('done'), about)
      await handleOf('done').signal('end', 'completes')
      await handleOf('done').result()
      await port.start(run('done'), about)
      expect((await handleOf('done').describe()).status.name).toBe('COMPLETED')
      expect(await port.fate(run('done'))).toBe('completed')
      await port.start(run('done'), { ...about, terminated: true, unsealed: true })
      expect(['running', 'waiting']).toContain(await port.fate(run('done')))
      await handleOf('done').signal('end', 'fails')
      await expect(handleOf('done').result()).rejects.toThrow()
      expect(await port.fate(run('done'))).toBe('ended')

      await port.start(run('again'), about)
      const first = await handleOf('again').describe()
      const next = port.start(run('again', 2), about)
      await handleOf('again').signal('end', 'fails')
      await next
      const second = await handleOf('again').describe()
      expect([second.runId === first.runId, second.status.name, second.memo]).toEqual([false, 'RUNNING', { attempt: 2 }])
      await port.start(run('again', 2), about)
      expect((await handleOf('again').describe()).runId).toBe(second.runId)
      await handleOf('again').signal('end', 'completes')
    })
  })

  test('a decision the run never finished is closed, not lost', async () => {
    await withWorker(async () => {
      const port = temporalWorkflows(client, { ...times, decisionMs: 10_000 })
      await port.start(run('cut off'), about)
      expect(await port.decide(run('cut off'), message('yes'))).toMatchObject({ status: 'counted' })
      const pending = port.decide(run('cut off'), message('unanswered'))
      const accepted = async () =>
        (await handleOf('cut off').fetchHistory()).events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)
      while (((await accepted())?.length ?? 0) < 2);
      await handleOf('cut off').terminate()
      expect(await pending).toBe('closed')
    })
  })
})

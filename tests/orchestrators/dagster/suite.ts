// The real Dagster beside the real stack, and what its suite asks of both.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { type Dagster, launchDagster } from '../../../cli/quickstart/dagster/launch.ts'
import type { ChangeView } from '../../../core/generated/types.ts'
import { until } from '../../support/kill.ts'
import { filesBelow, leaksInFiles, searchFor } from '../../support/leaks.ts'
import { checkout, enroll, startTestStack, type TestStack } from '../../support/stack.ts'
import { keysOf } from '../../support/stack-leaks.ts'

/** A change that a run of Dagster asks for: of one order, whose total it raises by one. */
export interface Row {
  run: string
  order: number
  before: number
  tags: Record<string, string>
}

/** A row, and the change its run asked for. */
export interface Asked {
  row: Row
  change: ChangeView
}

/** `large`: a person must approve it. */
type Shape = 'large' | 'denied'

export type Suite = Awaited<ReturnType<typeof startSuite>>

const ended = ['SUCCESS', 'FAILURE', 'CANCELED']

/** Configuration of a run whose resource differs from the suite's in this. */
export const clyraWith = (config: object) => ({
  resources: { clyra: { config: { base_url: { env: 'CLYRA_GATEWAY' }, token: { env: 'CLYRA_TOKEN' }, ...config } } },
})

export async function startSuite() {
  const stack = await startTestStack()
  try {
    return await withDagster(stack)
  } catch (error) {
    await stack.stop()
    throw error
  }
}

async function withDagster(stack: TestStack) {
  for (const person of ['ana', 'ben']) await enroll(stack, person)
  const secret = (name: string) => readFileSync(stack.key(name), 'utf8').trim()
  const home = mkdtempSync(join(tmpdir(), 'clyra-dagster-'))
  const statements = join(home, 'statements')
  mkdirSync(statements)
  const verifier = [process.execPath, join(checkout, 'verifier/ts/main.ts'), '--trust', join(stack.home, '.clyra/trust')]
  const dagster = await launchDagster(home, join(import.meta.dirname, 'definitions.py'), {
    CLYRA_GATEWAY: stack.run.gateway,
    CLYRA_TOKEN: secret('pipeline.token'),
    CLYRA_VERIFIER: JSON.stringify(verifier),
    ETL_URL: secret('shop-etl.url'),
    STATEMENTS: statements,
  })
  return { ...asked(stack, dagster, statements), stack, dagster, stop: () => stopBoth(stack, dagster, home) }
}

const parentOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1])

function asked(stack: TestStack, { api, parts }: Dagster, statements: string) {
  let orders = 0
  const changes = async () => (await stack.story.ana.changes({})).filter(({ source }) => source.startsWith('dagster'))
  const total = async (order: number) =>
    Number(
      (await stack.story.warehouse<{ total: string }>(`select total_cents as total from shop.orders where order_id = ${order}`))[0]?.total,
    )
  const status = async (run: string) => (await api.run(run)).status
  const clyra = (...words: string[]) => stack.story.clyra(...words)
  const key = (person: string) => ['--key-file', stack.key(`${person}.pem`), '--yes']
  return {
    changes,
    status,
    /** Writes what the runs about this order ask for. */
    write(order: number, shape: Shape, { by = 1, file = String(order) } = {}): void {
      const update = `UPDATE shop.orders SET total_cents = total_cents + ${by} WHERE order_id = ${order}`
      const text = {
        denied: 'UPDATE shop.orders SET total_cents = 0',
        large: `WITH one AS (${update} RETURNING order_id) SELECT * FROM one`,
      }
      writeFileSync(join(statements, file), text[shape])
      stack.forbid({ secrets: [text[shape]] })
    },
    /** Launches a job about an order of its own. */
    async launch(job: string, { tags = {}, config = {}, shape = 'large' as Shape, file = '' } = {}): Promise<Row> {
      orders += 1
      const order = orders
      this.write(order, shape, file === '' ? {} : { file })
      const before = await total(order)
      const all = { 'shop/file': file || String(order), ...tags }
      return { run: await api.launch(job, { tags: all, config }), order, before, tags: all }
    },
    /** The one change that is in this state and was not known before. */
    async waiting(known: readonly ChangeView[], state: ChangeView['state'] = 'AWAITING_APPROVAL'): Promise<ChangeView> {
      const isNew = (one: ChangeView) => one.state === state && !known.some(({ change_id }) => change_id === one.change_id)
      await until(async () => (await changes()).some(isNew))
      const found = (await changes()).filter(isNew)
      expect(found).toHaveLength(1)
      return found[0] as ChangeView
    },
    approve: ({ change_id }: ChangeView, person = 'ben') => clyra('approve', change_id, ...key(person)),
    reject: ({ change_id }: ChangeView) => clyra('reject', change_id, ...key('ben'), '--reason', 'not today'),
    async ended(run: string): Promise<string> {
      await until(async () => ended.includes(await status(run)))
      return status(run)
    },
    /** How often the row's change took effect. */
    effect: async ({ order, before }: Row) => (await total(order)) - before,
    /** Runs that hold a process. */
    underWay: async (): Promise<string[]> => {
      const query = '{ runsOrError(filter: { statuses: [QUEUED, NOT_STARTED, STARTING, STARTED] }) { ... on Runs { results { runId } } } }'
      return (await api.ask<{ runsOrError: { results: { runId: string }[] } }>(query)).runsOrError.results.map(({ runId }) => runId)
    },
    /** Until a sensor has looked so many times more. */
    async sensorTicks(sensor: string, times: number): Promise<void> {
      for (let left = times, last = await api.lastTick(sensor); left > 0; left--) {
        await until(async () => (await api.lastTick(sensor)) > last)
        last = await api.lastTick(sensor)
      }
    },
    /** kill -9 of the process of a run. */
    killRun(run: string): void {
      const found = spawnSync('pgrep', ['-f', 'multiprocessing.spawn'], { encoding: 'utf8' }).stdout.trim().split('\n').map(Number)
      // The latest: that of a run before may still be leaving.
      const pid = found.filter((each) => parentOf(each) === parts.pid('code-server')).at(-1)
      if (pid === undefined) throw new Error(`expected a process of run ${run}, found none`)
      process.kill(pid, 'SIGKILL')
    },
    /** Everything a run has logged. */
    log: async (run: string) => (await api.events(run)).map((event) => JSON.stringify(event)).join('\n'),
  }
}

async function stopBoth(stack: TestStack, dagster: Dagster, home: string): Promise<void> {
  await dagster.parts.stop()
  const search = searchFor(keysOf(stack.home))
  const files = filesBelow(home).filter((file) => !file.startsWith(join(home, 'statements')))
  const told = files.filter((file) => /clg_[A-Za-z0-9_-]{43}|UPDATE shop\.orders/.test(readFileSync(file, 'latin1')))
  const leaks = [...leaksInFiles(files, search), ...told]
  rmSync(home, { recursive: true, force: true })
  await stack.stop()
  expect(leaks).toEqual([])
}

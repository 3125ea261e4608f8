// The real Dagster against the real stack: whatever happens to either of them, one change, and its effect exactly once.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { verifiers } from '../../cli/quickstart/check.ts'
import { isDagsterInstalled } from '../../cli/quickstart/dagster/launch.ts'
import type { ChangeView } from '../../core/generated/types.ts'
import { freePort } from '../../runtime/parts/port.ts'
import { describeInBrowser } from '../support/browser.ts'
import { killAndAwaitReturn, until } from '../support/kill.ts'
import { filesBelow } from '../support/leaks.ts'
import { hastySeconds } from '../support/stack.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { clyraRows } from './dagster/clyra-parts.ts'
import { expectAssetPage } from './dagster/page.ts'
import { type Asked, clyraWith, type Row, type Suite, startSuite } from './dagster/suite.ts'

const installed = isDagsterInstalled()
const title = installed ? 'Dagster' : 'Dagster (no .venv-dagster: make python)'

;(installed ? describe : describe.skip)(title, () => {
  let suite: Suite
  let known: ChangeView[]

  beforeAll(async () => {
    suite = await startSuite()
  }, 120_000)

  afterAll(async () => {
    await suite?.stop()
  }, 60_000)

  /** Launches a run, and finds its change once it is in this state: it waits for an approval. */
  async function waiting(job: string, options: Parameters<Suite['launch']>[1] = {}, state?: ChangeView['state']): Promise<Asked> {
    known = await suite.changes()
    const row = await suite.launch(job, options)
    return { row, change: await suite.waiting(known, state) }
  }

  /** Since `waiting` there is this change and no other; it ended so, in so many attempts, and its effect happened so often. */
  async function expectOne({ row, change }: Asked, outcome: string, effect: number): Promise<void> {
    await until(async () => (await suite.stack.story.ana.change(change.change_id)).state === 'CLOSED')
    const all = await suite.changes()
    expect(all.filter(({ change_id }) => !known.some((each) => each.change_id === change_id))).toMatchObject([
      { change_id: change.change_id, outcome, attempt: 1 },
    ])
    expect(await suite.effect(row)).toBe(effect)
  }

  const approved = async ({ row, change }: Asked, run = row.run): Promise<void> => {
    expect(await suite.approve(change)).toBe(0)
    expect(await suite.ended(run)).toBe('SUCCESS')
    await expectOne({ row, change }, 'enforced', 1)
  }

  /** Launches a run whose step gives up waiting at once, and so is retried; without retries left, it fails. */
  const impatient = clyraWith({ timeout_s: 0.5 })
  const failedSteps = async (run: string) =>
    (await suite.dagster.api.events(run)).filter(({ kind }) => kind === 'ExecutionStepFailureEvent')
  const madeBy = async (asset: string, run: string) =>
    (await suite.dagster.api.materializations(asset)).filter(({ runId }) => runId === run)

  test('approved: materialised with its links, its evidence checked, and what is downstream follows', async () => {
    const { row, change } = await waiting('in_one_process', { tags: { 'dagster/user': 'ana@shop.example' } })
    expect(change).toMatchObject({ source: 'dagster', claimed_person: 'ana@shop.example', requester: { actor: 'pipeline' } })
    expect(await suite.status(row.run)).toBe('STARTED')
    await approved({ row, change })
    const [made] = await madeBy('governed', row.run)
    expect(made?.metadata).toMatchObject({
      'dagster-clyra/change_id': change.change_id,
      'dagster-clyra/outcome': 'enforced',
      'dagster-clyra/payload_digest': change.payload_digest,
      'dagster-clyra/bundle_id': (await suite.stack.story.ana.change(change.change_id)).bundle_id,
      'dagster-clyra/change_url': change.links.page,
      'dagster-clyra/run_url': change.links.temporal,
    })
    expect(await madeBy('downstream', row.run)).toHaveLength(1)
  }, 60_000)

  describeInBrowser('in a browser', () => {
    test('the asset page shows the links, and the check with what the verifier said', async () => {
      await expectAssetPage(suite)
    }, 60_000)
  })

  test('evidence that somebody edited: run again it attaches, the check fails, what is downstream is not materialised', async () => {
    const { row, change } = await waiting('in_one_process')
    await approved({ row, change })
    const { evidence } = await suite.stack.story.ana.change(change.change_id)
    const file = join(suite.stack.home, '.clyra/evidence', evidence as string)
    const honest = readFileSync(file)
    writeFileSync(
      file,
      honest.map((byte, index) => (index === honest.length >> 1 ? byte ^ 1 : byte)),
    )
    const again = await suite.dagster.api.reexecute(row.run, 'ALL_STEPS')
    expect(await suite.ended(again)).toBe('FAILURE')
    writeFileSync(file, honest)
    expect(await madeBy('governed', again)).toHaveLength(1)
    expect(await madeBy('downstream', again)).toHaveLength(0)
    await expectOne({ row, change }, 'enforced', 1)
  }, 60_000)

  test('denied, rejected and expired fail once, with the links, and nothing happens', async () => {
    known = await suite.changes()
    const rows = { denied: await suite.launch('in_one_process', { shape: 'denied' }), expired: await suite.launch('hasty_orders') }
    const rejected = await waitingBeside(rows.expired)
    expect(await suite.reject(rejected.change)).toBe(0)
    for (const [outcome, row] of Object.entries({ ...rows, rejected: rejected.row })) {
      expect([outcome, await suite.ended(row.run)]).toEqual([outcome, 'FAILURE'])
      const [failure, ...others] = await failedSteps(row.run)
      expect(others).toEqual([])
      expect(JSON.stringify(failure)).toMatch(`"dagster-clyra/outcome","text":"${outcome}"`)
      expect(JSON.stringify(failure)).toMatch('"label":"dagster-clyra/change_url","url":"http')
      expect((await suite.log(row.run)).includes('STEP_UP_FOR_RETRY')).toBe(false)
      expect(await suite.effect(row)).toBe(0)
    }
    expect(hastySeconds).toBeLessThan(10)
    expect((await suite.changes()).length - known.length).toBe(3)
    // The same request once more: a rejection stands, what expired may be asked for again.
    const again = await suite.dagster.api.reexecute(rejected.row.run, 'FROM_FAILURE')
    expect(await suite.ended(again)).toBe('FAILURE')
    expect((await suite.changes()).length - known.length).toBe(3)
  }, 90_000)

  async function waitingBeside(other: Row): Promise<Asked> {
    await suite.ended(other.run)
    const seen = await suite.changes()
    const row = await suite.launch('in_one_process')
    return { row, change: await suite.waiting(seen) }
  }

  test('a step that gives up waiting is retried, and attaches', async () => {
    const { row, change } = await waiting('in_one_process', { config: impatient })
    await until(async () => (await suite.log(row.run)).includes('STEP_RESTARTED'))
    await approved({ row, change })
  }, 60_000)

  test('a run that failed while its change waits: the re-execution from failure attaches to it', async () => {
    known = await suite.changes()
    const row = await suite.launch('one_try', { config: impatient })
    const change = await suite.waiting(known)
    expect(await suite.ended(row.run)).toBe('FAILURE')
    expect((await suite.stack.story.ana.change(change.change_id)).state).toBe('AWAITING_APPROVAL')
    expect(await suite.approve(change)).toBe(0)
    const again = await suite.dagster.api.reexecute(row.run, 'FROM_FAILURE')
    expect(await suite.ended(again)).toBe('SUCCESS')
    await expectOne({ row, change }, 'enforced', 1)
  }, 60_000)

  test('a run of many processes that is terminated while it waits cancels its change', async () => {
    const { row, change } = await waiting('in_many_processes')
    await suite.dagster.api.terminate(row.run)
    expect(await suite.ended(row.run)).toBe('CANCELED')
    await expectOne({ row, change }, 'cancelled', 0)
    expect(await suite.log(row.run)).toMatch(`its change ${change.change_id} ended cancelled`)
    expect(await suite.approve(change)).not.toBe(0)
    expect(await suite.effect(row)).toBe(0)
  }, 60_000)

  test('a run whose process is killed is tried again by the daemon, and attaches', async () => {
    const { row, change } = await waiting('in_one_process', { tags: { 'dagster/max_retries': '1' } })
    suite.killRun(row.run)
    await until(async () => (await suite.dagster.api.runs('in_one_process')).some(({ rootRunId }) => rootRunId === row.run))
    expect(await suite.status(row.run)).toBe('FAILURE')
    const [again] = await suite.dagster.api.runs('in_one_process')
    expect(again).toMatchObject({ rootRunId: row.run, parentRunId: row.run })
    await approved({ row, change }, again?.runId)
  }, 60_000)

  test('who launched the run may not approve it; a decision counts once', async () => {
    const { row, change } = await waiting('in_one_process', { tags: { 'dagster/user': 'ana@shop.example' } })
    expect(await suite.approve(change, 'ana')).not.toBe(0)
    expect((await suite.stack.story.ana.change(change.change_id)).state).toBe('AWAITING_APPROVAL')
    expect(await Promise.all([suite.approve(change), suite.approve(change)])).toContain(0)
    expect(await suite.ended(row.run)).toBe('SUCCESS')
    await expectOne({ row, change }, 'enforced', 1)
    expect((await suite.stack.story.ana.change(change.change_id)).approvers).toEqual(['ben@shop.example'])
  }, 60_000)

  test('a payload that is another at the re-execution is another change; the first one is not applied', async () => {
    known = await suite.changes()
    const row = await suite.launch('one_try', { config: impatient })
    const first = await suite.waiting(known)
    expect(await suite.ended(row.run)).toBe('FAILURE')
    suite.write(row.order, 'large', { by: 5 })
    const seen = await suite.changes()
    const again = await suite.dagster.api.reexecute(row.run, 'FROM_FAILURE')
    const second = await suite.waiting(seen)
    expect(second.change_id).not.toBe(first.change_id)
    expect(await suite.ended(again)).toBe('FAILURE')
    expect(await suite.approve(second)).toBe(0)
    expect(await suite.ended(await suite.dagster.api.reexecute(again, 'FROM_FAILURE'))).toBe('SUCCESS')
    expect(await suite.effect(row)).toBe(5)
    expect(await suite.stack.story.ana.change(first.change_id)).toMatchObject({ state: 'AWAITING_APPROVAL' })
    expect((await suite.changes()).length - known.length).toBe(2)
    await suite.stack.story.clyra('change', 'cancel', first.change_id)
  }, 90_000)

  test('the gateway is away at the start: nothing runs, the step is retried, and then asks', async () => {
    known = await suite.changes()
    const port = await freePort()
    const row = await suite.launch('in_one_process', { config: clyraWith({ base_url: `http://127.0.0.1:${port}` }) })
    await until(async () => (await suite.log(row.run)).includes('STEP_UP_FOR_RETRY'))
    expect(await suite.changes()).toHaveLength(known.length)
    const proxy = await startTcpProxy(Number(new URL(suite.stack.run.gateway).port), port)
    try {
      await approved({ row, change: await suite.waiting(known) })
    } finally {
      await proxy.stop()
    }
  }, 60_000)

  test('in review a run goes on while the gateway is away, and the next one delivers what it had to say, late', async () => {
    known = await suite.changes()
    const spool = join(suite.stack.home, 'spool')
    const away = clyraWith({ base_url: `http://127.0.0.1:${await freePort()}`, spool })
    const first = await suite.launch('in_review', { config: away })
    expect(await suite.ended(first.run)).toBe('SUCCESS')
    expect((await madeBy('imported', first.run))[0]?.metadata).toEqual({ 'dagster-clyra/outcome': 'spooled' })
    expect(await suite.changes()).toHaveLength(known.length)
    const second = await suite.launch('in_review', { config: clyraWith({ spool }) })
    expect(await suite.ended(second.run)).toBe('SUCCESS')
    const told = (await suite.changes()).slice(known.length).map(({ change_id }) => change_id)
    await until(async () => (await suite.changes()).every(({ change_id, state }) => !told.includes(change_id) || state === 'CLOSED'))
    const ends = (await suite.changes()).filter(({ change_id }) => told.includes(change_id))
    expect(ends.map(({ late, outcome }) => ({ late, outcome }))).toEqual([
      { late: true, outcome: 'observed' },
      { late: false, outcome: 'observed' },
    ])
  }, 60_000)

  test.each(['gateway', 'worker'])(
    'the %s of Clyra is killed while a run waits',
    async (part) => {
      const waits = await waiting('in_one_process')
      await killAndAwaitReturn(suite.stack, part)
      await approved(waits)
    },
    60_000,
  )

  test('a caller whose process dies when its work is committed: the run that follows does not do it again', async () => {
    const { row, change } = await waiting('by_ourselves', { tags: { 'shop/dies': '1', 'dagster/max_retries': '1' } })
    expect(await suite.approve(change)).toBe(0)
    await until(async () => (await suite.dagster.api.runs('by_ourselves')).some(({ rootRunId }) => rootRunId === row.run))
    const [again] = await suite.dagster.api.runs('by_ourselves')
    expect(await suite.ended(again?.runId ?? '')).toBe('SUCCESS')
    expect(await suite.log(again?.runId ?? '')).toMatch('it is not done again')
    await expectOne({ row, change }, 'enforced', 1)
  }, 60_000)

  test('a caller whose run is terminated at work: nothing was done, and the change says so', async () => {
    const { row, change } = await waiting('by_ourselves', { tags: { 'shop/slow': '1' } })
    expect(await suite.approve(change)).toBe(0)
    await until(async () => (await suite.log(row.run)).includes('at work'))
    await suite.dagster.api.terminate(row.run)
    expect(await suite.ended(row.run)).toBe('CANCELED')
    await expectOne({ row, change }, 'failed', 0)
    expect(await suite.log(row.run)).toMatch(`its change ${change.change_id} ended failed`)
  }, 60_000)

  test('two steps: no run while people decide, then one that does the work, also when the daemon dies', async () => {
    const { row, change } = await waiting('ask_prices', { file: 'prices' })
    expect(await suite.ended(row.run)).toBe('SUCCESS')
    expect(change).toMatchObject({ source: 'dagster:by-caller', executor: 'caller' })
    expect(await suite.dagster.api.runs('do_prices')).toEqual([])
    expect(await suite.underWay()).toEqual([])
    expect(await suite.approve(change)).toBe(0)
    await until(async () => (await suite.dagster.api.runs('do_prices')).length > 0)
    suite.dagster.parts.kill('daemon')
    suite.dagster.parts.start('daemon')
    const [launched] = await suite.dagster.api.runs('do_prices')
    await suite.ended(launched?.runId ?? '')
    expect(await failedSteps(launched?.runId ?? '')).toEqual([])
    await expectOne({ row, change }, 'enforced', 1)
    await suite.sensorTicks('prices_sensor', 2)
    expect(await suite.dagster.api.runs('do_prices')).toHaveLength(1)
    expect(await madeBy('prices', launched?.runId ?? '')).toHaveLength(1)
  }, 90_000)

  test('two steps where Clyra does the work: what follows fails natively when it is rejected', async () => {
    const { row, change } = await waiting('ask_orders')
    expect(await suite.reject(change)).toBe(0)
    await until(async () => (await suite.dagster.api.runs('do_orders')).length > 0)
    const [launched] = await suite.dagster.api.runs('do_orders')
    expect(await suite.ended(launched?.runId ?? '')).toBe('FAILURE')
    expect(JSON.stringify(await failedSteps(launched?.runId ?? ''))).toMatch('rejected')
    await expectOne({ row, change }, 'rejected', 0)
  }, 60_000)

  clyraRows({ suite: () => suite, waiting, approved, expectOne })

  test('every file of evidence is valid for both verifiers', () => {
    const files = filesBelow(join(suite.stack.home, '.clyra/evidence'))
    for (const file of files)
      for (const { name, verify } of verifiers()) expect([name, verify(file).verdict, verify(file).failed]).toEqual([name, 'valid', null])
    expect(files.length).toBeGreaterThan(10)
  }, 60_000)
})

// Each event of an orchestrator's life (who asks is the real Airflow, who answers the real stack): one change, never two, and its
// effect exactly once. The first rows run beside each other; then parts are killed, one after the other.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import type { ChangeView } from '../../core/generated/types.ts'
import {
  decide,
  endOf,
  runTask,
  sendDecision,
  startTestAirflow,
  type TaskRun,
  type TestAirflow,
  untilChange,
  untilSeen,
} from '../support/airflow.ts'
import { describeInBrowser, openPerson, startBrowser } from '../support/browser.ts'
import { killAndAwaitReturn } from '../support/kill.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let airflow: TestAirflow
let ranges = 0

/** 130 orders of one's own: more than policy lets through without a second person. */
function range(size = 130) {
  const first = 1 + 130 * ranges++
  return { first, last: first + size - 1 }
}

interface Asked extends TaskRun {
  first: number
  last: number
}

const ask = async (more: object = {}, { dag = 'clyra_governed_change', as = 'ana', size = 130 } = {}): Promise<Asked> => {
  const orders = range(size)
  const api = as === 'ben' ? airflow.ben : airflow.ana
  return { ...(await runTask(api, dag, 'add_fee', { ...orders, ...more })), ...orders }
}
const held = (more: object = {}) => ask(more, { dag: 'clyra_held_change' })

/** How often the fee of 250 was added: to all orders of the range, or to none. */
async function fees({ first, last }: Pick<Asked, 'first' | 'last'>): Promise<number> {
  const rows = await stack.story.warehouse<{ fees: number }>(
    'select distinct ((o.total_cents - b.total_cents) / 250)::int as fees from shop.orders o join public.before b using (order_id) where order_id between $1 and $2',
    [first, last],
  )
  expect(rows).toHaveLength(1)
  return rows[0]?.fees ?? -1
}

/** Every change a run asked for. */
const changesOf = async ({ id }: TaskRun): Promise<ChangeView[]> =>
  (await stack.story.ana.changes({})).filter(({ reason }) => reason.endsWith(id))

/** A transaction of the warehouse's owner that holds what this statement locks. */
async function locked(sql: string, values: unknown[] = []): Promise<{ release(): Promise<void> }> {
  const admin = new pg.Client({ connectionString: readFileSync(stack.key('warehouse-admin.url'), 'utf8').trim() })
  admin.on('error', () => undefined)
  await admin.connect()
  await admin.query('begin')
  await admin.query(sql, values)
  return { release: () => admin.end() }
}

const askedToCancel = (change: string): boolean =>
  readFileSync(join(stack.home, '.clyra/logs/gateway.log'), 'utf8')
    .split('\n')
    .some((line) => line.includes(change) && line.includes('"msg":"cancel"'))

async function expectOne(run: Asked, change: string, end: Partial<ChangeView>, times: number): Promise<ChangeView> {
  const view = await endOf(stack, change, end.attempt ?? 1)
  expect(view).toMatchObject(end)
  expect((await changesOf(run)).map(({ change_id }) => change_id)).toEqual([change])
  expect(await fees(run)).toBe(times)
  return view
}

const plays: [name: string, play: () => Promise<void>][] = []
const played = new Map<string, Promise<void>>()
const limit = 150_000

/** A row of the table that disturbs no other: it is played beside others, and its test says how it went. */
function row(name: string, play: () => Promise<void>): void {
  plays.push([name, play])
  test(name, () => played.get(name), limit)
}

function playAll(atOnce: number): void {
  const waiting = plays.map(([name, play]) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const done = promise.then(play)
    // Its test tells.
    done.catch(() => undefined)
    played.set(name, done)
    return { start: resolve, done }
  })
  const next = async (): Promise<void> => {
    const one = waiting.shift()
    if (one === undefined) return
    one.start()
    await one.done.catch(() => undefined)
    return next()
  }
  for (let i = 0; i < atOnce; i++) void next()
}

beforeAll(async () => {
  stack = await startTestStack()
  for (const person of ['ben', 'carl']) await enroll(stack, person)
  await stack.story.warehouse('create table public.before as select order_id, total_cents from shop.orders')
  await stack.story.warehouse('create table public.prices as select product_id, price_cents from shop.products')
  airflow = await startTestAirflow(stack)
  playAll(5)
}, 120_000)

afterAll(async () => {
  await airflow?.stop()
  await stack?.stop()
}, 60_000)

row(
  'approved: links and the claimed person while it waits, a small receipt when it is done, evidence that a verifier judges valid',
  async () => {
    const run = await ask()
    await run.reach('deferred')
    const id = await run.change()
    const view = await untilChange(stack, id, ({ state }) => state === 'AWAITING_APPROVAL')
    expect(view).toMatchObject({ source: 'airflow', requester: { actor: 'pipeline' }, claimed_person: 'ana@shop.example' })
    expect(await airflow.ana.links(run.dag, run.id, run.task)).toEqual({
      'Clyra change': view.links.page,
      'Clyra run': view.links.temporal,
    })
    const judged = await airflow.ana.trigger('clyra_evidence', { change_id: id, folder: stack.home })
    await untilSeen('the sensor waiting', async () => (await airflow.ana.task('clyra_evidence', judged, 'wait')).state === 'deferred')
    expect(await decide(stack, 'ben', id)).toBe('counted')
    await run.reach('success')
    const end = await expectOne(run, id, { outcome: 'enforced', affected_rows: 130 }, 1)
    const receipt = await airflow.ana.xcom<object>(run.dag, run.id, run.task)
    const { change_id, attempt, outcome, code, affected_rows, bundle_id, evidence } = end
    expect(receipt).toEqual({ change_id, attempt, outcome, code, affected_rows, bundle_id, evidence })
    expect(JSON.stringify(receipt).length).toBeLessThan(1024)
    await untilSeen('the end of the judging run', async () => /failed|success/.test(await airflow.ana.runState('clyra_evidence', judged)))
    expect(await airflow.ana.xcom('clyra_evidence', judged, 'verify')).toEqual({ change_id: id, verdict: 'valid', bundle_id })
  },
)

row('cleared after success: the same change, the same receipt, no second effect', async () => {
  const run = await ask({}, { size: 20 })
  await run.reach('success')
  const id = await run.change()
  const receipt = await airflow.ana.xcom(run.dag, run.id, run.task)
  await run.clear()
  await run.reach('success', 2)
  expect(await airflow.ana.xcom(run.dag, run.id, run.task)).toEqual(receipt)
  await expectOne(run, id, { outcome: 'enforced' }, 1)
})

row('rejected: no retry is burnt; cleared, it is rejected again at once', async () => {
  const run = await ask()
  const id = await run.change()
  await decide(stack, 'ben', id, 'reject')
  await run.reach('failed')
  await run.clear()
  await run.reach('failed', 2)
  await expectOne(run, id, { outcome: 'rejected' }, 0)
})

row('a task that holds its slot: approved', async () => {
  const run = await held()
  const id = await run.change()
  expect(await run.look()).toMatchObject({ state: 'running' })
  await decide(stack, 'ben', id)
  await run.reach('success')
  await expectOne(run, id, { outcome: 'enforced' }, 1)
})

row('rejected where a refusal skips: skipped', async () => {
  const run = await held()
  const id = await run.change()
  await decide(stack, 'ben', id, 'reject')
  await run.reach('skipped')
  await expectOne(run, id, { outcome: 'rejected' }, 0)
})

for (const state of ['failed', 'success'] as const)
  row(`marked ${state} while it waits in the triggerer: the change is cancelled`, async () => {
    const run = await ask()
    await run.wait()
    const id = await run.change()
    await untilChange(stack, id, (view) => view.state === 'AWAITING_APPROVAL')
    await run.mark(state)
    await expectOne(run, id, { outcome: 'cancelled' }, 0)
    expect(await run.look()).toMatchObject({ state, try_number: 1 })
  })

row('its run failed by a user while it waits: the change is cancelled', async () => {
  const run = await ask()
  await run.wait()
  const id = await run.change()
  await airflow.ana.endRun(run.dag, run.id, 'failed')
  await expectOne(run, id, { outcome: 'cancelled' }, 0)
})

row('marked failed while it holds its slot: the change is cancelled', async () => {
  const run = await held()
  const id = await run.change()
  await untilChange(stack, id, (view) => view.state === 'AWAITING_APPROVAL')
  await run.mark('failed')
  await expectOne(run, id, { outcome: 'cancelled' }, 0)
})

row('cleared while it waits: cancelled, and asked anew under the same id', async () => {
  const run = await ask()
  await run.wait()
  const id = await run.change()
  await untilChange(stack, id, (view) => view.state === 'AWAITING_APPROVAL')
  await run.clear()
  await untilChange(stack, id, (view) => view.attempt === 2 && view.state === 'AWAITING_APPROVAL')
  await run.reach('deferred', 2)
  await decide(stack, 'ben', id)
  await run.reach('success', 2)
  await expectOne(run, id, { outcome: 'enforced', attempt: 2 }, 1)
})

row('killed while it is being enforced: Clyra ends it, and the log says how', async () => {
  const run = await ask()
  await run.wait()
  const id = await run.change()
  const lock = await locked('select from shop.orders where order_id = $1 for update', [run.first])
  await decide(stack, 'ben', id)
  await untilChange(stack, id, ({ state }) => state === 'ENFORCING')
  await run.mark('failed')
  await untilSeen('the cancel at the gateway', async () => askedToCancel(id))
  await lock.release()
  await expectOne(run, id, { outcome: 'enforced' }, 1)
  await untilSeen('the truth in the log', async () =>
    (await airflow.ana.log(run.dag, run.id, run.task, 1)).includes(`the task was killed; change ${id} ended enforced`),
  )
})

row('its process killed -9 while it waits: the retry finds the same change', async () => {
  const run = await held()
  const id = await run.change()
  const { pid } = await run.look()
  await untilChange(stack, id, (view) => view.state === 'AWAITING_APPROVAL')
  process.kill(pid as number, 'SIGKILL')
  await run.reach('running', 2)
  await decide(stack, 'ben', id)
  await run.reach('success', 2)
  await expectOne(run, id, { outcome: 'enforced', attempt: 1 }, 1)
})

row('nobody decides in time: failed without a retry; cleared, it is asked anew', async () => {
  const run = await ask({ target: 'shop_hasty' })
  const id = await run.change()
  await run.reach('failed')
  expect(await endOf(stack, id)).toMatchObject({ outcome: 'expired' })
  await run.clear()
  await untilChange(stack, id, ({ attempt }) => attempt === 2)
  await run.reach('failed', 2)
  await expectOne(run, id, { outcome: 'expired', attempt: 2 }, 0)
})

row('approved by who triggered the run: refused and recorded, the gate stays open for another', async () => {
  const run = await ask({}, { as: 'ben' })
  const id = await run.change()
  expect(await decide(stack, 'ben', id)).toBe('CLYRA_APPROVAL_SELF')
  expect(await decide(stack, 'carl', id)).toBe('counted')
  await run.reach('success')
  await expectOne(run, id, { outcome: 'enforced', claimed_person: 'ben@shop.example' } as Partial<ChangeView>, 1)
})

row('decided twice, and against each other: the first counts, the effect is there once', async () => {
  const run = await ask({ target: 'shop_pair' })
  const id = await run.change()
  expect(await decide(stack, 'ben', id)).toBe('counted')
  expect(await sendDecision(stack, 'ben', id, 'reject')).toMatch(/DUPLICATE|duplicate/)
  expect(await sendDecision(stack, 'carl', id, 'approve')).toBe('counted')
  await run.reach('success')
  await expectOne(run, id, { outcome: 'enforced' }, 1)
})

row('denied by policy: failed at once, no retry', async () => {
  const run = await ask({ cents: 250, first: 1, last: 4000, target: 'shop_split' })
  const id = await run.change()
  await run.reach('failed')
  expect(await endOf(stack, id)).toMatchObject({ outcome: 'denied' })
  expect(await changesOf(run)).toHaveLength(1)
})

row('its payload changed while it waits: another change, the first is cancelled', async () => {
  const run = await ask({ target: 'shop_strict' })
  await run.wait()
  const first = await run.change()
  await airflow.ana.call('POST', '/variables', { key: 'shop_strict_last_order', value: String(run.last - 1) })
  await run.clear()
  await run.reach('deferred', 2)
  await run.wait()
  const second = await run.change()
  expect(second).not.toBe(first)
  expect(await endOf(stack, first)).toMatchObject({ outcome: 'cancelled' })
  await run.mark('failed')
  expect(await endOf(stack, second)).toMatchObject({ outcome: 'cancelled' })
  expect(await fees(run)).toBe(0)
})

interface Work extends TaskRun {
  products: [first: number, last: number]
}

/** A run whose task does its work itself: it raises the price of these products by one cent, and demands that there be `rows`. */
async function gate(first: number, last: number, more: object = {}): Promise<Work> {
  const run = await runTask(airflow.ana, 'clyra_gate', 'raise_prices', { first, last, rows: last - first + 1, ...more })
  return { ...run, products: [first, last] }
}

/** By how many cents the prices were raised, of all of the products alike. */
async function raised({ products }: Work): Promise<number> {
  const rows = await stack.story.warehouse<{ cents: number }>(
    'select distinct (p.price_cents - b.price_cents)::int as cents from shop.products p join public.prices b using (product_id) where product_id between $1 and $2',
    products,
  )
  expect(rows).toHaveLength(1)
  return rows[0]?.cents ?? -1
}

row('a function under a grant: it runs when the change is approved, and not before', async () => {
  const run = await gate(1, 110)
  await run.wait()
  const id = await run.change()
  expect(await raised(run)).toBe(0)
  await decide(stack, 'ben', id)
  await run.reach('success')
  expect(await airflow.ana.xcom(run.dag, run.id, run.task)).toBe(110)
  expect(await endOf(stack, id)).toMatchObject({ outcome: 'enforced', executor: 'caller' })
  expect(await raised(run)).toBe(1)
  expect(await changesOf(run)).toHaveLength(1)
})

row('a function that fails under its grant: nothing is applied, and the retry asks anew', async () => {
  const run = await gate(111, 112, { rows: 9 })
  await run.reach('failed', 2)
  const id = await run.change()
  expect(await endOf(stack, id, 2)).toMatchObject({ outcome: 'failed', code: 'CLYRA_GRANT_WITHDRAWN' })
  expect(await raised(run)).toBe(0)
  expect(await changesOf(run)).toHaveLength(1)
})

row('its process killed -9 in the middle of its work: the retry does it, once', async () => {
  const lock = await locked('select from shop.products where product_id = 113 for update')
  const run = await gate(113, 114)
  await untilSeen('the job at its work', async () => (await stack.story.warehouse(waitingJobs)).length > 0)
  const { pid } = await run.look()
  process.kill(pid as number, 'SIGKILL')
  await untilSeen('the end of its session', async () => (await stack.story.warehouse(waitingJobs)).length === 0)
  await lock.release()
  await run.reach('success', 2)
  const id = await run.change()
  expect(await endOf(stack, id)).toMatchObject({ outcome: 'enforced', attempt: 1 })
  expect(await raised(run)).toBe(1)
  expect(await changesOf(run)).toHaveLength(1)
})
const waitingJobs = `select from pg_stat_activity where usename = 'etl' and wait_event_type = 'Lock'`

row('a function on a target in review: held up by nobody', async () => {
  const run = await gate(115, 116, { target: 'shop_staging' })
  await run.reach('success')
  expect(await endOf(stack, await run.change())).toMatchObject({ outcome: 'observed', mode: 'review' })
  expect(await raised(run)).toBe(1)
})

describeInBrowser('the page of a task that waits', () => {
  test(
    'has a button to the run and one to the change, which lead there',
    async () => {
      const run = await ask()
      await run.wait()
      const browser = await startBrowser()
      const { page, close } = await openPerson(browser)
      try {
        await page.goto(`${airflow.url}/auth/login`)
        await page.getByLabel('Username').fill('ana@shop.example')
        await page.getByLabel('Password', { exact: true }).fill(airflow.password)
        await page.getByRole('button', { name: /sign in|log ?in/i }).click()
        await page.waitForURL((url) => !url.pathname.startsWith('/auth'))
        await page.goto(`${airflow.url}/dags/${run.dag}/runs/${encodeURIComponent(run.id)}/tasks/${run.task}/details`)
        const links = await airflow.ana.links(run.dag, run.id, run.task)
        for (const name of ['Clyra change', 'Clyra run']) {
          const link = page.getByRole('link', { name })
          await link.waitFor()
          expect(await link.getAttribute('href')).toBe(links[name])
        }
      } finally {
        if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT })
        await close()
        await browser.close()
      }
      await run.mark('failed')
      await expectOne(run, await run.change(), { outcome: 'cancelled' }, 0)
    },
    limit,
  )
})

describe('parts are killed while tasks wait', () => {
  let waiting: Asked[]
  const next = () => waiting.shift() as Asked

  async function goesOn(run: Asked, tryNumber = 1): Promise<void> {
    await run.reach('success', tryNumber)
    await expectOne(run, await run.change(), { outcome: 'enforced', attempt: 1 }, 1)
  }

  test(
    'eight wait where six slots are: none is held',
    async () => {
      await Promise.all([...played.values()].map((done) => done.catch(() => undefined)))
      waiting = await Promise.all(Array.from({ length: 8 }, () => ask()))
      await Promise.all(waiting.map((run) => run.wait()))
      expect(await airflow.ana.pool()).toMatchObject({ deferred_slots: 8, running_slots: 0, occupied_slots: 0 })
      await goesOn(await ask({}, { size: 20 }))
    },
    limit,
  )

  test(
    'the triggerer: what was decided meanwhile is read when it is back',
    async () => {
      const [one, two] = [next(), next()]
      airflow.kill('triggerer')
      await decide(stack, 'ben', await one.change())
      await decide(stack, 'ben', await two.change(), 'reject')
      await endOf(stack, await one.change())
      airflow.start('triggerer')
      await goesOn(one)
      await two.reach('failed')
      expect(await changesOf(two)).toHaveLength(1)
    },
    limit,
  )

  for (const part of ['worker', 'gateway'])
    test(
      `the ${part} of Clyra: callers have nothing to do`,
      async () => {
        const run = next()
        await killAndAwaitReturn(stack, part)
        await decide(stack, 'ben', await run.change())
        await goesOn(run)
      },
      limit,
    )

  test(
    'the line to Clyra: the task waits on, and learns what was decided',
    async () => {
      const run = next()
      airflow.line.cut()
      await decide(stack, 'ben', await run.change())
      await endOf(stack, await run.change())
      expect(await run.look()).toMatchObject({ state: 'deferred' })
      airflow.line.mend()
      await goesOn(run)
    },
    limit,
  )

  test(
    'the line to Clyra before a task asks: it fails closed, nothing runs, and the retry asks',
    async () => {
      airflow.line.cut()
      const [run, work] = await Promise.all([ask(), gate(117, 118)])
      await Promise.all([run.reach('up_for_retry'), work.reach('up_for_retry')])
      expect([...(await changesOf(run)), ...(await changesOf(work))]).toEqual([])
      expect([await fees(run), await raised(work)]).toEqual([0, 0])
      airflow.line.mend()
      await decide(stack, 'ben', await run.change())
      await Promise.all([run, work].map(async (one) => one.reach('success', (await one.look()).try_number)))
      await expectOne(run, await run.change(), { outcome: 'enforced', attempt: 1 }, 1)
      expect(await raised(work)).toBe(1)
      expect(await changesOf(work)).toHaveLength(1)
    },
    limit,
  )
})

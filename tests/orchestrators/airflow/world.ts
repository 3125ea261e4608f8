// What every row has at hand: the two systems, runs of its own orders and products, and the looks at what became of them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import pg from 'pg'
import type { ChangeView } from '../../../core/generated/types.ts'
import { endOf, runTask, type TaskRun, type TestAirflow } from '../../support/airflow.ts'
import type { TestStack } from '../../support/stack.ts'

/** Set before the first row is played. */
export const world = {} as { stack: TestStack; airflow: TestAirflow }

let ranges = 0

/** 130 orders of one's own: more than policy lets through without a second person. */
function range(size = 130) {
  const first = 1 + 130 * ranges++
  return { first, last: first + size - 1 }
}

/** Counts fees from here on, so that the orders may be used once more. Nothing must be under way. */
export async function startAnew(): Promise<void> {
  await world.stack.story.warehouse('drop table if exists public.before')
  await world.stack.story.warehouse('create table public.before as select order_id, total_cents from shop.orders')
  ranges = 0
}

export interface Asked extends TaskRun {
  first: number
  last: number
}

export const ask = async (more: object = {}, { dag = 'clyra_governed_change', as = 'ana', size = 130 } = {}): Promise<Asked> => {
  const orders = range(size)
  const api = as === 'ben' ? world.airflow.ben : world.airflow.ana
  return { ...(await runTask(api, dag, 'add_fee', { ...orders, ...more })), ...orders }
}
export const held = (more: object = {}) => ask(more, { dag: 'clyra_held_change' })

/** How often the fee of 250 was added: to all orders of the range, or to none. */
export async function fees({ first, last }: Pick<Asked, 'first' | 'last'>): Promise<number> {
  const rows = await world.stack.story.warehouse<{ fees: number }>(
    'select distinct ((o.total_cents - b.total_cents) / 250)::int as fees from shop.orders o join public.before b using (order_id) where order_id between $1 and $2',
    [first, last],
  )
  expect(rows).toHaveLength(1)
  return rows[0]?.fees ?? -1
}

/** Every change a run asked for. */
export const changesOf = async ({ id }: TaskRun): Promise<ChangeView[]> =>
  (await world.stack.story.ana.changes({})).filter(({ reason }) => reason.endsWith(id))

/** A transaction of the warehouse's owner that holds what this statement locks. */
export async function locked(sql: string, values: unknown[] = []): Promise<{ release(): Promise<void> }> {
  const admin = new pg.Client({ connectionString: readFileSync(world.stack.key('warehouse-admin.url'), 'utf8').trim() })
  admin.on('error', () => undefined)
  await admin.connect()
  await admin.query('begin')
  await admin.query(sql, values)
  return { release: () => admin.end() }
}

export const askedToCancel = (change: string): boolean =>
  readFileSync(join(world.stack.home, '.clyra/logs/gateway.log'), 'utf8')
    .split('\n')
    .some((line) => line.includes(change) && line.includes('"msg":"cancel"'))

export async function expectOne(run: Asked, change: string, end: Partial<ChangeView>, times: number): Promise<ChangeView> {
  const view = await endOf(world.stack, change, end.attempt ?? 1)
  expect(view).toMatchObject(end)
  expect((await changesOf(run)).map(({ change_id }) => change_id)).toEqual([change])
  expect(await fees(run)).toBe(times)
  return view
}

/** It succeeds, at this try of the task, and its change was enforced in one attempt. */
export async function applied(run: Asked, tryNumber = 1): Promise<void> {
  await run.reach('success', tryNumber)
  await expectOne(run, await run.change(), { outcome: 'enforced', attempt: 1 }, 1)
}

export interface Work extends TaskRun {
  products: [first: number, last: number]
}

/** A run whose task does its work itself: it raises the price of these products by one cent, and demands that there be `rows`. */
export async function gate(first: number, last: number, more: object = {}): Promise<Work> {
  const run = await runTask(world.airflow.ana, 'clyra_gate', 'raise_prices', { first, last, rows: last - first + 1, ...more })
  return { ...run, products: [first, last] }
}

/** By how many cents the prices were raised, of all of the products alike. */
export async function raised({ products }: Work): Promise<number> {
  const rows = await world.stack.story.warehouse<{ cents: number }>(
    'select distinct (p.price_cents - b.price_cents)::int as cents from shop.products p join public.prices b using (product_id) where product_id between $1 and $2',
    products,
  )
  expect(rows).toHaveLength(1)
  return rows[0]?.cents ?? -1
}
const plays: [name: string, play: () => Promise<void>][] = []
export const played = new Map<string, Promise<void>>()
export const limit = 150_000

/** A row of the table that disturbs no other: it is played beside others, and its test says how it went. */
export function row(name: string, play: () => Promise<void>): void {
  plays.push([name, play])
  test(name, () => played.get(name), limit)
}

export function playAll(atOnce: number): void {
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

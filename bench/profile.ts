// Where the milliseconds of an allowed change go, between which round trips. Taken on a counted stack: the lines cost a little themselves.
import type { Client } from '@temporalio/client'
import type { Timed } from '../tests/support/postgres-line.ts'
import type { TestStack } from '../tests/support/stack.ts'
import { momentsOf, type Segments } from './moments.ts'
import type { Side } from './side.ts'
import { median } from './stats.ts'

/** One part of a run: how long, and how much of it the databases answered in. Medians. */
export interface Part {
  segment: string
  ms: number
  store: { trips: number; ms: number }
  warehouse: { trips: number; ms: number }
}

/** Milliseconds of the warehouse's round trips, in the order of one change. */
export interface Step {
  text: string
  ms: number
}

export interface Profile {
  parts: Part[]
  steps: Step[]
}

const runs = 30

/** Profiles allowed changes, one after the other. The first ones are not looked at. */
export async function profile(stack: TestStack, client: Client, governed: Side): Promise<Profile> {
  if (stack.lines === null) throw new Error('expected a counted stack')
  const { store, warehouse } = stack.lines
  for (let n = 0; n < 5; n++) await governed.allow()
  const seen: { parts: Part[]; steps: Step[] }[] = []
  for (let n = 0; n < runs; n++) {
    store.take()
    warehouse.take()
    const ran = await governed.allow()
    const [ofStore, ofWarehouse] = [store.take().timed, warehouse.take().timed]
    const { segments } = await momentsOf(client, ran)
    seen.push({
      parts: partsOf(ran.requestedAt, segments, ofStore, ofWarehouse),
      steps: ofWarehouse.map(({ statement, text, ms }) => ({ text: text ?? statement, ms })),
    })
  }
  const typical = (of: (one: (typeof seen)[number]) => number | undefined) => median(seen.map((one) => of(one) ?? 0))
  const parts = seen[0]?.parts ?? []
  const sum = (name: 'store' | 'warehouse', index: number) => ({
    trips: typical((one) => one.parts[index]?.[name].trips),
    ms: typical((one) => one.parts[index]?.[name].ms),
  })
  return {
    parts: parts.map(({ segment }, index) => ({
      segment,
      ms: typical((one) => one.parts[index]?.ms),
      store: sum('store', index),
      warehouse: sum('warehouse', index),
    })),
    steps: (seen[0]?.steps ?? []).map(({ text }, index) => ({ text, ms: typical((one) => one.steps[index]?.ms) })),
  }
}

function partsOf(requestedAt: number, segments: Segments, store: Timed[], warehouse: Timed[]): Part[] {
  let from = requestedAt
  const entries = Object.entries(segments)
  return entries.map(([segment, ms], index) => {
    const to = index === entries.length - 1 ? Number.POSITIVE_INFINITY : from + ms
    const within = (trips: Timed[]) => {
      const mine = trips.filter(({ at }) => at >= from && at < to)
      return { trips: mine.length, ms: mine.reduce((total, one) => total + one.ms, 0) }
    }
    const part = { segment, ms, store: within(store), warehouse: within(warehouse) }
    from = to
    return part
  })
}

// Many changes that wait for an approval, and somebody who long-polls each of them, as the Python client does.
import { readFileSync } from 'node:fs'
import type { ChangeView, ReceiptsView } from '../../core/generated/types.ts'
import type { TestStack } from './stack.ts'

export interface Waiter {
  /** Long polls that were sent, the one under way among them. */
  polls: number
  /** The change once it has moved on, and when that was known; null of one who gave up before. */
  moved: Promise<{ view: ChangeView; at: number } | null>
}

const atOnce = 8

/** As many open gates. */
export async function openGates({ story }: TestStack, count: number): Promise<ChangeView[]> {
  const gate = (index: number) => {
    const statements = [`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > ${1000 + index}`]
    return story.ask({ kind: 'sql', target: 'shop', statements, reason: 'waits', source: 'waiters' }, 'verdict')
  }
  const views = await inTurns(Array.from({ length: count }, (_, index) => () => gate(index)))
  const other = views.find(({ state }) => state !== 'AWAITING_APPROVAL')
  if (other !== undefined) throw new Error(`expected every change to wait for an approval, found one in ${other.state}`)
  return views
}

/** Polls each change, `seconds` at a time, until it has moved on, or for `polls` polls. */
export function waitersOf(stack: TestStack, views: readonly ChangeView[], seconds: number, polls = Number.POSITIVE_INFINITY): Waiter[] {
  const authorization = `Bearer ${readFileSync(stack.key('ana.token'), 'utf8').trim()}`
  return views.map(({ change_id, version }) => {
    const poll = async (): Promise<ChangeView> => {
      const url = new URL(`/v1/changes/${change_id}?wait=${seconds}&since=${version}`, stack.run.gateway)
      const response = await fetch(url, { headers: { authorization } })
      if (!response.ok) throw new Error(`expected every poll to be answered, found ${response.status}`)
      return (await response.json()) as ChangeView
    }
    const follow = async (): Promise<{ view: ChangeView; at: number } | null> => {
      while (waiter.polls < polls) {
        waiter.polls += 1
        const view = await poll()
        if (view.version > version) return { view, at: Date.now() }
      }
      return null
    }
    const waiter: Waiter = { polls: 0, moved: Promise.resolve(null) }
    waiter.moved = follow()
    return waiter
  })
}

/** Withdraws every change; answers for each how many milliseconds after its next receipt its waiter knew. */
export async function cancelAll(
  { story, run, key }: TestStack,
  views: readonly ChangeView[],
  waiters: readonly Waiter[],
): Promise<number[]> {
  await inTurns(
    views.map(
      ({ change_id }) =>
        () =>
          story.ana.cancel(change_id, 'the bench is over'),
    ),
  )
  const authorization = `Bearer ${readFileSync(key('ana.token'), 'utf8').trim()}`
  const known = await Promise.all(waiters.map(({ moved }) => moved))
  const late = views.map(({ change_id, version }, index) => async () => {
    const response = await fetch(new URL(`/v1/changes/${change_id}/receipts`, run.gateway), { headers: { authorization } })
    const { lines } = (await response.json()) as ReceiptsView
    const { at } = JSON.parse(lines[version] ?? '{}') as { at: string }
    return (known[index]?.at ?? Number.NaN) - Date.parse(at)
  })
  const delays = await inTurns(late)
  await inTurns(views.map((view) => () => story.follow(view, 'end')))
  return delays
}

/** A few at a time, in order. */
async function inTurns<T>(calls: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const hand = async () => {
    for (let index = next++; index < calls.length; index = next++) results[index] = await (calls[index] as () => Promise<T>)()
  }
  await Promise.all(Array.from({ length: atOnce }, hand))
  return results
}

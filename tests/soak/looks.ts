// What must hold when all is over. Answers what does not, in one line each.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '@temporalio/client'
import { readTrust, verify } from '../../verifier/ts/index.ts'
import { filesBelow } from '../support/leaks.ts'
import type { TestStack } from '../support/stack.ts'
import type { Sample } from './harm.ts'
import { allowedEnds, type Done } from './work.ts'

/** Every change is closed in an end its flow allows, none of them is stuck, and Temporal runs nothing any more. */
export async function endFaults(stack: TestStack, client: Client, done: readonly Done[]): Promise<string[]> {
  const faults = done
    .filter(({ flow, view }) => view.state !== 'CLOSED' || !allowedEnds[flow].includes(view.outcome ?? ''))
    .map(({ flow, view }) => `${view.change_id}, ${flow}: ${view.state} ${view.outcome} ${view.code}`)
  const open = await stack.story.store(`select from clyra.changes where state <> 'CLOSED'`)
  if (open > 0) faults.push(`${open} changes of the registry are not closed`)
  const { count } = await client.workflow.count(`ExecutionStatus = 'Running'`)
  if (count > 0) faults.push(`${count} runs are still running`)
  return faults
}

/** Every order has grown by the changes of it that ended enforced, once each. */
export function effectFaults(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>, done: readonly Done[]): string[] {
  const expected = new Map(before)
  for (const { order, view } of done) if (view.outcome === 'enforced') expected.set(order, (expected.get(order) ?? Number.NaN) + 1)
  return [...expected]
    .filter(([order, total]) => after.get(order) !== total)
    .map(([order, total]) => `order ${order}: expected ${total}, found ${after.get(order)}`)
}

/** Every change has its file, and every file is valid for the TypeScript verifier. */
export function evidenceFaults({ home }: TestStack, done: readonly Done[]): string[] {
  const trust = readTrust(join(home, '.clyra/trust'))
  if (trust === null) return ['the trust folder cannot be read']
  const files = filesBelow(join(home, '.clyra/evidence'))
  const faults = files.flatMap((file) => {
    const { verdict } = verify(readFileSync(file), trust, new Date().toISOString())
    return verdict === 'valid' ? [] : [`${file}: ${verdict}`]
  })
  if (files.length !== done.length) faults.push(`expected ${done.length} files of evidence, found ${files.length}`)
  return faults
}

/** At most this much more at the end than in the beginning. */
const growth = 1.5

export interface Growth {
  part: string
  first: number
  last: number
}

/** The most a part took in the first two minutes and in the last two; half the time each where it was shorter. */
export function growthOf(samples: readonly Sample[], seconds: number): Growth[] {
  const window = Math.min(120, seconds / 2)
  const most = (part: string, from: number, to: number) =>
    Math.max(...samples.filter((sample) => sample.part === part && sample.seconds >= from && sample.seconds <= to).map(({ mib }) => mib))
  return ['worker', 'gateway'].map((part) => ({ part, first: most(part, 0, window), last: most(part, seconds - window, seconds) }))
}

export const memoryFaults = (grown: readonly Growth[]): string[] =>
  grown
    .filter(({ first, last }) => !(last <= first * growth))
    .map(({ part, first, last }) => `${part} grew from ${first.toFixed(0)} to ${last.toFixed(0)} MiB`)

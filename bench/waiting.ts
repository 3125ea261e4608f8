// What 200 changes that wait cost: `node bench/waiting.ts` takes about four minutes, prints the table and writes it into bench/results.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { pidsOf } from '../tests/support/kill.ts'
import { startTestStack, type TestStack } from '../tests/support/stack.ts'
import { cancelAll, openGates, waitersOf } from '../tests/support/waiters.ts'
import { percentile } from './stats.ts'

const changes = 200
const minutes = 2
const pollSeconds = 50
const goals = { requests: 3, wakeMs: 1000 }

interface Waited {
  /** A minute and waiting change. */
  requests: number
  /** At the store, a minute, by statement. */
  queries: Record<string, number>
  /** Of a waiting minute, in seconds; null where the system does not tell. */
  gatewayCpu: number | null
  workerCpu: number | null
  /** Milliseconds from a change's next receipt to the answer its waiter gets. */
  wakes: number[]
}

async function measure(stack: TestStack): Promise<Waited> {
  if (stack.lines === null) throw new Error('expected a counted stack')
  const { store } = stack.lines
  const views = await openGates(stack, changes)
  const [gateway = 0, worker = 0] = ['gateway', 'worker'].map((name) => pidsOf(stack)[name])
  store.take()
  const before = [cpuOf(gateway), cpuOf(worker)]
  const waiters = waitersOf(stack, views, pollSeconds)
  await pause(minutes * 60_000)
  const polls = waiters.reduce((sum, one) => sum + one.polls, 0)
  const { byStatement } = store.take()
  const [gatewayCpu, workerCpu] = [gateway, worker].map((pid, index) => perMinute(cpuOf(pid), before[index] ?? null))
  const wakes = await cancelAll(stack, views, waiters)
  return {
    requests: polls / minutes / changes,
    queries: Object.fromEntries(Object.entries(byStatement).map(([name, count]) => [name, count / minutes])),
    gatewayCpu: gatewayCpu ?? null,
    workerCpu: workerCpu ?? null,
    wakes,
  }
}

const perMinute = (now: number | null, then: number | null): number | null =>
  now === null || then === null ? null : (now - then) / minutes

// User and system time, in ticks of a hundredth (proc(5), fields 14 and 15; the name before them may hold spaces).
function cpuOf(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return null
  }
}

/** The table, goals beside the figures. */
function waitingTable({ requests, queries, gatewayCpu, workerCpu, wakes }: Waited): string {
  const total = Object.values(queries).reduce((sum, count) => sum + count, 0)
  const seconds = (cpu: number | null) => (cpu === null ? 'not told here' : `${cpu.toFixed(2)} s`)
  const met = (yes: boolean) => (yes ? 'met' : 'missed')
  const worst = Math.max(...wakes)
  const rows = [
    ['requests a minute for each waiting change', requests.toFixed(2), `≤ ${goals.requests}: ${met(requests <= goals.requests)}`],
    ['statements at the store a minute, all changes together', total.toFixed(0), ''],
    ...Object.entries(queries)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => [`– \`${name}\``, count.toFixed(0), '']),
    ['CPU of the gateway a minute', seconds(gatewayCpu), ''],
    ['CPU of the worker a minute', seconds(workerCpu), ''],
    ['receipt → its waiter knows, median', `${percentile(wakes, 0.5)} ms`, ''],
    ['receipt → its waiter knows, the last of all', `${worst} ms`, `≤ ${goals.wakeMs} ms: ${met(worst <= goals.wakeMs)}`],
  ]
  return [['figure', 'measured', 'goal'], ['---', '---', '---'], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The section of the page. */
export async function waitingSection(): Promise<string> {
  const stack = await startTestStack({ counted: true })
  try {
    const about = `${changes} changes wait for an approval for ${minutes} minutes, each with a caller who long-polls it (\`wait=${pollSeconds}\`); then all are withdrawn.`
    return `## Changes that wait\n\n${about}\n\n${waitingTable(await measure(stack))}`
  } finally {
    await stack.stop()
  }
}

if (import.meta.main) {
  const section = await waitingSection()
  const page = new URL('./results.md', import.meta.url)
  const text = readFileSync(page, 'utf8').replace(/\n*## Changes that wait\n[\s\S]*?(?=\n## |$)/, '')
  writeFileSync(page, `${text.trimEnd()}\n\n${section}\n`)
  console.log(section)
}

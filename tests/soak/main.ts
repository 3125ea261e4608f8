// `make soak`: the highest rate two cores hold, for ten minutes or SOAK_MINUTES, while parts are killed. Ends with exit code 1 when
// anything of what must hold does not.
import { setTimeout as pause } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { machine } from '../../bench/machine.ts'
import { percentile } from '../../bench/stats.ts'
import { findTemporal } from '../../runtime/parts/temporal.ts'
import { until } from '../support/kill.ts'
import { storeUrl } from '../support/locks.ts'
import { checkout, startTestStack, type TestStack } from '../support/stack.ts'
import { kills, memory, parts, randomFrom } from './harm.ts'
import { effectFaults, endFaults, evidenceFaults, type Growth, growthOf, memoryFaults } from './looks.ts'
import { changesOf, type Done, type Flow } from './work.ts'

const lanes = 8
const minutes = Number(process.env.SOAK_MINUTES ?? 10)
const seed = Number(process.env.SOAK_SEED ?? 1)
const say = (line: string) => console.error(line)

const flowOf = (random: number): Flow => (random < 0.5 ? 'allow' : random < 0.75 ? 'approve' : random < 0.85 ? 'deny' : 'caller')

// As many orders as no two changes under way ever share one.
async function totals({ story }: TestStack): Promise<Map<number, number>> {
  const rows = await story.warehouse<{ id: number; total: string }>(
    'select order_id as id, total_cents as total from shop.orders order by 1 limit 1000',
  )
  return new Map(rows.map(({ id, total }) => [id, Number(total)]))
}

/** Eight callers at once, each asking for the next change when his last has ended. */
async function soak(stack: TestStack, orders: readonly number[], seconds: number): Promise<Done[]> {
  const change = await changesOf(stack)
  const random = randomFrom(seed)
  const done: Done[] = []
  let next = 0
  const deadline = performance.now() + seconds * 1000
  const lane = async () => {
    while (performance.now() < deadline) done.push(await change(flowOf(random()), orders[next++ % orders.length] as number))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return done
}

function table(done: readonly Done[], seconds: number, killed: Record<string, number>, grown: readonly Growth[]): string {
  const ends = Object.groupBy(done, ({ flow, view }) => `${flow}: ${view.outcome}${view.code === null ? '' : ` (${view.code})`}`)
  const times = done.map(({ ms }) => ms)
  const rows: [string, string][] = [
    ['changes', `${done.length} in ${seconds.toFixed(0)} s, ${(done.length / seconds).toFixed(2)}/s at ${lanes}`],
    ...Object.entries(ends)
      .sort()
      .map(([end, those]): [string, string] => [end, String(those?.length)]),
    ['latency', `p50 ${percentile(times, 0.5).toFixed(0)} ms, p95 ${percentile(times, 0.95).toFixed(0)} ms`],
    ['kill -9', parts.map((part) => `${part} ${killed[part]}`).join(', ')],
    ...grown.map(({ part, first, last }): [string, string] => [
      `memory of the ${part}`,
      `at most ${first.toFixed(0)} MiB in the first window, ${last.toFixed(0)} MiB in the last (${(last / first).toFixed(2)}×)`,
    ]),
  ]
  return ['| figure | value |', '| --- | --- |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n')
}

const stack = await startTestStack()
const connection = await Connection.connect({ address: stack.run.temporal.address })
const client = new Client({ connection })
const stopping = new AbortController()
const harm = [kills(stack, randomFrom(seed), stopping.signal, say), memory(stack, stopping.signal)] as const
const began = performance.now()
let faults: string[] = []
try {
  const before = await totals(stack)
  const done = await soak(stack, [...before.keys()], minutes * 60)
  const seconds = (performance.now() - began) / 1000
  stopping.abort()
  const [killed, samples] = await Promise.all(harm)
  // Temporal's own list is written a moment after the run.
  const listed = until(async () => (await client.workflow.count(`ExecutionStatus = 'Running'`)).count === 0).catch(() => undefined)
  await Promise.race([listed, pause(60_000, undefined, { ref: false })])
  const grown = growthOf(samples, seconds)
  faults = [
    ...(await endFaults(stack, client, done)),
    ...effectFaults(before, await totals(stack), done),
    ...evidenceFaults(stack, done),
    ...memoryFaults(grown),
  ]
  console.log(`Measured on ${await machine(storeUrl(stack), findTemporal(checkout) as string)}; seed ${seed}.\n`)
  console.log(table(done, seconds, killed, grown))
} finally {
  stopping.abort()
  await Promise.allSettled(harm)
  await connection.close()
  await stack.stop()
}
for (const fault of faults) say(fault)
console.log(faults.length === 0 ? '\nEvery change ended right, its effect once, its evidence valid.' : `\n${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1

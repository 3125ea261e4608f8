// Latency one after the other and throughput at eight at once, both sides in turn, round after round.
import type { Client } from '@temporalio/client'
import { type Moments, momentsOf } from './moments.ts'
import type { Flow, Side } from './side.ts'

export interface Round {
  /** Milliseconds of each run at concurrency 1. */
  totals: number[]
  moments: Moments[]
  /** Runs a second at concurrency 8. */
  throughput: number
}

export type Name = 'governed' | 'noop'
export type Rounds = Record<Flow, Record<Name, Round[]>>

const flows: readonly Flow[] = ['allow', 'approve']
const sequential = 15
const parallel = { clients: 8, each: 4 }

/** Runs the rounds. Which side goes first changes from round to round. */
export async function runRounds(client: Client, sides: Record<Name, Side>, rounds: number, say: (line: string) => void): Promise<Rounds> {
  const found: Rounds = { allow: { governed: [], noop: [] }, approve: { governed: [], noop: [] } }
  await warmUp(sides)
  for (let round = 0; round < rounds; round++) {
    for (const flow of flows) {
      const order: readonly Name[] = round % 2 === 0 ? ['governed', 'noop'] : ['noop', 'governed']
      for (const name of order) found[flow][name].push(await oneRound(client, sides[name], flow))
    }
    say(`changes: round ${round + 1} of ${rounds}`)
  }
  return found
}

async function warmUp(sides: Record<Name, Side>): Promise<void> {
  for (const side of Object.values(sides))
    for (const flow of flows) await Promise.all(Array.from({ length: parallel.clients }, () => side[flow]()))
}

async function oneRound(client: Client, side: Side, flow: Flow): Promise<Round> {
  const runs = []
  for (let n = 0; n < sequential; n++) runs.push(await side[flow]())
  const moments = await Promise.all(runs.map((ran) => momentsOf(client, ran)))
  const began = performance.now()
  const work = async () => {
    for (let n = 0; n < parallel.each; n++) await side[flow]()
  }
  await Promise.all(Array.from({ length: parallel.clients }, work))
  const seconds = (performance.now() - began) / 1000
  return { totals: runs.map(({ total }) => total), moments, throughput: (parallel.clients * parallel.each) / seconds }
}

// What the look at the warehouse costs that each enforcement takes before and after: schema snapshot and anchor.
import pg from 'pg'
import { anchor } from '../plugins/postgres/anchor.ts'
import { openSession } from '../plugins/postgres/session.ts'
import { snapshot } from '../plugins/postgres/snapshot.ts'
import { postgresLine } from '../tests/support/postgres-line.ts'
import { median } from './stats.ts'

export interface Look {
  relations: number
  roundTrips: number
  /** Median milliseconds of a round: snapshot and anchor, and as many `select 1` as they took round trips. */
  rounds: { look: number; bare: number }[]
}

const looks = 30

/** Measures 1, 10 and 100 relations, over a line that counts. `adminUrl` makes the tables. */
export async function snapshotCosts(adminUrl: string, rounds: number): Promise<Look[]> {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  const line = await postgresLine(Number(new URL(adminUrl).port))
  const url = new URL(adminUrl)
  url.port = String(line.port)
  const session = await openSession({ connectionString: url.href }, 30_000)
  try {
    const names = Array.from({ length: 100 }, (_, n) => ({ schema: 'bench', name: `t${n}` }))
    await admin.query('create schema bench')
    for (const { name } of names)
      await admin.query(`create table bench.${name} (id int primary key, a text not null, b numeric, c timestamptz default now())`)
    const found: Look[] = []
    for (const relations of [1, 10, 100]) {
      const wanted = names.slice(0, relations)
      const look = async () => {
        await snapshot(session, wanted)
        await anchor(session, 'before')
      }
      await look()
      line.take()
      await look()
      const roundTrips = line.take().total
      const bare = async () => {
        for (let n = 0; n < roundTrips; n++) await session.query('select 1')
      }
      const figures = []
      for (let round = 0; round < rounds; round++) figures.push({ look: await typical(look), bare: await typical(bare) })
      found.push({ relations, roundTrips, rounds: figures })
    }
    return found
  } finally {
    await session.close()
    await admin.end()
    await line.stop()
  }
}

async function typical(once: () => Promise<void>): Promise<number> {
  const samples = []
  for (let n = 0; n < looks; n++) {
    const began = performance.now()
    await once()
    samples.push(performance.now() - began)
  }
  return median(samples)
}

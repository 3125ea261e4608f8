// Receipts appended per second, against bare inserts of the same bytes into a table on the same server.
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import { openLedger } from '../ledger/index.ts'
import type { Ledger } from '../ledger/types.ts'
import { keySigner } from '../runtime/keys.ts'
import { changeEntry, changeIdOf, newChange, requesterEntry } from '../tests/support/ledger-bodies.ts'

/** Callers at once, and the streams they append to. */
export const loads = [
  { streams: 1, callers: 1 },
  { streams: 1, callers: 64 },
  { streams: 8, callers: 64 },
  { streams: 64, callers: 64 },
] as const

export interface Rates {
  receipts: number
  inserts: number
}

const windowMs = 1500
// Of a receipt of a change, as stored.
const lineBytes = 600

/** For each load, the rates of each round. `url` is the service login, `adminUrl` may make the bare table. */
export async function receiptRates(url: string, adminUrl: string, rounds: number): Promise<Rates[][]> {
  const ledger = await openLedger({
    url,
    signer: keySigner(generateKeyPairSync('ed25519').privateKey),
    logName: 'bench.example',
    tenantKey: randomBytes(32),
  })
  // As many connections as the ledger has.
  const pool = new pg.Pool({ connectionString: adminUrl, max: 10 })
  try {
    await pool.query('create table if not exists public.bench_bare (id uuid primary key, line text not null)')
    const found: Rates[][] = loads.map(() => [])
    for (let round = 0; round < rounds; round++)
      for (const [index, { streams, callers }] of loads.entries()) {
        const append = await appender(ledger, `${round}${index}`, streams)
        const line = 'x'.repeat(lineBytes)
        const insert = () =>
          pool.query({ name: 'bare', text: 'insert into public.bench_bare values ($1, $2)', values: [randomUUID(), line] })
        const sides = { receipts: () => perSecond(callers, append), inserts: () => perSecond(callers, insert) }
        const receiptsFirst = round % 2 === 0
        const first = receiptsFirst ? await sides.receipts() : await sides.inserts()
        const second = receiptsFirst ? await sides.inserts() : await sides.receipts()
        found[index]?.push(receiptsFirst ? { receipts: first, inserts: second } : { receipts: second, inserts: first })
      }
    return found
  } finally {
    await pool.end()
    await ledger.close()
  }
}

// Each caller keeps to one stream; each stream is a registered change.
async function appender(ledger: Ledger, prefix: string, streams: number): Promise<(caller: number) => Promise<unknown>> {
  const ids = Array.from({ length: streams }, (_, n) => changeIdOf(Number(`1${prefix}${String(n).padStart(3, '0')}`)))
  for (const id of ids) {
    await ledger.changes.register(newChange(id, 'bench'))
    await ledger.log.append(`change/${id}`, [changeEntry(id)])
  }
  return (caller) => {
    const id = ids[caller % streams] as string
    return ledger.log.append(`change/${id}`, [requesterEntry(id, randomUUID())])
  }
}

async function perSecond(callers: number, once: (caller: number) => Promise<unknown>): Promise<number> {
  const began = performance.now()
  let count = 0
  const work = async (_: unknown, caller: number) => {
    while (performance.now() - began < windowMs) {
      await once(caller)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: callers }).map(work))
  return count / ((performance.now() - began) / 1000)
}

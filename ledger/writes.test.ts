import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import pg from 'pg'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import { cancelledEntries, changeIdOf, newChange, someActor } from '../tests/support/ledger-bodies.ts'
import type { Ledger, NewWrites } from './types.ts'

let store: TestLedger
let ledger: Ledger
let admin: pg.Client

beforeAll(async () => {
  store = await startTestLedger()
  ledger = store.ledger
  admin = new pg.Client({ connectionString: store.adminUrl })
  await admin.connect()
})

afterAll(async () => {
  await admin.end()
  await store.stop()
})

let last = 100
const noted = (part: Partial<NewWrites> = {}): NewWrites => ({
  change_id: changeIdOf(last++),
  attempt: 1,
  tenant: 'acme',
  target: 'shop',
  relations: [{ schema: 'shop', name: 'orders' }],
  estimated_rows: 10,
  requester: someActor,
  ...part,
})

describe('what changes write', () => {
  test('fifteen noted at once each see those before them, and none goes unseen', async () => {
    const all = await Promise.all(Array.from({ length: 15 }, () => ledger.writes.note(noted({ target: 'split' }))))
    const seen = all.map(({ history }) => history).sort((a, b) => Number(a.changes_24h) - Number(b.changes_24h))
    expect(seen).toEqual(
      Array.from({ length: 15 }, (_, before) => ({
        changes_24h: before,
        rows_24h: before * 10,
        requester_changes_24h: before,
        first_write: true,
      })),
    )
  })

  test('an attempt that is noted again counts once, for others and not for itself', async () => {
    const one = noted({ target: 'again' })
    await ledger.writes.note(one)
    expect((await ledger.writes.note(one)).history.changes_24h).toBe(0)
    expect((await ledger.writes.note(noted({ target: 'again' }))).history).toMatchObject({ changes_24h: 1, rows_24h: 10 })
  })

  test('a reset that found other relations counts once, by the larger estimate', async () => {
    const one = noted({ target: 'reset' })
    const relations = [...one.relations, { schema: 'shop', name: 'items' }]
    await ledger.writes.note(one)
    await ledger.writes.note({ ...one, relations: relations.slice(1), estimated_rows: 30 })
    expect((await ledger.writes.note(noted({ target: 'reset', relations }))).history).toMatchObject({ changes_24h: 1, rows_24h: 30 })
  })

  test('an outcome without effect takes its attempt out, and its next attempt counts anew', async () => {
    const id = changeIdOf(1)
    const history = async () => (await ledger.writes.note(noted({ change_id: changeIdOf(2), target: 'ends' }))).history.changes_24h
    await ledger.changes.register(newChange(id))
    await ledger.writes.note(noted({ change_id: id, target: 'ends' }))
    expect(await history()).toBe(1)
    await ledger.log.append(`change/${id}`, cancelledEntries(id))
    expect(await history()).toBe(0)
    await ledger.writes.note(noted({ change_id: id, attempt: 2, target: 'ends' }))
    expect(await history()).toBe(1)
  })

  test('is told with the time, in one round trip; what writes nothing has no history', async () => {
    const { now, history } = await ledger.writes.note(noted({ relations: [] }))
    expect(now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(history).toEqual({ changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: false })
  })

  test('comes to what a count by hand comes to', async () => {
    let tenants = 0
    await fc.assert(
      fc.asyncProperty(fc.array(other, { maxLength: 12 }), relations, person, async (others, names, by) => {
        const tenant = `t${tenants++}`
        for (const each of others) await stand(tenant, each)
        const asking = noted({ tenant, relations: of(names), requester: { actor: 'asking', person: by } })
        expect((await ledger.writes.note(asking)).history).toEqual(byHand(others, names, by))
      }),
      { seed: 20260101, numRuns: 150 },
    )
  }, 60_000)
})

interface Other {
  target: string
  names: string[]
  rows: number | null
  person: string | null
  outcome: string | null
  hours: number
}

const relations = fc.uniqueArray(fc.constantFrom('orders', 'items', 'customers'), { minLength: 1, maxLength: 2 })
const person = fc.constantFrom('ana', 'ben', null)
const outcomes = ['enforced', 'observed', 'ambiguous', 'denied', 'rejected', 'expired', 'cancelled', 'failed'] as const
const other: fc.Arbitrary<Other> = fc.record({
  target: fc.constantFrom('shop', 'shop', 'shop', 'elsewhere'),
  names: relations,
  rows: fc.option(fc.constantFrom(0, 7, 100, Number.MAX_SAFE_INTEGER), { freq: 8 }),
  person,
  outcome: fc.constantFrom(null, 'enforced', ...outcomes),
  hours: fc.constantFrom(0, 23, 25, 900),
})
const of = (names: readonly string[]) => names.map((name) => ({ schema: 'shop', name }))

async function stand(tenant: string, { target, names, rows, person, outcome, hours }: Other): Promise<void> {
  const writes = noted({ tenant, target, relations: of(names), estimated_rows: rows, requester: { actor: `of ${person}`, person } })
  await ledger.writes.note(writes)
  const end = `update clyra.writes set outcome = $2, ended_at = clock_timestamp() - $3 * interval '1 hour' where change_id = $1`
  if (outcome !== null) await admin.query(end, [writes.change_id, outcome, hours])
}

function byHand(others: readonly Other[], names: readonly string[], by: string | null) {
  const same = others.filter((each) => each.target === 'shop' && each.names.some((name) => names.includes(name)))
  const counted = same.filter(
    ({ outcome, hours }) => outcome === null || (['enforced', 'observed', 'ambiguous'].includes(outcome) && hours < 24),
  )
  const sum = counted.reduce((rows, each) => rows + BigInt(each.rows ?? 0), 0n)
  const written = others.filter(({ target, outcome }) => target === 'shop' && outcome === 'enforced').flatMap((each) => each.names)
  return {
    changes_24h: counted.length,
    rows_24h: counted.some(({ rows }) => rows === null) ? null : Math.min(Number(sum), Number.MAX_SAFE_INTEGER),
    requester_changes_24h: by === null ? 0 : counted.filter((each) => each.person === by).length,
    first_write: names.some((name) => !written.includes(name)),
  }
}

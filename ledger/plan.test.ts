import { describe, expect, test } from '@jest/globals'
import { ClyraError } from '../core/errors.ts'
import { cancelledEntries, changeEntry, changeIdOf, modeEntry, requesterEntry } from '../tests/support/ledger-bodies.ts'
import { type Head, type Plan, plan } from './plan.ts'
import { receiptJudge } from './schemas.ts'
import type { Entry, Stored } from './types.ts'

const judge = receiptJudge()
const id = changeIdOf(1)
const tenant = { stream: 'ledger/acme', origin: 'log/ledger/acme' }
const change = { stream: `change/${id}`, origin: `log/change/${id}` }
const empty: Head = { now: '2026-01-01T00:00:00.000Z', size: 0, last: null, edge: [], known: new Map(), change: null }
const registered: Head = { ...empty, change: { attempt: 1, state: null, outcome: null, code: null } }

const storedBy = ({ results }: Plan, index = 0): Stored[] => {
  const result = results[index]
  if (!result || 'error' in result) throw result?.error ?? new Error('no such caller')
  return result.stored
}

function refusal(head: Head, place: typeof tenant, entries: Entry[]): ClyraError {
  const { results, fresh } = plan(head, place, judge, [entries])
  expect(fresh).toEqual([])
  const [result] = results
  if (!result || 'stored' in result || !(result.error instanceof ClyraError)) throw new Error('expected a refusal')
  expect(result.error.code).toBe('CLYRA_LEDGER_INVALID_BODY')
  return result.error
}

describe('what an append writes', () => {
  test('the first receipt names the genesis digest, each next one the leaf before it', () => {
    const [first, second] = storedBy(plan(empty, tenant, judge, [[modeEntry('a'), modeEntry('b')]]))
    // SHA-256 of "clyra.genesis/0\nlog/ledger/acme\n", made with sha256sum.
    expect(first?.receipt.prev).toBe('sha256:9e531a11230fb0da229e7ffedafac60ef1b699d8926cb735ac9f00e2f96d87e8')
    expect(second?.receipt.prev).toBe(first?.leaf)
    expect([first?.receipt.seq, second?.receipt.seq]).toEqual([0, 1])
  })

  test('time never runs backwards, even if the clock does', () => {
    const last = storedBy(plan({ ...empty, now: '2026-06-01T00:00:00.000Z' }, tenant, judge, [[modeEntry('a')]])).at(-1) as Stored
    const later = { ...empty, size: 1, last, edge: [Buffer.alloc(32)] }
    expect(storedBy(plan({ ...later, now: '2026-05-31T00:00:00.000Z' }, tenant, judge, [[modeEntry('b')]]))[0]?.receipt.at).toBe(
      '2026-06-01T00:00:00.000Z',
    )
  })

  test('a known key answers with what was stored and computes nothing', () => {
    const [stored] = storedBy(plan(empty, tenant, judge, [[modeEntry('a')]])) as [Stored]
    const body = () => {
      throw new Error('a known fact is not taken again')
    }
    const again = plan({ ...empty, size: 1, last: stored, known: new Map([['a', stored]]) }, tenant, judge, [[{ ...modeEntry('a'), body }]])
    expect(storedBy(again)).toEqual([stored])
    expect(again.fresh).toEqual([])
  })

  test('a body computed from a stream that has grown since is refused, and the caller may try again', () => {
    const before = { ...modeEntry('b'), after: 1 }
    const [one] = storedBy(plan(empty, tenant, judge, [[modeEntry('a')]])) as [Stored]
    const head = { ...empty, size: 1, last: one, edge: [Buffer.alloc(32)] }
    expect(storedBy(plan(head, tenant, judge, [[before]]))).toHaveLength(1)
    const { results, fresh } = plan(head, tenant, judge, [[modeEntry('somebody else')], [before]])
    expect(fresh.map(({ key }) => key)).toEqual([modeEntry('somebody else').key])
    expect(results[1]).toMatchObject({ error: { code: 'CLYRA_LEDGER_CONTENTION' } })
  })

  test('the same key twice in one batch is one receipt, also for two callers', () => {
    const planned = plan(empty, tenant, judge, [[modeEntry('a', 'one'), modeEntry('a', 'two')], [modeEntry('a', 'three')]])
    expect(planned.fresh).toHaveLength(1)
    expect(storedBy(planned, 1)).toEqual(storedBy(planned).slice(0, 1))
    expect(storedBy(planned, 1)[0]?.receipt.body.reason).toBe('one')
  })

  test('a body may be computed from the receipts before it in its own append', () => {
    const naming = {
      ...modeEntry('b'),
      body: (batch: readonly Stored[]) => ({ target: 'shop', mode: 'gate', policy_id: null, reason: batch.map(({ leaf }) => leaf).join() }),
    }
    const planned = plan(empty, tenant, judge, [[modeEntry('x')], [modeEntry('a'), naming]])
    const [a, b] = storedBy(planned, 1)
    expect(b?.receipt.body.reason).toBe(a?.leaf)
  })

  test("one caller's fault voids his receipts alone, and leaves no gap", () => {
    const bad = { ...modeEntry('b'), body: { target: 'shop' } }
    const planned = plan(empty, tenant, judge, [[modeEntry('a')], [modeEntry('gone'), bad], [modeEntry('c')]])
    expect(planned.fresh.map(({ key, stored }) => [key, stored.receipt.seq])).toEqual([
      ['a', 0],
      ['c', 1],
    ])
    expect(planned.results[1]).toMatchObject({ error: { code: 'CLYRA_LEDGER_INVALID_BODY' } })
    expect(planned.fresh[1]?.stored.receipt.prev).toBe(planned.fresh[0]?.stored.leaf)
  })
})

describe('what is refused before it is written', () => {
  test('a body that does not fit: every place is named, no value is', () => {
    const body = { target: 'shop', mode: 'SECRET-1', policy_id: 7, extra: 'SECRET-2' }
    const error = refusal(empty, tenant, [{ ...modeEntry('a'), body }])
    expect(error.faults.map(({ pointer }) => pointer).sort()).toEqual(['/body', '/body', '/body/mode', '/body/policy_id'])
    expect(JSON.stringify([error.message, error.faults])).not.toMatch(/SECRET/)
  })

  test('an actor that does not fit, an unknown kind, a kind of another stream', () => {
    expect(refusal(empty, tenant, [{ ...modeEntry('a'), actor: { actor: '', person: null } }]).faults[0]?.pointer).toBe('/actor/actor')
    expect(refusal(empty, tenant, [{ ...modeEntry('a'), kind: 'rumour' }]).faults[0]?.pointer).toBe('/kind')
    expect(refusal(empty, tenant, [changeEntry(id)]).faults[0]?.pointer).toBe('/kind')
    expect(refusal(registered, change, [modeEntry('a')]).faults[0]?.pointer).toBe('/kind')
  })

  test('text that canonical JSON cannot carry, and a line above 65,535 bytes', () => {
    expect(refusal(empty, tenant, [modeEntry('a', '\ud800')]).faults[0]?.detail).toMatch(/surrogate/)
    const [opening, outcome] = cancelledEntries(id) as [Entry, Entry]
    const rows = (count: number): Entry => ({ ...outcome, body: { ...outcome.body, rows_by_statement: new Array<number>(count).fill(1) } })
    expect('stored' in (plan(registered, change, judge, [[opening, rows(32_000)]]).results[0] ?? {})).toBe(true)
    expect(refusal(registered, change, [opening, rows(33_000)]).message).toMatch(/65535 bytes/)
  })

  test('a change nobody registered, another change, another attempt, an illegal move', () => {
    expect(refusal(empty, change, [changeEntry(id)]).faults[0]?.pointer).toBe('/stream')
    expect(refusal(registered, change, [changeEntry(changeIdOf(2))]).faults[0]?.pointer).toBe('/body/change_id')
    expect(refusal(registered, change, [changeEntry(id, 2)]).faults[0]?.pointer).toBe('/body/attempt')
    expect(refusal(registered, change, [requesterEntry(id, 'r')]).faults[0]?.pointer).toBe('/kind')
    expect(refusal(registered, change, cancelledEntries(id).slice(0, 1).concat(cancelledEntries(id).slice(2, 3))).faults[0]?.pointer).toBe(
      '/kind',
    )
  })

  test('a change receipt where the registry has not opened the next attempt', () => {
    const closed: Head = { ...registered, change: { attempt: 1, state: 'CLOSED', outcome: 'denied', code: null } }
    expect(refusal(closed, change, [changeEntry(id)]).faults[0]?.pointer).toBe('/kind')
  })
})

test('the registry row follows the receipts: state, outcome and code', () => {
  const { change: row, results } = plan(registered, change, judge, [cancelledEntries(id)])
  expect(results[0]).toHaveProperty('stored')
  expect(row).toEqual({ attempt: 1, state: 'CLOSED', outcome: 'cancelled', code: 'CLYRA_CANCELLED' })
})

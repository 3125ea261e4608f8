import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import pg from 'pg'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import { cancelledEntries, changeEntry, changeIdOf, newChange, requesterEntry, verdictEntry } from '../tests/support/ledger-bodies.ts'
import { startTcpProxy, type TcpProxy } from '../tests/support/tcp-proxy.ts'
import { openLedger } from './index.ts'
import type { Ledger } from './types.ts'

let store: TestLedger
let ledger: Ledger
let proxy: TcpProxy
let proxied: Ledger
let admin: pg.Client

beforeAll(async () => {
  store = await startTestLedger()
  admin = new pg.Client({ connectionString: store.adminUrl })
  await admin.connect()
  ledger = store.ledger
  const url = new URL(store.options.url)
  proxy = await startTcpProxy(Number(url.port))
  url.port = String(proxy.port)
  proxied = await openLedger({ ...store.options, url: url.href })
})

afterAll(async () => {
  await admin.end()
  await proxied.close()
  await proxy.stop()
  await store.stop()
})

async function opened(number: number): Promise<string> {
  const id = changeIdOf(number)
  await ledger.changes.register(newChange(id))
  await ledger.log.append(`change/${id}`, [changeEntry(id)])
  return id
}

/** Starts `count` calls that all look at the row before any of them may change it. */
async function allBlocked<T>(id: string, count: number, call: () => Promise<T>): Promise<T[]> {
  await admin.query('begin')
  await admin.query('select from clyra.changes where change_id = $1 for update', [id])
  const calls = Array.from({ length: count }, call)
  const waiting = `select 1 from pg_stat_activity where usename = 'clyra_service' and wait_event_type = 'Lock'`
  while ((await admin.query(waiting)).rowCount !== count) await setImmediate()
  await admin.query('rollback')
  return Promise.all(calls)
}

describe('the registry', () => {
  test('of fifty equal requests at once one creates the change; all see the same row', async () => {
    const id = changeIdOf(1)
    const all = await Promise.all(Array.from({ length: 50 }, () => ledger.changes.register(newChange(id))))
    expect(all.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(all.map(({ row }) => JSON.stringify(row))).size).toBe(1)
    expect(all[0]?.row).toMatchObject({ ...newChange(id), attempt: 1, state: 'OPEN', outcome: null, code: null, version: 0 })
    expect(all[0]?.row.submitted_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(await ledger.changes.get('acme', id)).toEqual(all[0]?.row)
  })

  test('a registration is one round trip', async () => {
    await proxied.changes.register(newChange(changeIdOf(2)))
    proxy.takeRoundTrips()
    await proxied.changes.register(newChange(changeIdOf(2)))
    await proxied.changes.register(newChange(changeIdOf(3)))
    expect(proxy.takeRoundTrips()).toBe(2)
  })

  test('what was sealed is read in one round trip, however many it is', async () => {
    for (const number of [60, 61]) {
      const id = await opened(number)
      const seal = {
        change_id: id,
        attempt: 1,
        bundle_id: newChange(id).payload_digest,
        start: 0,
        end: 1,
        root: newChange(id).payload_digest,
      }
      const body = { ...seal, outcome: 'cancelled' }
      await ledger.log.append('ledger/acme', [{ key: `bundle:${id}`, kind: 'bundle_sealed', actor: newChange(id).requester, body }])
    }
    await proxied.changes.sealedSince('acme', 0, 10)
    proxy.takeRoundTrips()
    const { rows, next } = await proxied.changes.sealedSince('acme', 0, 10)
    expect(proxy.takeRoundTrips()).toBe(1)
    expect(rows).toEqual([await ledger.changes.get('acme', changeIdOf(60)), await ledger.changes.get('acme', changeIdOf(61))])
    expect(await ledger.changes.sealedSince('acme', next, 10)).toEqual({ rows: [], next })
  })

  test('is closed to other tenants', async () => {
    const id = await opened(4)
    expect(await ledger.changes.get('other', id)).toBeNull()
    expect(await ledger.changes.list('other', {})).toEqual([])
    await expect(ledger.changes.register(newChange(id, 'other'))).rejects.toMatchObject({ code: 'CLYRA_LEDGER_CONFLICT' })
  })

  test('a cancelled change opens its next attempt once it is closed, not before, and the stream goes on', async () => {
    const id = changeIdOf(5)
    await ledger.changes.register(newChange(id))
    const entries = cancelledEntries(id)
    await ledger.log.append(`change/${id}`, entries.slice(0, 4))
    expect(await ledger.changes.register(newChange(id))).toMatchObject({ created: false, row: { attempt: 1, state: 'ATTESTED' } })
    await ledger.log.append(`change/${id}`, entries)
    await ledger.changes.sealed(id, 1, 'sha256:b', 'one.zip')
    expect(await ledger.changes.get('acme', id)).toMatchObject({ state: 'CLOSED', bundle_id: 'sha256:b', evidence_file: 'one.zip' })
    const asked = { ...newChange(id), mode: 'review' as const, requester: { actor: 'cli:bob', person: 'bob' }, reason: 'again' }
    const next = await allBlocked(id, 5, () => ledger.changes.register(asked))
    expect(next.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(next.map(({ row }) => JSON.stringify(row))).size).toBe(1)
    expect(next[0]?.row).toMatchObject({
      ...asked,
      attempt: 2,
      state: 'OPEN',
      outcome: null,
      code: null,
      bundle_id: null,
      evidence_file: null,
      version: 5,
    })
    await ledger.changes.sealed(id, 1, 'sha256:late', 'late.zip')
    await ledger.log.append(`change/${id}`, [changeEntry(id, 2)])
    expect(await ledger.changes.get('acme', id)).toMatchObject({ attempt: 2, state: 'OPEN', version: 6, bundle_id: null })
  })

  test('a change that is still open stays as it is', async () => {
    const id = changeIdOf(6)
    await ledger.changes.register(newChange(id))
    await ledger.log.append(`change/${id}`, cancelledEntries(id).slice(0, 1))
    expect(await ledger.changes.register(newChange(id))).toMatchObject({ created: false, row: { attempt: 1 } })
  })

  test('lists by seq, in pages, by state', async () => {
    for (const number of [20, 21, 22]) await ledger.changes.register(newChange(changeIdOf(number), 'pages'))
    const all = await ledger.changes.list('pages', {})
    expect(all.map(({ change_id }) => change_id)).toEqual([20, 21, 22].map(changeIdOf))
    expect(await ledger.changes.list('pages', { limit: 1 })).toEqual(all.slice(0, 1))
    expect(await ledger.changes.list('pages', { after: all[0]?.seq ?? 0 })).toEqual(all.slice(1))
    expect(await ledger.changes.list('pages', { state: 'OPEN' })).toEqual(all)
    expect(await ledger.changes.list('pages', { state: 'CLOSED' })).toEqual([])
  })

  test('tells of what awaits approval, with who asked and who decided in this attempt, in one round trip', async () => {
    const [again, first, open] = [70, 71, 72].map(changeIdOf) as [string, string, string]
    for (const id of [again, first, open]) await ledger.changes.register(newChange(id, 'gates'))
    await ledger.log.append(`change/${again}`, [changeEntry(again), ...cancelledEntries(again).slice(1)])
    await ledger.changes.register(newChange(again, 'gates'))
    const asked = [changeEntry(again, 2), requesterEntry(again, 'ann'), verdictEntry(again, 2)]
    const receipts = await ledger.log.append(`change/${again}`, asked)
    await ledger.log.append(`change/${first}`, [changeEntry(first), verdictEntry(first)])
    await ledger.log.append(`change/${open}`, [changeEntry(open)])

    await proxied.changes.awaitingApproval('gates', 0, 1)
    proxy.takeRoundTrips()
    const found = await proxied.changes.awaitingApproval('gates', 0, 100)
    expect(proxy.takeRoundTrips()).toBe(1)
    expect(found.map(({ row }) => row)).toEqual([await ledger.changes.get('gates', again), await ledger.changes.get('gates', first)])
    expect(found[0]).toMatchObject({ row: { attempt: 2, state: 'AWAITING_APPROVAL' }, receipts })
    expect(found[0]?.receipts).toHaveLength(3)
    expect(found[1]?.receipts).toEqual(await ledger.log.read(`change/${first}`))
    expect(await ledger.changes.awaitingApproval('gates', 0, 1)).toEqual(found.slice(0, 1))
    expect(await ledger.changes.awaitingApproval('gates', found[0]?.row.seq ?? 0, 1)).toEqual(found.slice(1))
    expect(await ledger.changes.awaitingApproval('nobody', 0, 100)).toEqual([])
  })
})

describe('waiting', () => {
  const longMs = 30_000

  test('wakes when a receipt arrives, asking the store nothing meanwhile', async () => {
    const id = await opened(30)
    const query = jest.spyOn(pg.Client.prototype, 'query') as unknown as jest.Mock<(statement: { name?: string }) => unknown>
    const asked = () => query.mock.calls.map(([statement]) => statement.name)
    const waits = Array.from({ length: 20 }, () => ledger.changes.wait(id, 1, longMs))
    while (asked().filter((name) => name === 'change_versions').length < waits.length) await setImmediate()
    query.mockClear()
    await ledger.log.append(`change/${id}`, [requesterEntry(id, 'r')])
    await Promise.all(waits)
    expect(asked()).toEqual(['read_head', 'move_head'])
    query.mockRestore()
  })

  test('a version that is there already, a past limit and an abort each end it', async () => {
    const id = await opened(31)
    await ledger.changes.wait(id, 0, longMs)
    await ledger.changes.wait(id, 1, 1)
    const abort = new AbortController()
    const waiting = ledger.changes.wait(id, 1, longMs, abort.signal)
    abort.abort()
    await waiting
    await ledger.changes.wait(id, 1, longMs, abort.signal)
  })

  test('another change does not wake it', async () => {
    const [mine, other] = [await opened(32), await opened(33)]
    const abort = new AbortController()
    let woken = false
    const waiting = ledger.changes.wait(mine, 1, longMs, abort.signal).then(() => {
      woken = true
    })
    const noticed = ledger.changes.wait(other, 1, longMs)
    await ledger.log.append(`change/${other}`, [requesterEntry(other, 'r')])
    await noticed
    expect(woken).toBe(false)
    abort.abort()
    await waiting
  })

  test('a lost connection comes back, and what happened meanwhile is noticed', async () => {
    const id = await opened(34)
    for (const version of [1, 2, 3]) {
      const waiting = ledger.changes.wait(id, version, longMs)
      await ledger.changes.wait(id, version - 1, longMs)
      const { rowCount } = await admin.query(
        `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'clyra listen'`,
      )
      expect(rowCount).toBeGreaterThan(0)
      const started = performance.now()
      await ledger.log.append(`change/${id}`, [requesterEntry(id, `while away ${version}`)])
      await waiting
      expect(performance.now() - started).toBeLessThan(longMs / 2)
    }
  })

  test('closing the ledger lets everybody go', async () => {
    const id = await opened(35)
    const second = await openLedger(store.options)
    const waiting = second.changes.wait(id, 1, longMs)
    await second.changes.wait(id, 0, longMs)
    await second.close()
    await waiting
  })
})

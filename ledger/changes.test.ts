import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import { cancelledEntries, changeEntry, changeIdOf, newChange, requesterEntry } from '../tests/support/ledger-bodies.ts'
import { startTcpProxy, type TcpProxy } from '../tests/support/tcp-proxy.ts'
import { openLedger } from './index.ts'
import type { Ledger } from './types.ts'

let store: TestLedger
let ledger: Ledger
let proxy: TcpProxy
let proxied: Ledger

beforeAll(async () => {
  store = await startTestLedger()
  ledger = store.ledger
  const url = new URL(store.options.url)
  proxy = await startTcpProxy(Number(url.port))
  url.port = String(proxy.port)
  proxied = await openLedger({ ...store.options, url: url.href })
})

afterAll(async () => {
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
    const next = await Promise.all([1, 2, 3].map(() => ledger.changes.register(asked)))
    expect(next.map(({ created }) => created).sort()).toEqual([false, false, true])
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
})

describe('waiting', () => {
  const longMs = 30_000

  test('wakes when a receipt arrives, asking the store nothing meanwhile', async () => {
    const id = await opened(30)
    await proxied.changes.wait(id, 0, longMs)
    proxy.takeRoundTrips()
    const waits: Promise<void>[] = []
    for (let count = 0; count < 5; count++) {
      waits.push(proxied.changes.wait(id, 1, longMs))
      // Each asks once, on an idle connection; the read after it leaves one idle for the next.
      while (proxy.takeRoundTrips() === 0) await setImmediate()
      await proxied.changes.get('acme', id)
    }
    proxy.takeRoundTrips()
    await ledger.log.append(`change/${id}`, [requesterEntry(id, 'r')])
    await Promise.all(waits)
    expect(proxy.takeRoundTrips()).toBe(0)
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
    await proxied.changes.wait(id, 0, longMs)
    const waiting = proxied.changes.wait(id, 1, longMs)
    proxy.cutAll()
    await ledger.log.append(`change/${id}`, [requesterEntry(id, 'while away')])
    await waiting.catch((error: unknown) => expect(error).toMatchObject({ code: 'CLYRA_LEDGER_UNAVAILABLE' }))
    await proxied.changes.wait(id, 1, longMs)
    const next = proxied.changes.wait(id, 2, longMs)
    await ledger.log.append(`change/${id}`, [requesterEntry(id, 'back')])
    await next
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

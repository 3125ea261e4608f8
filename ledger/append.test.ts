import { createHash, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import { cancelledEntries, changeEntry, changeIdOf, modeEntry, newChange, requesterEntry } from '../tests/support/ledger-bodies.ts'
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
  ledger = store.ledger
  const url = new URL(store.options.url)
  proxy = await startTcpProxy(Number(url.port))
  url.port = String(proxy.port)
  proxied = await openLedger({ ...store.options, url: url.href })
  admin = new pg.Client({ connectionString: store.adminUrl })
  await admin.connect()
})

afterAll(async () => {
  await admin.end()
  await proxied.close()
  await proxy.stop()
  await store.stop()
})

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))
const sha256 = (...parts: (string | Buffer)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

// The tree by the words of RFC 6962, sharing nothing with the code under test.
function naiveRoot(leaves: Buffer[]): Buffer {
  if (leaves.length <= 1) return leaves[0] ?? sha256()
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return sha256(Buffer.of(1), naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)))
}

/** Walks a whole stream: seq, prev, time, and the root at every size. Returns its length. */
async function expectSound(stream: string, everyRoot = false): Promise<number> {
  const stored = await ledger.log.read(stream)
  const leaves = stored.map(({ line }) => sha256(Buffer.of(0), line))
  stored.forEach(({ receipt }, index) => {
    const before = stored[index - 1]
    expect(receipt.seq).toBe(index)
    expect(receipt.prev).toBe(`sha256:${(leaves[index - 1] ?? sha256(`clyra.genesis/0\nlog.example/${stream}\n`)).toString('hex')}`)
    if (before) expect(receipt.at >= before.receipt.at).toBe(true)
  })
  for (let size = everyRoot ? 0 : leaves.length; size <= leaves.length; size++) {
    expect(Buffer.from(await ledger.log.root(stream, size)).toString('hex')).toBe(naiveRoot(leaves.slice(0, size)).toString('hex'))
  }
  return stored.length
}

describe('appending', () => {
  test('one key, fifty times at once: one receipt, the same for everybody', async () => {
    const all = await Promise.all(times(50, (index) => ledger.log.append('ledger/once', [modeEntry('same', `by ${index}`)])))
    expect(new Set(all.map(([stored]) => stored?.line)).size).toBe(1)
    expect(await expectSound('ledger/once')).toBe(1)
  })

  test('two hundred at once on one stream keep seq, prev and tree right', async () => {
    await Promise.all(times(200, (index) => ledger.log.append('ledger/busy', [modeEntry(`k${index}`)])))
    expect(await expectSound('ledger/busy', true)).toBe(200)
  })

  test('two processes on one stream, where every race may be lost: nothing is lost, nothing doubled', async () => {
    const one = async (writer: Ledger, name: string) => {
      for (let index = 0; index < 50; index++)
        await writer.log.append('ledger/raced', [modeEntry(`${name}${index}`), modeEntry(`both${index}`)])
    }
    const others = await Promise.all(times(3, () => openLedger(store.options)))
    await Promise.all([ledger, ...others].map((writer, index) => one(writer, `w${index}-`)))
    await Promise.all(others.map((other) => other.close()))
    expect(await expectSound('ledger/raced')).toBe(4 * 50 + 50)
  })

  test('64 streams in parallel', async () => {
    const streams = times(64, (index) => `ledger/parallel${index}`)
    await Promise.all(streams.flatMap((stream) => times(5, (index) => ledger.log.append(stream, [modeEntry(`k${index}`)]))))
    for (const stream of streams) expect(await expectSound(stream)).toBe(5)
  })

  test('a batch is one unit: a bad second entry leaves nothing of the first', async () => {
    const bad = { ...modeEntry('b'), body: {} }
    await expect(ledger.log.append('ledger/unit', [modeEntry('a'), bad])).rejects.toMatchObject({ code: 'CLYRA_LEDGER_INVALID_BODY' })
    expect(await ledger.log.read('ledger/unit')).toEqual([])
  })

  test('reads back a range, finds by key, and knows no size beyond the committed one', async () => {
    const [, second, third] = await ledger.log.append(
      'ledger/range',
      times(4, (index) => modeEntry(`k${index}`)),
    )
    expect(await ledger.log.read('ledger/range', 1, 3)).toEqual([second, third])
    const { receipts, now } = await ledger.log.readNow('ledger/range')
    expect(receipts).toEqual(await ledger.log.read('ledger/range'))
    expect(now >= (receipts.at(-1)?.receipt.at ?? '~')).toBe(true)
    expect(await ledger.log.readNow('ledger/nothing')).toEqual({ receipts: [], now: expect.any(String) })
    expect(await ledger.log.find('ledger/range', 'k2')).toEqual(third)
    expect(await ledger.log.find('ledger/range', 'k9')).toBeNull()
    expect(await ledger.log.edge('ledger/range', 3)).toHaveLength(2)
    await expect(ledger.log.root('ledger/range', 5)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_NOT_FOUND' })
    await expect(ledger.log.head('ledger/range', 5)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_NOT_FOUND' })
  })

  test('a checkpoint of any committed size is a note that node:crypto verifies', async () => {
    await ledger.log.append(
      'ledger/noted',
      times(5, (index) => modeEntry(`k${index}`)),
    )
    const head = await ledger.log.head('ledger/noted', 3)
    expect(head.root).toEqual(await ledger.log.root('ledger/noted', 3))
    const [text = '', signed = ''] = head.checkpoint.split('\n\n')
    const root = Buffer.from(head.root).toString('base64')
    expect(text).toBe(`log.example/ledger/noted\n3\n${root}`)
    const signature = Buffer.from(signed.trimEnd().split(' ')[2] ?? '', 'base64').subarray(4)
    const key = { key: Buffer.from(store.options.signer.spki), format: 'der', type: 'spki' } as const
    expect(verify(null, Buffer.from(`${text}\n`), key, signature)).toBe(true)
  })
})

describe('round trips', () => {
  test('an append takes two, one whose keys are known takes one, two hundred at once at most four', async () => {
    await proxied.log.append('ledger/counted', [modeEntry('warm')])
    proxy.takeRoundTrips()
    await proxied.log.append('ledger/counted', [modeEntry('a'), modeEntry('b')])
    expect(proxy.takeRoundTrips()).toBe(2)
    await proxied.log.append('ledger/counted', [modeEntry('a'), modeEntry('b')])
    expect(proxy.takeRoundTrips()).toBe(1)
    await Promise.all(times(200, (index) => proxied.log.append('ledger/counted', [modeEntry(`k${index}`)])))
    expect(proxy.takeRoundTrips()).toBeLessThanOrEqual(4)
  })
})

describe('the line breaks in the middle', () => {
  test('killed before the head moved: nothing is written, and the same append works afterwards', async () => {
    await ledger.log.append('ledger/killed', [modeEntry('first')])
    await admin.query('begin')
    await admin.query(`select 1 from clyra.heads where stream = 'ledger/killed' for update`)
    const append = ledger.log.append('ledger/killed', [modeEntry('a'), modeEntry('b')])
    const failed = expect(append).rejects.toMatchObject({ code: 'CLYRA_LEDGER_UNAVAILABLE' })
    const blocked = `select pid from pg_stat_activity where usename = 'clyra_service' and wait_event_type = 'Lock'`
    let pids: { pid: number }[] = []
    while (pids.length === 0) pids = (await admin.query<{ pid: number }>(blocked)).rows
    for (const { pid } of pids) await admin.query('select pg_terminate_backend($1)', [pid])
    await failed
    await admin.query('rollback')
    expect(await expectSound('ledger/killed')).toBe(1)
    await ledger.log.append('ledger/killed', [modeEntry('a'), modeEntry('b')])
    expect(await expectSound('ledger/killed')).toBe(3)
  })

  test('the answer is lost after the commit: all is written, and a retry returns it', async () => {
    const entries = [modeEntry('a'), modeEntry('b')]
    await proxied.check()
    proxy.cutAfter(1)
    await expect(proxied.log.append('ledger/lost', entries)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_UNAVAILABLE' })
    // The server may still be committing what it was sent.
    const stored = await proxied.log.append('ledger/lost', entries)
    expect(stored.map(({ receipt }) => receipt.seq)).toEqual([0, 1])
    expect(await ledger.log.read('ledger/lost')).toEqual(stored)
    expect(await expectSound('ledger/lost')).toBe(2)
  })
})

describe('a change', () => {
  test('its registry row moves with its receipts, in the same statement', async () => {
    const id = changeIdOf(1)
    await ledger.changes.register(newChange(id))
    await ledger.log.append(`change/${id}`, [changeEntry(id), requesterEntry(id, 'r1')])
    expect(await ledger.changes.get('acme', id)).toMatchObject({ state: 'OPEN', outcome: null, version: 2 })
    await ledger.log.append(`change/${id}`, cancelledEntries(id))
    expect(await ledger.changes.get('acme', id)).toMatchObject({
      state: 'CLOSED',
      outcome: 'cancelled',
      code: 'CLYRA_CANCELLED',
      version: 6,
    })
  })

  test('an illegal receipt is refused, whatever its shape', async () => {
    const id = changeIdOf(2)
    await ledger.changes.register(newChange(id))
    const [opening, outcome] = cancelledEntries(id)
    if (!opening || !outcome) throw new Error('expected two entries')
    await ledger.log.append(`change/${id}`, [opening, outcome])
    await expect(ledger.log.append(`change/${id}`, [{ ...outcome, key: 'outcome:again' }])).rejects.toMatchObject({
      code: 'CLYRA_LEDGER_INVALID_BODY',
      faults: [{ pointer: '/kind' }],
    })
    expect(await ledger.changes.get('acme', id)).toMatchObject({ state: 'CANCELLED', version: 2 })
  })

  test('two at once that exclude each other: one stands', async () => {
    const id = changeIdOf(3)
    await ledger.changes.register(newChange(id))
    const [opening, outcome] = cancelledEntries(id)
    if (!opening || !outcome) throw new Error('expected two entries')
    await ledger.log.append(`change/${id}`, [opening])
    const second = await openLedger(store.options)
    const both = await Promise.allSettled([
      ledger.log.append(`change/${id}`, [{ ...outcome, key: 'one' }]),
      second.log.append(`change/${id}`, [{ ...outcome, key: 'two' }]),
    ])
    await second.close()
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await expectSound(`change/${id}`)).toBe(2)
  })
})

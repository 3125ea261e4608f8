import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import pgDriver from 'pg'
import type { EnforceRequest, Settled } from '../../core/ports.ts'
import { requestOf } from '../../tests/support/attempts.ts'
import { type CuttableLine, cuttableLine } from '../../tests/support/cuttable-line.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { payloadOf, shop } from '../../tests/support/shop.ts'
import { enforce, type Logins, settleAttempt } from './executor.ts'

// The settling of an attempt, with the line cut, the server killed, and others in the way. fsync stays on: durability is asked about.
let pg: GovernedPostgres
let line: CuttableLine

beforeAll(async () => {
  pg = await governedPostgres(shop, { fsync: 'on', wal_writer_delay: '10s', bgwriter_delay: '10s', autovacuum: 'off' })
  line = await cuttableLine(pg.port)
})
beforeEach(() => line.mend())
afterAll(async () => {
  await line.stop()
  await pg.stop()
})

const change = (...statements: string[]) => requestOf(payloadOf('dml', statements))
const narrow = (note: string) => `update shop.customers set note = '${note}' where id = 1`
const note = async () => (await pg.sql<{ note: string }>('select note from shop.customers where id = 1'))[0]?.note
const nothing = () => Promise.resolve()
const live = { aborted: false }
// The text of the Parse message: other messages name synchronous_commit.
const commitMessage = '\0commit\0'
const overLine = (): Logins => ({ dml: { ...pg.dml, port: line.port }, ddl: { ...pg.ddl, port: line.port } })

/** Starts an attempt and holds it just before its COMMIT. */
async function held(request: EnforceRequest): Promise<{ release: () => void; settled: Promise<Settled> }> {
  const gate = Promise.withResolvers<void>()
  const ready = Promise.withResolvers<void>()
  const settled = enforce(
    pg,
    request,
    () => {
      ready.resolve()
      return gate.promise
    },
    live,
  )
  await ready.promise
  return { release: gate.resolve, settled }
}

describe('a second call for an attempt', () => {
  test('settles an applied one by its guard row and does not apply it again', async () => {
    const request = change('update shop.products set price = price + 1 where id = 1')
    expect(await enforce(pg, request, nothing, live)).toMatchObject({ outcome: 'enforced', settled_by: 'commit' })
    expect(await enforce(pg, request, nothing, live)).toEqual({
      outcome: 'enforced',
      code: null,
      sqlstate: null,
      statement: null,
      settled_by: 'guard_row',
    })
    expect(await settleAttempt(pg, request)).toMatchObject({ outcome: 'enforced', settled_by: 'guard_row' })
    expect(await pg.sql('select price::int from shop.products where id = 1')).toEqual([{ price: 2 }])
  })

  test('with another payload is neither applied nor taken for the first', async () => {
    const request = change(narrow('first'))
    await enforce(pg, request, nothing, live)
    const other = { ...request, payload: payloadOf('dml', [narrow('second')]), payload_digest: 'sha256:other' }
    expect(await enforce(pg, other, nothing, live)).toMatchObject({ outcome: 'ambiguous', code: 'CLYRA_PAYLOAD_MISMATCH' })
    expect(await note()).toBe('first')
  })

  test('point 13: a tombstone ends an attempt for ever, and the next attempt is free', async () => {
    const request = change(narrow('stone'))
    const failed = { outcome: 'failed', code: 'CLYRA_ENFORCE_NOT_APPLIED', sqlstate: null, settled_by: 'tombstone' }
    expect(await settleAttempt(pg, request)).toMatchObject(failed)
    expect(await enforce(pg, request, nothing, live)).toMatchObject(failed)
    expect(await settleAttempt(pg, request)).toMatchObject(failed)
    expect(await note()).not.toBe('stone')
    expect(await enforce(pg, { ...request, attempt: 2 }, nothing, live)).toMatchObject({ outcome: 'enforced' })
    expect(await note()).toBe('stone')
  })

  test('points 12, 13: a running attempt is evicted, then the stone is laid', async () => {
    const request = change(narrow('evicted'))
    const { release, settled } = await held(request)
    expect(await settleAttempt(pg, request)).toMatchObject({ outcome: 'failed', settled_by: 'tombstone' })
    release()
    expect(await settled).toMatchObject({ outcome: 'failed', settled_by: 'tombstone' })
    expect(await note()).not.toBe('evicted')
  })
})

describe('point 12: racing for the guard row', () => {
  const entering = 'select clyra_guard.enter($1, 1, $2, null)'
  const race = async (end: 'commit' | 'rollback', lockTimeout: string): Promise<string> => {
    const { change_id } = change('select 1')
    const [one, two] = [new pgDriver.Client(pg.dml), new pgDriver.Client(pg.dml)]
    await Promise.all([one.connect(), two.connect()])
    try {
      await one.query('begin')
      await one.query(entering, [change_id, 'd'])
      await two.query(`begin; set local lock_timeout = '${lockTimeout}'`)
      const second = two.query(entering, [change_id, 'd']).then(
        () => 'entered',
        (error: { code: string }) => error.code,
      )
      if (lockTimeout === '0') await one.query(end)
      return await second
    } finally {
      await Promise.all([one.end(), two.end()])
    }
  }

  test('the second waits, and gets 55P03 when its time is up', async () => expect(await race('commit', '50ms')).toBe('55P03'))
  test('gets 23505 when the first commits', async () => expect(await race('commit', '0')).toBe('23505'))
  test('goes on when the first rolls back', async () => expect(await race('rollback', '0')).toBe('entered'))
})

describe('the line is cut', () => {
  test('before COMMIT reached the server: failed, certain', async () => {
    line.cutAt(commitMessage, 'before')
    const request = change(narrow('cut-before'))
    expect(await enforce(overLine(), request, nothing, live)).toMatchObject({
      outcome: 'failed',
      code: 'CLYRA_ENFORCE_NOT_APPLIED',
      settled_by: 'tombstone',
    })
    expect(await note()).not.toBe('cut-before')
  })

  test('after COMMIT reached the server: enforced, by the guard row', async () => {
    line.cutAt(commitMessage, 'after')
    expect(await enforce(overLine(), change(narrow('cut-after')), nothing, live)).toMatchObject({
      outcome: 'enforced',
      settled_by: 'guard_row',
    })
    expect(await note()).toBe('cut-after')
  })

  test('point 15: under a running statement: the server notices, the statement ends, nothing applied', async () => {
    const slow =
      'update shop.notes set body = $$s$$ where id in (select a.id from shop.orders a, shop.orders b, shop.orders c where a.id + b.id < -c.id)'
    line.cutAt('\0update shop.notes', 'after')
    const began = Date.now()
    expect(await enforce(overLine(), change(slow), nothing, live)).toMatchObject({ outcome: 'failed', settled_by: 'tombstone' })
    expect(Date.now() - began).toBeLessThan(5_000)
    expect(await pg.sql("select from pg_stat_activity where usename = 'clyra_dml' and state = 'active'")).toEqual([])
  })

  test('point 14: and stays cut: ambiguous, because nobody can ask', async () => {
    line.cutAt(commitMessage, 'after', true)
    expect(await enforce(overLine(), change(narrow('gone')), nothing, live)).toMatchObject({
      outcome: 'ambiguous',
      code: 'CLYRA_ENFORCE_UNREACHABLE',
    })
  })

  test('before anything was asked: it can be tried again', async () => {
    line.cutAt('', 'before', true)
    await expect(enforce(overLine(), change(narrow('x')), nothing, live)).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_UNAVAILABLE' })
  })
})

describe('point 14: what cannot be told is ambiguous', () => {
  test('an attempt that still holds its place and cannot be evicted', async () => {
    const request = change(narrow('stuck'))
    const holder = new pgDriver.Client({ ...pg.dml, user: 'postgres', password: 'admin-pw' })
    await holder.connect()
    await holder.query('begin')
    await holder.query('select pg_advisory_xact_lock(clyra_guard.key($1, 1))', [request.change_id])
    try {
      expect(await settleAttempt(pg, request)).toMatchObject({
        outcome: 'ambiguous',
        code: 'CLYRA_ENFORCE_STILL_RUNNING',
        sqlstate: '55P03',
      })
    } finally {
      await holder.end()
    }
  })

  test('a server that is not the one the guard was applied to, until somebody applies it again', async () => {
    const request = change(narrow('elsewhere'))
    await pg.sql('update clyra_guard.server set timeline = timeline + 1')
    const foreign = { outcome: 'ambiguous', code: 'CLYRA_ENFORCE_FAILED_OVER' }
    expect(await enforce(pg, request, nothing, live)).toMatchObject(foreign)
    expect(await settleAttempt(pg, request)).toMatchObject(foreign)
    await pg.sql('update clyra_guard.server set timeline = timeline - 1')
    expect(await enforce(pg, request, nothing, live)).toMatchObject({ outcome: 'enforced' })
  })

  test.each([
    ['pg_cancel_backend', '01000'],
    ['pg_terminate_backend', null],
  ])('a COMMIT whose wait for the standby was ended by %s', async (end, sqlstate) => {
    await pg.sql("alter system set synchronous_standby_names = 'nobody'")
    await pg.sql('select pg_reload_conf()')
    try {
      const request = change(narrow(end))
      const settled = enforce(pg, request, nothing, live)
      let ended = 0
      while (ended === 0) {
        const rows = await pg.sql(`select ${end}(pid) from pg_stat_activity where usename = 'clyra_dml' and wait_event = 'SyncRep'`)
        ended = rows.length
      }
      // Whoever settles waits for the standby as well; it is let go, so that only the change's own COMMIT is in question.
      await pg.sql('alter system reset synchronous_standby_names')
      if (sqlstate === '01000') await pg.sql('select pg_reload_conf()')
      expect(await settled).toMatchObject({ outcome: 'ambiguous', code: 'CLYRA_ENFORCE_UNSETTLED', sqlstate })
      expect(await note()).toBe(end)
    } finally {
      await pg.sql('alter system reset synchronous_standby_names')
      await pg.sql('select pg_reload_conf()')
    }
  })
})

describe('the server is killed', () => {
  test('point 5: what was enforced is there, though the role asked for asynchronous commits; point 11: what was not is not', async () => {
    await pg.sql('alter role clyra_dml set synchronous_commit = off')
    const { release, settled } = await held(change(narrow('never')))
    const applied = change("insert into shop.notes values (1001, 'kept')")
    expect(await enforce(pg, applied, nothing, live)).toMatchObject({ outcome: 'enforced' })
    const control = new pgDriver.Client(pg.dml)
    control.on('error', () => undefined)
    await control.connect()
    await control.query("insert into shop.notes values (1002, 'lost')")
    await pg.crash()
    await control.end().catch(() => undefined)
    release()
    expect(await settled).toMatchObject({ outcome: 'failed', settled_by: 'tombstone' })
    // The control shows that the setting was off and would have lost the row.
    expect(await pg.sql('select id from shop.notes where id > 1000')).toEqual([{ id: 1001 }])
    expect(await settleAttempt(pg, applied)).toMatchObject({ outcome: 'enforced' })
    expect(await note()).not.toBe('never')
  })

  test('point 11: the transaction id of a lost attempt is given away; the guard row is not fooled', async () => {
    const lost = change(narrow('lost'))
    const { release, settled } = await held(lost)
    const [row] = await pg.sql<{ xid: string }>(
      "select backend_xid::text as xid from pg_stat_activity where usename = 'clyra_dml' and backend_xid is not null",
    )
    await pg.crash()
    const next = change(narrow('next'))
    let xid = ''
    const prepare = async ({ anchors }: { anchors: readonly { xid: string | null }[] }) => {
      xid = anchors[0]?.xid ?? ''
    }
    expect(await enforce(pg, next, prepare, live)).toMatchObject({ outcome: 'enforced' })
    expect(Number(xid)).toBeLessThanOrEqual(Number(row?.xid) + 1)
    release()
    expect(await settled).toMatchObject({ outcome: 'failed', settled_by: 'tombstone' })
    expect(await note()).toBe('next')
  })
})

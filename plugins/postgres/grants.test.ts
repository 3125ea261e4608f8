import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type pgDriver from 'pg'
import type { Warehouse } from '../../core/ports.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { again, connected, type Granted, grantOf, issued, redeem, redeemed, work } from '../../tests/support/grants.ts'
import { until } from '../../tests/support/kill.ts'
import { payloadOf, shop } from '../../tests/support/shop.ts'
import { postgresWarehouse } from './index.ts'

// Callers who do the work themselves, against a real server. fsync stays on: durability is asked about.
let pg: GovernedPostgres
let warehouse: Warehouse
const open: pgDriver.Client[] = []

beforeAll(async () => {
  const settings = { fsync: 'on', wal_writer_delay: '10s', bgwriter_delay: '10s', autovacuum: 'off' }
  pg = await governedPostgres(`${shop} create role stranger login password 'stranger-pw';`, settings)
  warehouse = postgresWarehouse(pg)
})
afterAll(async () => {
  await Promise.all(open.map((client) => client.end().catch(() => undefined)))
  await pg.stop()
})

const grant = (): Promise<Granted> => issued(warehouse, grantOf('shop_etl'))
const session = async (login = pg.caller): Promise<pgDriver.Client> => {
  const client = await connected(login)
  open.push(client)
  return client
}
/** A caller's transaction that has redeemed and written, and is still open. */
async function inFlight({ token, request }: Granted): Promise<pgDriver.Client> {
  const client = await session()
  await client.query('begin')
  await redeem(client, token)
  await client.query('insert into shop.audit (what) values ($1)', [request.change_id])
  return client
}
const written = async ({ request }: Granted): Promise<number> =>
  (await pg.sql('select from shop.audit where what = $1', [request.change_id])).length
const failed = { outcome: 'failed', code: 'CLYRA_ENFORCE_NOT_APPLIED', settled_by: 'tombstone' }
const enforced = { outcome: 'enforced', code: null, settled_by: 'guard_row' }
const waiting = (count: number) =>
  until(async () => (await pg.sql("select from pg_locks where locktype = 'advisory' and not granted")).length === count)

describe('a grant that is redeemed', () => {
  test('and committed: the redemption tells transaction, grant, login and time, and the attempt is enforced', async () => {
    const { request, token } = await grant()
    expect(await warehouse.redemption(request)).toBeNull()
    const xid = await work(pg.caller, token, ["update shop.customers set note = 'granted' where id = 1"])
    const redemption = await warehouse.redemption(request)
    expect(redemption).toEqual({ grant_id: request.grant_id, xid, login: 'shop_etl', redeemed_at: expect.any(String) })
    expect(new Date(redemption?.redeemed_at ?? '').toISOString()).toBe(redemption?.redeemed_at)
    expect((redemption?.redeemed_at ?? '') < request.expires_at).toBe(true)
    expect(await pg.sql('select xmin::text as xid from shop.customers where id = 1')).toEqual([{ xid }])
    expect(await warehouse.settle(request)).toMatchObject(enforced)
    expect(await warehouse.issue(again({ request, token }).request)).toBe('redeemed')
  })

  test('and not committed: there is no redemption yet', async () => {
    const granted = await grant()
    const client = await inFlight(granted)
    expect(await warehouse.redemption(granted.request)).toBeNull()
    await client.query('commit')
    expect(await warehouse.redemption(granted.request)).toMatchObject({ grant_id: granted.request.grant_id })
  })

  test('and rolled back: nothing was redeemed, and it may be redeemed again', async () => {
    const granted = await grant()
    const client = await inFlight(granted)
    await client.query('rollback')
    expect(await warehouse.redemption(granted.request)).toBeNull()
    expect(await work(pg.caller, granted.token, [])).toMatch(/^\d+$/)
    expect(await written(granted)).toBe(0)
  })

  test('and rolled back to a savepoint: the transaction commits without it', async () => {
    const { request, token } = await grant()
    const client = await session()
    await client.query('begin; savepoint s')
    await redeem(client, token)
    await client.query('rollback to s; commit')
    expect(await warehouse.settle(request)).toMatchObject(failed)
  })

  test('for one payload is no redemption of another', async () => {
    const { request, token } = await grant()
    await work(pg.caller, token, [])
    const other = { ...request, payload_digest: 'sha256:other' }
    expect(await warehouse.redemption(other)).toBeNull()
    expect(await warehouse.settle(other)).toMatchObject({ outcome: 'ambiguous', code: 'CLYRA_PAYLOAD_MISMATCH' })
  })
})

describe('a grant is redeemed once', () => {
  test('in one transaction, where a second grant is refused as well', async () => {
    const [one, two] = [await grant(), await grant()]
    const client = await session()
    for (const second of [one, two]) {
      await client.query('begin')
      await redeem(client, one.token)
      expect(await redeemed(client, second.token)).toBe('CLYRA_GRANT_TRANSACTION')
      await client.query('rollback')
    }
    expect(await work(pg.caller, two.token, [])).toMatch(/^\d+$/)
  })

  test('in all: after COMMIT it is refused', async () => {
    const { token } = await grant()
    await work(pg.caller, token, [])
    expect(await work(pg.caller, token, [])).toBe('CLYRA_GRANT_SETTLED')
  })

  test('by two sessions at once, twenty times: one commits, one is refused', async () => {
    const two = [await session(), await session()]
    for (let round = 0; round < 20; round += 1) {
      const granted = await grant()
      const answers = await Promise.all(two.map((client) => race(client, granted)))
      expect(answers.filter((answer) => answer === 'CLYRA_GRANT_SETTLED')).toHaveLength(1)
      expect(await written(granted)).toBe(1)
    }
  })

  test('by eight sessions at once', async () => {
    const eight = await Promise.all(Array.from({ length: 8 }, () => session()))
    const granted = await grant()
    const answers = await Promise.all(eight.map((client) => race(client, granted)))
    expect(answers.filter((answer) => /^\d+$/.test(answer))).toHaveLength(1)
    expect(await written(granted)).toBe(1)
  })

  test('when the first of two rolls back, the second goes on', async () => {
    const granted = await grant()
    const first = await inFlight(granted)
    const second = race(await session(), granted)
    await waiting(1)
    await first.query('rollback')
    expect(await second).toMatch(/^\d+$/)
    expect(await written(granted)).toBe(1)
  })

  async function race(client: pgDriver.Client, { token, request }: Granted): Promise<string> {
    await client.query('begin')
    const answer = await redeemed(client, token)
    if (!answer.startsWith('CLYRA_')) await client.query('insert into shop.audit (what) values ($1)', [request.change_id])
    await client.query('commit')
    return answer
  }
})

describe('what is refused', () => {
  test('a token that was never issued, and none at all', async () => {
    const client = await session()
    expect(await redeemed(client, 'guessed')).toBe('CLYRA_GRANT_UNKNOWN')
    expect(await redeemed(client, (await grant()).request.token_hash)).toBe('CLYRA_GRANT_UNKNOWN')
    await expect(client.query('select clyra_guard.redeem(null)')).rejects.toMatchObject({ code: 'CY001' })
  })

  test('another login’s token, and no lock is left by trying', async () => {
    await pg.sql('grant clyra_caller to stranger')
    const { token, request } = await grant()
    const client = await session({ ...pg.caller, user: 'stranger', password: 'stranger-pw' })
    await client.query('begin')
    expect(await redeemed(client, token)).toBe('CLYRA_GRANT_WRONG_LOGIN')
    expect(await warehouse.issue(again({ request, token }).request)).toBe('issued')
    await pg.sql('revoke clyra_caller from stranger')
  })

  test('a token that a later one has taken the place of, also in a transaction with an older snapshot', async () => {
    const one = await grant()
    const client = await session()
    await client.query('begin isolation level repeatable read')
    await client.query('select from shop.audit')
    const two = await issued(warehouse, again(one))
    await expect(redeem(client, one.token)).rejects.toMatchObject({ code: '40001' })
    await client.query('rollback')
    expect(await work(pg.caller, one.token, [])).toBe('CLYRA_GRANT_REVOKED')
    expect(await work(pg.caller, two.token, [])).toMatch(/^\d+$/)
  })

  test('a token after its time, by the warehouse’s clock at the very act', async () => {
    const granted = await issued(warehouse, grantOf('shop_etl', { expires_at: new Date(Date.now() + 300).toISOString() }))
    const client = await session()
    await client.query('begin')
    await until(async () => (await warehouse.now()) >= granted.request.expires_at)
    expect(await redeemed(client, granted.token)).toBe('CLYRA_GRANT_EXPIRED')
  })

  test('a token of an attempt that was given up; the next attempt has a grant of its own', async () => {
    const granted = await grant()
    expect(await warehouse.settle(granted.request)).toMatchObject(failed)
    expect(await work(pg.caller, granted.token, [])).toBe('CLYRA_GRANT_SETTLED')
    expect(await warehouse.issue(again(granted).request)).toBe('void')
    expect(await warehouse.redemption(granted.request)).toBeNull()
    const { change_id, payload_digest } = granted.request
    const next = await issued(warehouse, grantOf('shop_etl', { change_id, payload_digest, attempt: 2 }))
    expect(await work(pg.caller, next.token, [])).toMatch(/^\d+$/)
  })

  test('a grant for a login that is no caller', async () => {
    for (const login of ['stranger', 'nobody', 'clyra_dml', 'shop_owner'])
      await expect(warehouse.issue(grantOf(login).request)).rejects.toMatchObject({ code: 'CLYRA_GRANT_LOGIN' })
  })

  test('a grant on a server that is not the one the guard was applied to', async () => {
    await pg.sql('update clyra_guard.server set timeline = timeline + 1')
    await expect(warehouse.issue(grantOf('shop_etl').request)).rejects.toMatchObject({ code: 'CLYRA_ENFORCE_FAILED_OVER' })
    await pg.sql('update clyra_guard.server set timeline = timeline - 1')
  })

  test.each([
    'select * from clyra_guard.grants',
    'select * from clyra_guard.attempts',
    'delete from clyra_guard.attempts',
    "select clyra_guard.enter('chg_x', 1, 'd')",
    "select clyra_guard.tombstone('chg_x', 1, 'd')",
    "select clyra_guard.evict('chg_x', 1)",
    "select clyra_guard.issue('chg_x', 1, 'd', gen_random_uuid(), 'h', 'shop_etl', now() + interval '1 hour')",
    "select clyra_guard.redemption('chg_x', 1, 'd')",
    'select clyra_guard.keep()',
    'select clyra_guard.place()',
    'create table clyra_guard.mine (a int)',
    'set role clyra_guard_owner',
  ])('a caller may not %s', async (sql) => {
    await expect((await session()).query(sql)).rejects.toMatchObject({ code: '42501' })
  })

  test('Clyra’s own logins redeem nothing, and the ddl login issues nothing', async () => {
    for (const login of [pg.dml, pg.ddl])
      await expect((await session(login)).query("select clyra_guard.redeem('x')")).rejects.toMatchObject({ code: '42501' })
    const issue = "select clyra_guard.issue('chg_x', 1, 'd', gen_random_uuid(), 'h', 'shop_etl', now())"
    await expect((await session(pg.ddl)).query(issue)).rejects.toMatchObject({ code: '42501' })
  })
})

describe('a grant that is being redeemed', () => {
  test('cannot be replaced meanwhile; afterwards the answer says what became of it', async () => {
    const granted = await grant()
    const client = await inFlight(granted)
    await expect(warehouse.issue(again(granted).request)).rejects.toMatchObject({ code: 'CLYRA_GRANT_IN_USE' })
    await client.query('commit')
    expect(await warehouse.issue(again(granted).request)).toBe('redeemed')
  })

  test('is ended when the attempt is closed at its expiry: failed, and it never applies', async () => {
    const granted = await grant()
    const client = await inFlight(granted)
    expect(await warehouse.settle(granted.request)).toMatchObject(failed)
    await expect(client.query('commit')).rejects.toThrow()
    expect(await written(granted)).toBe(0)
    expect(await work(pg.caller, granted.token, [])).toBe('CLYRA_GRANT_SETTLED')
    expect(await warehouse.settle(granted.request)).toMatchObject(failed)
  })

  test('is ended though its login is no caller any more', async () => {
    const granted = await grant()
    await inFlight(granted)
    await pg.sql('revoke clyra_caller from shop_etl')
    expect(await warehouse.settle(granted.request)).toMatchObject(failed)
    await pg.sql('grant clyra_caller to shop_etl')
    expect(await written(granted)).toBe(0)
  })

  test('is not ended when it is a stranger who sits on the lock: still running, and the caller loses nothing', async () => {
    const granted = await grant()
    const stranger = await session({ ...pg.caller, user: 'stranger', password: 'stranger-pw' })
    await stranger.query("select pg_advisory_lock(hashtextextended($1 || '/1', 0))", [granted.request.change_id])
    expect(await warehouse.settle(granted.request)).toMatchObject({ outcome: 'ambiguous', code: 'CLYRA_ENFORCE_STILL_RUNNING' })
    await stranger.end()
    expect(await work(pg.caller, granted.token, [])).toMatch(/^\d+$/)
    expect(await warehouse.settle(granted.request)).toMatchObject(enforced)
  })

  test('and whose session dies before COMMIT has redeemed nothing; closed, it never applies', async () => {
    const granted = await grant()
    const client = await inFlight(granted)
    await pg.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shop_etl' and state = 'idle in transaction'")
    await expect(client.query('commit')).rejects.toThrow()
    expect(await warehouse.redemption(granted.request)).toBeNull()
    expect(await warehouse.settle(granted.request)).toMatchObject(failed)
    expect(await work(pg.caller, granted.token, [])).toBe('CLYRA_GRANT_SETTLED')
    expect(await written(granted)).toBe(0)
  })
})

describe('the server is killed', () => {
  test('between redemption and COMMIT: failed; after a COMMIT that was read back: enforced, though the caller asked for no durability', async () => {
    const [lost, kept, control] = [await grant(), await grant(), await grant()]
    await inFlight(lost)
    const lax = async (granted: Granted) => {
      const client = await inFlight(granted)
      await client.query('set local synchronous_commit = off; commit')
    }
    await lax(kept)
    expect(await warehouse.redemption(kept.request)).toMatchObject({ grant_id: kept.request.grant_id })
    await lax(control)
    await pg.crash()
    expect(await warehouse.settle(kept.request)).toMatchObject(enforced)
    // The control shows that the setting would have lost the other as well.
    for (const granted of [lost, control]) expect(await warehouse.settle(granted.request)).toMatchObject(failed)
    expect([await written(lost), await written(kept), await written(control)]).toEqual([0, 1, 0])
  })
})

describe('a survey', () => {
  const payload = payloadOf('dml', ["update shop.customers set note = 'surveyed' where id = 2"])

  test('shows the touched relations and a bounded place in history, changes nothing, and waits for nobody', async () => {
    const { token } = await grant()
    const before = await warehouse.survey(payload, 'before', null)
    const xid = await work(pg.caller, token, payload.statements)
    const after = await warehouse.survey(payload, 'after', xid)
    expect(before.snapshot).toEqual(after.snapshot)
    expect(before.snapshot.relations.map(({ name }) => name)).toEqual(['customers'])
    expect([before.anchor, after.anchor]).toMatchObject([
      { position: 'before', strength: 'bounded', xid: null, database: 'shopdb' },
      { position: 'after', strength: 'bounded', xid },
    ])
    const [order] = await pg.sql<{ moved: boolean }>('select $1::pg_lsn < $2::pg_lsn as moved', [before.anchor.lsn, after.anchor.lsn])
    expect(order?.moved).toBe(true)
  })

  test('of an unreadable payload has no relations; behind a locked table it can be asked again', async () => {
    expect((await warehouse.survey(payloadOf('dml', ['deleet']), 'before', null)).snapshot.relations).toEqual([])
    const client = await session({ ...pg.dml, user: 'postgres', password: 'admin-pw' })
    await client.query('begin; lock table shop.customers')
    const locked = { ...payload, limits: { ...payload.limits, lock_timeout_ms: 50 } }
    await expect(warehouse.survey(locked, 'before', null)).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_UNAVAILABLE' })
    await client.query('rollback')
  })
})

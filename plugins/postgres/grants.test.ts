import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type pgDriver from 'pg'
import type { Warehouse } from '../../core/ports.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { again, connected, type Granted, grantOf, inFlight, issued, redeem, redeemed, work } from '../../tests/support/grants.ts'
import { until } from '../../tests/support/kill.ts'
import { shop } from '../../tests/support/shop.ts'
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
const flying = async (granted: Granted) => inFlight(await session(), granted)
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
    const client = await flying(granted)
    expect(await warehouse.redemption(granted.request)).toBeNull()
    await client.query('commit')
    expect(await warehouse.redemption(granted.request)).toMatchObject({ grant_id: granted.request.grant_id })
  })

  test('and rolled back: nothing was redeemed, and it may be redeemed again', async () => {
    const granted = await grant()
    const client = await flying(granted)
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
    const first = await flying(granted)
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

describe('a grant that is being redeemed', () => {
  test('cannot be replaced meanwhile; afterwards the answer says what became of it', async () => {
    const granted = await grant()
    const client = await flying(granted)
    await expect(warehouse.issue(again(granted).request)).rejects.toMatchObject({ code: 'CLYRA_GRANT_IN_USE' })
    await client.query('commit')
    expect(await warehouse.issue(again(granted).request)).toBe('redeemed')
  })

  test('is ended when the attempt is closed at its expiry: failed, and it never applies', async () => {
    const granted = await grant()
    const client = await flying(granted)
    expect(await warehouse.settle(granted.request)).toMatchObject(failed)
    await expect(client.query('commit')).rejects.toThrow()
    expect(await written(granted)).toBe(0)
    expect(await work(pg.caller, granted.token, [])).toBe('CLYRA_GRANT_SETTLED')
    expect(await warehouse.settle(granted.request)).toMatchObject(failed)
  })

  test('is ended though its login is no caller any more', async () => {
    const granted = await grant()
    await flying(granted)
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
    const client = await flying(granted)
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
    await flying(lost)
    const lax = async (granted: Granted) => {
      const client = await flying(granted)
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

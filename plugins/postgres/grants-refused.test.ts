import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type pgDriver from 'pg'
import type { Warehouse } from '../../core/ports.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { again, connected, type Granted, grantOf, issued, redeem, redeemed, work } from '../../tests/support/grants.ts'
import { until } from '../../tests/support/kill.ts'
import { shop } from '../../tests/support/shop.ts'
import { postgresWarehouse } from './index.ts'

let pg: GovernedPostgres
let warehouse: Warehouse
const open: pgDriver.Client[] = []

beforeAll(async () => {
  pg = await governedPostgres(`${shop} create role stranger login password 'stranger-pw';`)
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
const failed = { outcome: 'failed', code: 'CLYRA_ENFORCE_NOT_APPLIED', settled_by: 'tombstone' }

describe('what a granter refuses', () => {
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
    "select clyra_guard.enter('chg_x', 1, 'd', null)",
    "select clyra_guard.tombstone('chg_x', 1, 'd')",
    "select clyra_guard.evict('chg_x', 1)",
    "select clyra_guard.issue('chg_x', 1, 'd', gen_random_uuid(), 'h', 'shop_etl', now() + interval '1 hour', null)",
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
    const issue = "select clyra_guard.issue('chg_x', 1, 'd', gen_random_uuid(), 'h', 'shop_etl', now(), null)"
    await expect((await session(pg.ddl)).query(issue)).rejects.toMatchObject({ code: '42501' })
  })
})

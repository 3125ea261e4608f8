import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Warehouse } from '../../core/ports.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { connected, grantOf, issued, work } from '../../tests/support/grants.ts'
import { payloadOf, shop } from '../../tests/support/shop.ts'
import { postgresWarehouse } from './index.ts'

let pg: GovernedPostgres
let warehouse: Warehouse

beforeAll(async () => {
  pg = await governedPostgres(shop)
  warehouse = postgresWarehouse(pg)
})
afterAll(() => pg.stop())

describe('a survey', () => {
  const payload = payloadOf('dml', ["update shop.customers set note = 'surveyed' where id = 2"])

  test('shows the touched relations and a bounded place in history, changes nothing, and waits for nobody', async () => {
    const { token } = await issued(warehouse, grantOf('shop_etl'))
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
    const client = await connected({ ...pg.dml, user: 'postgres', password: 'admin-pw' })
    await client.query('begin; lock table shop.customers')
    const locked = { ...payload, limits: { ...payload.limits, lock_timeout_ms: 50 } }
    await expect(warehouse.survey(locked, 'before', null)).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_UNAVAILABLE' })
    await client.end()
  })
})

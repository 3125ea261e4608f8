import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { shop } from '../../tests/support/shop.ts'
import { auditWarehouse } from './audit.ts'
import { installGuard } from './install.ts'

let pg: GovernedPostgres

beforeAll(async () => {
  pg = await governedPostgres(`${shop} create role dbt login password 'dbt-pw' in role shop_owner;
    create role "o'ps" login createrole bypassrls; create role group_writers nologin; create role reader login; grant usage on schema shop to reader`)
})
afterAll(() => pg.stop())

const install = (tables: string[], schemas: string[] = []) => {
  const admin = { ...pg.dml, user: 'postgres', password: 'admin-pw' }
  const passwords = { dmlPassword: 'dml-pw', ddlPassword: 'ddl-pw' }
  return installGuard({ admin, ...passwords, owner: 'shop_owner', schemas: ['shop'], guard: { tables, schemas } })
}

test('says what is guarded, who may write all the same, and with which settings', async () => {
  await install(['shop.orders'])
  const audit = await auditWarehouse(pg)
  expect(audit).toMatchObject({
    database: 'shopdb',
    login: 'clyra_dml',
    current: true,
    event_triggers: true,
    callers: ['shop_etl'],
    superusers: ['postgres'],
    owners: [{ login: 'dbt', tables: 1, example: 'shop.orders' }],
    powerful: [{ login: "o'ps", powers: ['BYPASSRLS', 'CREATEROLE'] }],
    settings: { log_statement: 'none', max_prepared_transactions: '0' },
  })
  expect(audit.tables.filter(({ guarded }) => guarded)).toEqual([{ name: 'shop.orders', guarded: true }])
  expect(audit.writers).toEqual(['dbt', 'shop_etl'].map((login) => ({ login, tables: audit.tables.length - 1, example: 'shop.audit' })))
})

test('counts rights that come by a group, and stops counting where every table is guarded', async () => {
  await pg.sql('grant update on shop.notes to group_writers; grant group_writers to reader')
  expect((await auditWarehouse(pg)).writers).toContainEqual({ login: 'reader', tables: 1, example: 'shop.notes' })
  await install([], ['shop'])
  const audit = await auditWarehouse(pg)
  expect(audit.tables.every(({ guarded }) => guarded)).toBe(true)
  expect(audit.writers).toEqual([])
})

test.each([
  ['a disabled trigger', 'alter table shop.orders disable trigger clyra_guard', { guarded: false }],
  ['a trigger for some sessions only', 'alter table shop.orders enable trigger clyra_guard', { guarded: false }],
])('does not take %s for a guard', async (_, spoil, found) => {
  await pg.sql(`alter event trigger clyra_guard_ddl disable; ${spoil}`)
  const audit = await auditWarehouse(pg)
  expect(audit.event_triggers).toBe(false)
  expect(audit.tables.find(({ name }) => name === 'shop.orders')).toMatchObject(found)
  await install([])
  const mended = await auditWarehouse(pg)
  expect(mended.event_triggers).toBe(true)
  expect(mended.tables.find(({ name }) => name === 'shop.orders')).toMatchObject({ guarded: true })
})

test('knows an older guard, and one that is missing', async () => {
  await pg.sql("comment on schema clyra_guard is 'Clyra guard 0000'")
  expect((await auditWarehouse(pg)).current).toBe(false)
  await pg.sql('revoke usage on schema clyra_guard from clyra_dml')
  await expect(auditWarehouse(pg)).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_GUARD_MISSING' })
  await install([])
  expect((await auditWarehouse(pg)).current).toBe(true)
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type pgDriver from 'pg'
import { attempt } from '../../tests/support/attempts.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { connected, grantOf, issued, redeem } from '../../tests/support/grants.ts'
import { payloadOf, shop } from '../../tests/support/shop.ts'
import type { Guarded } from './guard-tables.ts'
import { postgresWarehouse } from './index.ts'
import { installGuard } from './install.ts'

// orders go with their customers, measures has partitions; notes stays unguarded.
const guarded = { tables: ['shop.customers', 'shop.orders', 'shop.measures'], schemas: [] }
let pg: GovernedPostgres

beforeAll(async () => {
  pg = await governedPostgres(`${shop} create role dbt login password 'dbt-pw' in role shop_owner;`)
  await install()
})
afterAll(() => pg.stop())

const superuser = () => ({ ...pg.dml, user: 'postgres', password: 'admin-pw' })
const install = (guard: Guarded = guarded, admin: pgDriver.ClientConfig = superuser()) =>
  installGuard({ admin, dmlPassword: 'dml-pw', ddlPassword: 'ddl-pw', owner: 'shop_owner', schemas: ['shop'], callers: ['dbt'], guard })
const dbt = () => ({ ...pg.dml, user: 'dbt', password: 'dbt-pw' })
/** Runs the statements in one transaction; answers the first word of what stopped it, or `done`. */
async function answer(login: pgDriver.ClientConfig, statements: readonly string[], token?: string): Promise<string> {
  const client = await connected(login)
  try {
    await client.query('begin')
    if (token !== undefined) await redeem(client, token)
    for (const statement of statements) await client.query(statement)
    await client.query('commit')
    return 'done'
  } catch (error) {
    return (error as Error).message.split(' ')[0] ?? ''
  } finally {
    await client.end()
  }
}
const token = async (login: string) => (await issued(postgresWarehouse(pg), grantOf(login))).token
const inForce = () => pg.sql('select relation::text, clyra_guard.in_force(relation) as yes from clyra_guard.guarded order by 1')

const writes = [
  "insert into shop.customers values (5001, 'x', 't', null)",
  "update shop.customers set note = 'x' where false",
  'delete from shop.orders where id = 1',
  'truncate shop.orders',
  'merge into shop.orders o using shop.notes n on o.id = -n.id when matched then delete',
  'insert into shop.measures values (1, 1)',
  'insert into shop.measures_a values (1, 1)',
  'update shop.big_orders set amount = amount',
]

describe('a guarded table', () => {
  test.each(writes)('is not written to without an attempt, by nobody: %s', async (sql) => {
    for (const login of [pg.dml, pg.ddl, dbt(), superuser()]) expect(await answer(login, [sql])).toBe('CLYRA_GUARD_NO_GRANT')
    expect(await answer(superuser(), ['set local session_replication_role = replica', sql])).toBe('CLYRA_GUARD_NO_GRANT')
  })

  test('is written to by COPY no more than by INSERT, and by what cascades to it', async () => {
    const loose = 'create table shop.loose (id int primary key); insert into shop.loose values (1)'
    await pg.sql(`set role shop_owner; ${loose}; create table shop.bound (id int references shop.loose on delete cascade)`)
    await install({ tables: ['shop.bound'], schemas: [] })
    expect(await answer(superuser(), ['delete from shop.loose'])).toBe('CLYRA_GUARD_NO_GRANT')
    expect(await answer(superuser(), ["copy shop.bound from program 'true'"])).toBe('CLYRA_GUARD_NO_GRANT')
  })

  test('is written to in a transaction that redeemed a grant, and the message says so', async () => {
    expect(await answer(pg.caller, ["update shop.customers set note = 'g' where id = 1"], await token('shop_etl'))).toBe('done')
    const client = await connected(pg.caller)
    const refused = client.query("update shop.customers set note = 'h'")
    await expect(refused).rejects.toMatchObject({ code: 'CY001', message: expect.stringContaining('redeem a grant') })
    await client.end()
  })

  test('is written to by Clyra’s own executor, whose facts do not take the guard for a trigger', async () => {
    expect(await attempt(pg, 'dml', ["update shop.customers set note = 'c' where id = 2"])).toMatchObject({ outcome: 'enforced' })
    expect(await attempt(pg, 'ddl', ['alter table shop.customers add column later int'])).toMatchObject({ outcome: 'enforced' })
    const facts = await postgresWarehouse(pg).analyse(payloadOf('dml', ["update shop.customers set note = 'c' where id = 2"]))
    expect(facts.statements[0]?.details).not.toContain('triggers')
  })

  test('is read, analysed and dumped as before; a table without guard is written to as before', async () => {
    const reads = ['lock table shop.customers in access share mode', 'copy shop.customers to stdout', 'analyze shop.customers']
    expect(await answer(superuser(), reads)).toBe('done')
    const free = [
      "update shop.notes set body = 'free' where id = 1",
      'alter table shop.notes add column free int',
      'create table shop.tmp ()',
    ]
    expect(await answer(dbt(), [...free, 'drop table shop.tmp', 'alter table shop.notes drop column free'])).toBe('done')
  })
})

const evasions = [
  'alter table shop.customers disable trigger clyra_guard',
  'alter table shop.customers disable trigger user',
  'alter table shop.customers enable trigger clyra_guard',
  'drop trigger clyra_guard on shop.customers',
  'create or replace trigger clyra_guard before insert on shop.customers for each row execute function shop.log_product()',
]
const alterations = [
  'alter table shop.customers add column x int',
  'alter table shop.customers rename to clients',
  'alter table shop.customers replica identity full',
  'create rule r as on update to shop.customers do instead nothing',
  'create trigger t before insert on shop.customers for each row execute function shop.log_product()',
  'create policy p on shop.customers',
  'create table shop.measures_c partition of shop.measures for values from (20) to (30)',
  'create table shop.child () inherits (shop.customers)',
  'drop table shop.orders cascade',
  'drop schema shop cascade',
]

describe('the event triggers', () => {
  test.each([...evasions, ...alterations])('without an attempt the owner may not: %s', async (sql) => {
    expect(await answer(dbt(), [sql])).toBe('CLYRA_GUARD_NO_GRANT')
    expect(await answer(superuser(), ['set local session_replication_role = replica', sql])).toBe('CLYRA_GUARD_NO_GRANT')
  })

  test.each(evasions)('not even in an attempt: %s', async (sql) => {
    expect(await answer(dbt(), [sql], await token('dbt'))).toBe('CLYRA_GUARD_REMOVED')
  })

  test('in an attempt the owner may alter and drop; what was dropped is guarded no more', async () => {
    const sql = ['alter table shop.customers add column y int', 'create policy p on shop.customers', 'drop policy p on shop.customers']
    expect(await answer(dbt(), sql, await token('dbt'))).toBe('done')
    await pg.sql('set role shop_owner; create table shop.going (id int)')
    await install({ tables: ['shop.going'], schemas: [] })
    expect(await answer(dbt(), ['drop table shop.going'], await token('dbt'))).toBe('done')
    expect((await inForce()).every(({ yes }) => yes)).toBe(true)
  })
})

describe('installGuard', () => {
  test('twice changes nothing of the guard; a new partition comes under it', async () => {
    const shape = () => pg.sql("select tgrelid::regclass::text as name, oid from pg_trigger where tgname = 'clyra_guard' order by 1")
    const before = await shape()
    await install()
    expect(await shape()).toEqual(before)
    const sql = 'create table shop.measures_d partition of shop.measures for values from (30) to (40)'
    expect(await answer(dbt(), [sql], await token('dbt'))).toBe('done')
    await install({ tables: [], schemas: [] })
    expect(await answer(dbt(), ['insert into shop.measures_d values (31, 1)'])).toBe('CLYRA_GUARD_NO_GRANT')
  })

  test('guards every table of a schema where asked to', async () => {
    await pg.sql(
      'create schema vault authorization shop_owner; create table vault.a (); create table vault.b (); create view vault.v as select 1',
    )
    await install({ tables: [], schemas: ['vault'] })
    expect((await inForce()).filter(({ relation }) => String(relation).startsWith('vault.'))).toEqual([
      { relation: 'vault.a', yes: true },
      { relation: 'vault.b', yes: true },
    ])
  })

  test.each(['shop.nowhere', 'shop.big_orders', 'shop.fresh; drop'])('names a table that is none: %s', async (name) => {
    await expect(install({ tables: [name], schemas: [] })).rejects.toMatchObject({ code: 'CLYRA_GUARD_INSTALL' })
  })

  test('goes on without event triggers where the administrator may not set them; the owner can then undo the guard', async () => {
    await pg.sql(`create role manager login password 'manager-pw' createrole; create role sales_owner nologin;
      grant sales_owner, pg_signal_backend, clyra_guard_owner, clyra_caller to manager with admin option`)
    await pg.sql('create database sales owner manager')
    const admin = { ...pg.dml, user: 'manager', password: 'manager-pw', database: 'sales' }
    const client = await connected(admin)
    await client.query('create schema sales authorization sales_owner; set role sales_owner; create table sales.orders (id int)')
    await client.end()
    const options = { admin, dmlPassword: 'dml-pw', ddlPassword: 'ddl-pw', owner: 'sales_owner', schemas: ['sales'] }
    await installGuard({ ...options, dmlUser: 'sales_dml', ddlUser: 'sales_ddl', guard: { tables: ['sales.orders'], schemas: [] } })
    const owner = { ...admin, user: 'sales_ddl', password: 'ddl-pw' }
    expect(await answer(owner, ['insert into sales.orders values (1)'])).toBe('CLYRA_GUARD_NO_GRANT')
    expect(await answer(owner, ['drop trigger clyra_guard on sales.orders', 'insert into sales.orders values (1)'])).toBe('done')
  })

  test.each(['postgres', 'clyra_dml', 'shop_owner'])('takes no such caller: %s', async (login) => {
    const options = { admin: superuser(), dmlPassword: 'dml-pw', ddlPassword: 'ddl-pw', owner: 'shop_owner', schemas: ['shop'] }
    await expect(installGuard({ ...options, callers: [login] })).rejects.toMatchObject({ code: 'CLYRA_GUARD_INSTALL' })
  })
})

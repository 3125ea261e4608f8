import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pgDriver from 'pg'
import { errorKinds } from '../../core/errors.ts'
import { requestOf } from '../../tests/support/attempts.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { grantOf, issued, work } from '../../tests/support/grants.ts'
import { payloadOf, shop } from '../../tests/support/shop.ts'
import { postgresWarehouse } from './index.ts'
import { installGuard } from './install.ts'
import { scramVerifier } from './scram.ts'

let pg: GovernedPostgres
let admin: pgDriver.ClientConfig
// The guard as it was: the two functions whose signatures have changed, and no column.
const withoutCertificates = `
drop function clyra_guard.enter(text, bigint, text, uuid);
drop function clyra_guard.issue(text, bigint, text, uuid, text, name, timestamptz, uuid);
alter table clyra_guard.attempts drop column certificate_id;
alter table clyra_guard.grants drop column certificate_id;
set role clyra_guard_owner;
create function clyra_guard.enter(p_change text, p_attempt bigint, p_digest text) returns text language sql as 'select null::text';
create function clyra_guard.issue(
  p_change text, p_attempt bigint, p_digest text, p_grant uuid, p_hash text, p_login name, p_expires timestamptz
) returns text language sql as 'select null::text';
grant execute on function clyra_guard.enter(text, bigint, text) to clyra_dml, clyra_ddl;
grant execute on function clyra_guard.issue(text, bigint, text, uuid, text, name, timestamptz) to clyra_dml;
`

beforeAll(async () => {
  pg = await governedPostgres(shop, { log_statement: 'all' })
  admin = { ...pg.dml, user: 'postgres', password: 'admin-pw' }
})
afterAll(() => pg.stop())

const again = (part: Partial<Parameters<typeof installGuard>[0]> = {}) =>
  installGuard({ admin, dmlPassword: 'dml-pw', ddlPassword: 'ddl-pw', owner: 'shop_owner', schemas: ['shop'], ...part })

describe('installGuard', () => {
  test('may run again: attempts stay, passwords and the known server are renewed', async () => {
    const warehouse = postgresWarehouse(pg)
    const request = {
      change_id: 'chg_1',
      attempt: 1,
      payload: payloadOf('dml', ['select 1']),
      payload_digest: 'd',
      row_limit: 0,
      certificate_id: null,
    }
    await warehouse.enforce(request, () => Promise.resolve(), { aborted: false })
    await pg.sql('update clyra_guard.server set timeline = 99')
    await again({ dmlPassword: 'n3w' })
    await expect(warehouse.check()).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_UNAVAILABLE' })
    const renewed = postgresWarehouse({ ...pg, dml: { ...pg.dml, password: 'n3w' } })
    await renewed.check()
    expect(await renewed.settle(request)).toMatchObject({ outcome: 'enforced' })
    await again()
  })

  test('goes over an install that knew no grants, and keeps its attempts', async () => {
    await pg.sql('alter table clyra_guard.attempts drop column grant_id; drop table clyra_guard.grants')
    await again({ callers: ['shop_etl'] })
    expect(await pg.sql("select state, grant_id from clyra_guard.attempts where change_id = 'chg_1'")).toEqual([
      { state: 'applied', grant_id: null },
    ])
    const granted = await issued(postgresWarehouse(pg), grantOf('shop_etl'))
    expect(await work(pg.caller, granted.token, [])).toMatch(/^\d+$/)
  })

  test('goes over an install that knew no certificates, which is not taken for this one until then', async () => {
    const warehouse = postgresWarehouse(pg)
    await pg.sql(withoutCertificates)
    const request = { ...requestOf(payloadOf('dml', ['select 1'])), change_id: 'chg_renewed' }
    const missing = { code: 'CLYRA_POSTGRES_GUARD_MISSING' }
    await expect(warehouse.check()).rejects.toMatchObject(missing)
    await expect(warehouse.issue(grantOf('shop_etl').request)).rejects.toMatchObject(missing)
    await expect(warehouse.enforce(request, () => Promise.resolve(), { aborted: false })).rejects.toMatchObject(missing)
    expect(await pg.sql('select from clyra_guard.attempts where change_id = $1', [request.change_id])).toEqual([])
    await again()
    await warehouse.check()
    expect(await pg.sql("select state, certificate_id from clyra_guard.attempts where change_id = 'chg_1'")).toEqual([
      { state: 'applied', certificate_id: null },
    ])
    expect(
      await pg.sql(
        "select oidvectortypes(proargtypes) as takes from pg_proc where proname in ('enter', 'issue') and pronamespace = 'clyra_guard'::regnamespace order by proname",
      ),
    ).toEqual([{ takes: 'text, bigint, text, uuid' }, { takes: 'text, bigint, text, uuid, text, name, timestamp with time zone, uuid' }])
    expect(await warehouse.enforce(request, () => Promise.resolve(), { aborted: false })).toMatchObject({ outcome: 'enforced' })
    const granted = await issued(warehouse, grantOf('shop_etl', { certificate_id: request.certificate_id }))
    expect(await work(pg.caller, granted.token, [])).toBe('CLYRA_ENFORCE_CERTIFICATE_USED')
  })

  test('names no caller that does not exist', async () => {
    await expect(again({ callers: ['nobody'] })).rejects.toMatchObject({ code: 'CLYRA_GUARD_INSTALL' })
  })

  test('every code the guard’s SQL raises is documented', () => {
    const raised = ['guard.sql', 'grants.sql', 'tables.sql'].flatMap((file) =>
      [...readFileSync(new URL(file, import.meta.url), 'utf8').matchAll(/'(CLYRA_[A-Z_]+)/g)].map((match) => match[1] as string),
    )
    expect(raised.length).toBeGreaterThan(5)
    expect(raised.filter((code) => !(code in errorKinds))).toEqual([])
  })

  test('tables made later by the owner can be written by the dml login, and it still owns nothing', async () => {
    await pg.sql('set role shop_owner; create table shop.later (id serial primary key, a int)')
    const warehouse = postgresWarehouse(pg)
    const request = {
      change_id: 'chg_2',
      attempt: 1,
      payload: payloadOf('dml', ['insert into shop.later (a) values (1)']),
      payload_digest: 'd',
      row_limit: 1,
      certificate_id: null,
    }
    expect(await warehouse.enforce(request, () => Promise.resolve(), { aborted: false })).toMatchObject({ outcome: 'enforced' })
    expect(await pg.sql("select from pg_class where relowner = 'clyra_dml'::regrole")).toEqual([])
  })

  test('changes nothing when it fails half way', async () => {
    await expect(again({ schemas: ['shop', 'nowhere'], dmlPassword: 'other' })).rejects.toMatchObject({ code: '3F000' })
    await postgresWarehouse(pg).check()
  })

  test('names with quotes are safe', async () => {
    await pg.sql(`create role "o'w""ner" nologin; create schema "s'h""op" authorization "o'w""ner"`)
    await again({ owner: `o'w"ner`, schemas: [`s'h"op`], dmlUser: `d'm"l`, ddlUser: `d'd"l` })
    const login = (user: string, password: string) => ({ ...pg.dml, user, password })
    await postgresWarehouse({ dml: login(`d'm"l`, 'dml-pw'), ddl: login(`d'd"l`, 'ddl-pw') }).check()
  })

  test('the guard’s functions pin their search path and belong to a role nobody can log in as', async () => {
    const functions = await pg.sql(
      `select p.proname, p.prosecdef, p.proconfig, r.rolname, r.rolcanlogin from pg_proc p join pg_roles r on r.oid = p.proowner
       where p.pronamespace = 'clyra_guard'::regnamespace and p.proname <> 'key'`,
    )
    expect(functions.map(({ proname }) => proname)).toEqual(expect.arrayContaining(['enter', 'redeem', 'issue', 'evict']))
    for (const one of functions)
      expect(one).toMatchObject({
        prosecdef: true,
        proconfig: ['search_path=pg_catalog, pg_temp'],
        rolname: 'clyra_guard_owner',
        rolcanlogin: false,
      })
  })
})

describe('clyra_guard.confirm', () => {
  test('is true in the very transaction that entered, for its own change and payload alone', async () => {
    const client = new pgDriver.Client(pg.dml)
    await client.connect()
    const confirm = async (change: string, digest: string) =>
      (await client.query<{ mine: boolean }>('select clyra_guard.confirm($1, 1, $2) as mine', [change, digest])).rows[0]?.mine
    try {
      await client.query('begin')
      await client.query("select clyra_guard.enter('chg_mine', 1, 'd', null)")
      expect([await confirm('chg_mine', 'd'), await confirm('chg_mine', 'e'), await confirm('chg_other', 'd')]).toEqual([
        true,
        false,
        false,
      ])
      await client.query('commit and chain')
      expect(await confirm('chg_mine', 'd')).toBe(false)
    } finally {
      await client.end()
    }
  })
})

test('an attempt whose guard row is not confirmed is not committed', async () => {
  await pg.sql(
    `create or replace function clyra_guard.confirm(p_change text, p_attempt bigint, p_digest text) returns boolean
     language sql as 'select false'`,
  )
  const request = {
    change_id: 'chg_3',
    attempt: 1,
    payload: payloadOf('dml', ['delete from shop.notes where id = 1']),
    payload_digest: 'd',
    row_limit: 9,
    certificate_id: null,
  }
  const settled = await postgresWarehouse(pg).enforce(request, () => Promise.resolve(), { aborted: false })
  await again()
  expect(settled).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_TRANSACTION', settled_by: 'tombstone' })
  expect(await pg.sql('select id from shop.notes where id = 1')).toEqual([{ id: 1 }])
})

describe('scramVerifier', () => {
  test('is what PostgreSQL itself would store', async () => {
    await pg.sql("create role scram_made login password 'pencil'")
    const [row] = await pg.sql<{ secret: string }>("select rolpassword as secret from pg_authid where rolname = 'scram_made'")
    const salt = Buffer.from(row?.secret.split(':')[1]?.split('$')[0] ?? '', 'base64')
    expect(scramVerifier('pencil', salt)).toBe(row?.secret)
  })

  test('refuses what SASLprep would change', () => {
    expect(() => scramVerifier('pässword')).toThrow(TypeError)
  })
})

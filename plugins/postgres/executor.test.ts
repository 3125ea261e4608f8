import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pgDriver from 'pg'
import { canonical } from '../../core/canonical.ts'
import type { Payload } from '../../core/generated/types.ts'
import { attempt, requestOf } from '../../tests/support/attempts.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { payloadOf, shop } from '../../tests/support/shop.ts'
import type { ReadPayload } from './analyse/read.ts'
import { enforce } from './executor.ts'
import { openSession } from './session.ts'
import { apply, enter } from './transaction.ts'

const traps = `
set role shop_owner;
create function shop.eq(varchar, varchar) returns boolean language sql immutable as $$ select true $$;
create operator shop.= (leftarg = varchar, rightarg = varchar, function = shop.eq);
create table shop.entering (id int primary key); insert into shop.entering values (1);
create function shop.enter() returns trigger language plpgsql as $$
  begin perform clyra_guard.enter('chg_other', 1, 'd', null); return new; end $$;
create trigger enter after update on shop.entering for each row execute function shop.enter();
create table shop.resetting (id int primary key, a int); insert into shop.resetting select i from generate_series(1, 5) i;
create function shop.reset() returns trigger language plpgsql as $$
  begin perform set_config('search_path', 'shop', false), set_config('synchronous_commit', 'off', false); return new; end $$;
create trigger reset after update on shop.resetting for each row execute function shop.reset();
reset role;
create schema hijack authorization shop_owner; grant usage on schema hijack to public;
set role shop_owner;
create function hijack.plus(bigint, bigint) returns bigint language sql immutable as $$ select 0::bigint $$;
create operator hijack.+ (leftarg = bigint, rightarg = bigint, function = hijack.plus);
create function hijack.never(name, text) returns boolean language sql immutable as $$ select false $$;
create operator hijack.!~~ (leftarg = name, rightarg = text, function = hijack.never);
create operator hijack.<> (leftarg = name, rightarg = text, function = hijack.never);
create domain hijack.text as pg_catalog.int4; create domain hijack.json as pg_catalog.int4;
create function hijack.set_config(pg_catalog.text, pg_catalog.text, boolean) returns pg_catalog.text language sql as $$ select '' $$;
create table shop.hijacking (id int primary key, a int); insert into shop.hijacking select i from generate_series(1, 5) i;
create function shop.hijack() returns trigger language plpgsql as $$
  begin perform pg_catalog.set_config('search_path', 'hijack, pg_catalog', false),
    pg_catalog.set_config('standard_conforming_strings', 'off', false), pg_catalog.set_config('backslash_quote', 'on', false); return new; end $$;
create trigger hijack after update on shop.hijacking for each row execute function shop.hijack();
reset role;
`
let pg: GovernedPostgres

beforeAll(async () => {
  pg = await governedPostgres(shop + traps)
})
afterAll(() => pg.stop())

const run = (...[role, statements, limit, limits]: [Payload['role'], string[], number?, Partial<Payload['limits']>?]) =>
  attempt(pg, role, statements, limit, limits)
const count = async (table: string): Promise<number> => Number((await pg.sql<{ n: string }>(`select count(*) as n from ${table}`))[0]?.n)

describe('an attempt that applies', () => {
  test('is enforced by its COMMIT, and says what it did', async () => {
    const result = await run('dml', ["update shop.customers set note = 'a' where id <= 3", "update shop.notes set body = 'b' where id = 1"])
    expect(result).toMatchObject({ outcome: 'enforced', code: null, sqlstate: null, statement: null, settled_by: 'commit' })
    expect(result.prepared).toMatchObject({ affected_rows: 4, rows_by_statement: [3, 1] })
    expect(await pg.sql('select count(*)::int as n from shop.customers where note = $1', ['a'])).toEqual([{ n: 3 }])
  })

  test('anchors stand in its own transaction, and everything prepared is canonical JSON', async () => {
    const { prepared, change_id } = await run('dml', ["update shop.notes set body = 'c' where id = 2"])
    const [before, after] = prepared?.anchors ?? []
    expect(canonical(prepared)).toContain('"affected_rows":1')
    expect([before?.position, after?.position]).toEqual(['before', 'after'])
    expect(before?.xid).toBe(after?.xid)
    const [row] = await pg.sql('select xid::text, pg_xact_status(xid) as status from clyra_guard.attempts where change_id = $1', [
      change_id,
    ])
    expect(row).toEqual({ xid: after?.xid, status: 'committed' })
    const [order] = await pg.sql<{ moved: boolean }>('select $1::pg_lsn < $2::pg_lsn as moved', [before?.lsn, after?.lsn])
    expect(order?.moved).toBe(true)
  })

  test('keeps no rows of a large result', async () => {
    expect(await run('dml', ["select repeat('x', 1000) from shop.orders a, shop.customers b where a.id <= 20"])).toMatchObject({
      outcome: 'enforced',
      prepared: { affected_rows: 0 },
    })
  })
})

describe('what must not get through', () => {
  test('point 1: two statements in one text are refused, nothing runs', async () => {
    const before = await count('shop.orders')
    expect(await run('dml', ['select 1; delete from shop.orders where id = 1'])).toMatchObject({
      outcome: 'failed',
      code: 'CLYRA_SQL_MULTIPLE',
      statement: 0,
      settled_by: 'tombstone',
    })
    expect(await count('shop.orders')).toBe(before)
  })

  test.each(['commit', 'rollback', 'commit and chain', 'prepare transaction $$x$$'])(
    'point 2: were the parser blind, %s is noticed',
    async (text) => {
      const request = requestOf(payloadOf('dml', [text]))
      const blind: ReadPayload = { parsed: 'parsed', refusals: [], statements: [{ text, description: null }] }
      const session = await openSession(pg.dml, 5_000)
      try {
        const entered = await enter(session, request)
        await expect(
          apply({ ...entered, request: { ...request, payload: { ...request.payload, role: 'ddl' } } }, blind, { aborted: false }),
        ).rejects.toThrow(text.startsWith('prepare') ? 'CLYRA_ENFORCE_STATEMENT' : 'CLYRA_ENFORCE_TRANSACTION')
      } finally {
        await session.close()
      }
    },
  )

  test.each([
    'set role shop_owner',
    'set session authorization postgres',
    'set session_replication_role = replica',
    'set track_counts = off',
    'set event_triggers = off',
    "copy shop.orders to '/tmp/x'",
    "copy shop.orders to program 'true'",
    "select lo_import('/etc/passwd')",
    "select pg_read_file('/etc/passwd')",
    "load 'auto_explain'",
    'delete from clyra_guard.attempts',
    'select * from clyra_guard.attempts',
    'alter function clyra_guard.place() rename to x',
    'alter table shop.products disable trigger all',
    'create temp table x (a int)',
    'create table shop.x (a int)',
  ])('point 3: the dml login itself may not %s', async (sql) => {
    const client = new pgDriver.Client(pg.dml)
    await client.connect()
    try {
      await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' })
    } finally {
      await client.end()
    }
  })

  test('point 6: a hijacked operator matches one row, not all', async () => {
    expect(await run('dml', ["update shop.customers set note = 'h' where email = 'u1@x'"])).toMatchObject({
      prepared: { affected_rows: 1 },
    })
    await pg.sql('alter role clyra_dml set search_path = shop')
    const result = await run('dml', ["update shop.customers set note = 'h' where email = 'u2@x'"])
    await pg.sql('alter role clyra_dml reset search_path')
    expect(result).toMatchObject({ prepared: { affected_rows: 1 } })
  })

  test('points 5, 6: settings changed by a trigger do not reach the next statement', async () => {
    const statements = ['update shop.resetting set a = 1 where id = 1', "update shop.customers set note = 'r' where email = 'u3@x'"]
    expect(await run('dml', statements)).toMatchObject({ outcome: 'enforced', prepared: { rows_by_statement: [1, 1] } })
  })

  test('points 6, 9: operators, types and functions of a path that a trigger set do not get into the count', async () => {
    const statements = ['update shop.hijacking set a = 1', "update shop.customers set note = 'k' where email = 'u4@x'"]
    expect(await run('dml', statements)).toMatchObject({ outcome: 'enforced', prepared: { rows_by_statement: [5, 1] } })
    expect(await run('dml', statements, 4)).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_ROW_LIMIT', statement: 0 })
  })

  test('point 7: the ddl login creates for the owner, and its list holds no way round the triggers', async () => {
    expect(await run('ddl', ['alter table shop.products disable trigger all'])).toMatchObject({
      outcome: 'failed',
      code: 'CLYRA_SQL_CLAUSE',
    })
  })

  test('point 8: a payload that enters another change gets 23505, and the other change stays free', async () => {
    expect(await run('dml', ['update shop.entering set id = 2 where id = 1'])).toMatchObject({
      outcome: 'failed',
      code: 'CLYRA_ENFORCE_STATEMENT',
      sqlstate: '23505',
      statement: 0,
    })
    expect(await pg.sql("select from clyra_guard.attempts where change_id = 'chg_other'")).toEqual([])
  })

  test('a function that appears after the verdict is found by the executor’s own probe', async () => {
    await pg.sql(`create view shop.calm as select id from shop.orders`)
    await pg.sql('grant select on shop.calm to clyra_dml')
    const sql = 'update shop.notes set body = $$q$$ where id in (select id from shop.calm where id < 3)'
    expect(await run('dml', [sql])).toMatchObject({ outcome: 'enforced' })
    await pg.sql('create function shop.surprise(int) returns int language sql volatile as $$ select $1 $$')
    await pg.sql('create or replace view shop.calm as select shop.surprise(id) as id from shop.orders')
    expect(await run('dml', [sql])).toMatchObject({ outcome: 'failed', code: 'CLYRA_SQL_FUNCTION', statement: 0 })
  })

  test('only the SQLSTATE of a refused statement leaves', async () => {
    const result = await run('dml', ["insert into shop.orders values (1, 1, 'c4n4ry')", 'insert into shop.orders values (1, 1, 1)'])
    expect(result).toMatchObject({ outcome: 'failed', code: 'CLYRA_SQL_REJECTED', sqlstate: '22P02', statement: 0 })
    expect(JSON.stringify(result)).not.toContain('c4n4ry')
    const duplicate = await run('dml', ['insert into shop.orders values (1, 1, 1)'])
    expect(duplicate).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_STATEMENT', sqlstate: '23505', statement: 0 })
  })
})

describe('before COMMIT', () => {
  test('when prepare throws for good, nothing is committed and the attempt is over', async () => {
    const request = requestOf(payloadOf('dml', ['delete from shop.orders where id = 50']))
    const settled = await enforce(pg, request, () => Promise.reject(Object.assign(new Error(), { code: 'CLYRA_LEDGER_CORRUPT' })), {
      aborted: false,
    })
    expect(settled).toMatchObject({ outcome: 'failed', code: 'CLYRA_LEDGER_CORRUPT', settled_by: 'tombstone' })
    expect(await count('shop.orders where id = 50')).toBe(1)
  })

  test('when prepare throws for now, nothing is committed and the attempt can be made again', async () => {
    const request = requestOf(payloadOf('dml', ['delete from shop.orders where id = 51']))
    const busy = Object.assign(new Error('busy'), { code: 'CLYRA_LEDGER_UNAVAILABLE' })
    await expect(enforce(pg, request, () => Promise.reject(busy), { aborted: false })).rejects.toBe(busy)
    expect(await count('shop.orders where id = 51')).toBe(1)
    expect(await enforce(pg, request, () => Promise.resolve(), { aborted: false })).toMatchObject({ outcome: 'enforced' })
  })

  test('a statement that takes too long is stopped', async () => {
    const slow =
      'update shop.notes set body = $$s$$ where id in (select a.id from shop.orders a, shop.orders b, shop.orders c where a.id + b.id < -c.id)'
    expect(await run('dml', [slow], 100, { statement_timeout_ms: 300 })).toMatchObject({
      outcome: 'failed',
      sqlstate: '57014',
      statement: 0,
    })
  })
})

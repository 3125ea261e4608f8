import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Examined } from '../../../core/ports.ts'
import { functionAllowed } from '../../../core/sql/functions.ts'
import { type GovernedPostgres, governedPostgres } from '../../../tests/support/governed-postgres.ts'
import { payloadOf, shop } from '../../../tests/support/shop.ts'
import { openSession } from '../session.ts'
import { analyse } from './analyse.ts'
import { rowsWritten } from './explain.ts'
import { probe } from './probe.ts'
import { readPayload } from './read.ts'

// What a careful attacker, or a careless developer, may have left in the warehouse.
const traps = `
set role shop_owner;
create function shop.eq(varchar, varchar) returns boolean language sql immutable as $$ select true $$;
create operator shop.= (leftarg = varchar, rightarg = varchar, function = shop.eq);
create sequence shop.witness;
create function shop.rowf(shop.customers) returns bigint language sql volatile as $$ select nextval('shop.witness') $$;
create function shop.sneaky() returns bigint language sql stable as $$ select nextval('shop.witness') $$;
create type shop.colour as enum ('red');
create function shop.to_colour(int) returns shop.colour language sql immutable as $$ select 'red'::shop.colour $$;
create cast (int as shop.colour) with function shop.to_colour(int);
create view shop.calling as select id, shop.sneaky() as n from shop.customers;
create table shop.private (id int primary key);
revoke all on shop.private from public;
reset role;
create schema hidden; create table hidden.t (id int);
create foreign data wrapper nothing; create server nowhere foreign data wrapper nothing;
create foreign table shop.abroad (id int) server nowhere;
create table shop.parts (id int) partition by list (id);
create table shop.parts_here partition of shop.parts for values in (1);
create foreign table shop.parts_abroad partition of shop.parts for values in (2) server nowhere;
create view shop.abroad_seen as select * from shop.abroad;
`
let pg: GovernedPostgres

beforeAll(async () => {
  pg = await governedPostgres(shop + traps)
})
afterAll(() => pg.stop())

const facts = (role: 'dml' | 'ddl', ...statements: string[]): Promise<Examined> => analyse(pg[role], payloadOf(role, statements))
const first = async (role: 'dml' | 'ddl', sql: string) => (await facts(role, sql)).statements[0]
const codes = async (role: 'dml' | 'ddl', ...statements: string[]) => (await facts(role, ...statements)).refusals.map(({ code }) => code)

describe('facts', () => {
  test('say what a narrow update is', async () => {
    expect(await facts('dml', "update shop.products set price = abs(price) where id = 5 -- it's narrow")).toEqual({
      parsed: 'parsed',
      role: 'dml',
      platform: 'postgresql',
      server_version: expect.stringMatching(/^1\d\.\d+$/),
      simulated: false,
      estimated_rows: 1,
      refusals: [],
      statements: [
        {
          kind: 'update',
          relations: [{ schema: 'shop', name: 'products', access: 'write' }],
          functions: ['pg_catalog.abs'],
          predicate: 'bounded',
          details: ['triggers'],
          estimated_rows: 1,
          estimate_basis: 'explain',
          relation_rows: 100,
        },
      ],
    })
  })

  test.each([
    ['', 'CLYRA_SQL_UNPARSED', 'unparsed'],
    ['-- nothing', 'CLYRA_SQL_UNPARSED', 'unparsed'],
    ['deleet from shop.t', 'CLYRA_SQL_UNPARSED', 'unparsed'],
    ['select 1\0; drop table shop.orders', 'CLYRA_SQL_UNPARSED', 'unparsed'],
    ['select 1; delete from shop.orders', 'CLYRA_SQL_MULTIPLE', 'unparsed'],
    ['do $$ begin delete from shop.orders; end $$', 'CLYRA_SQL_OPAQUE', 'opaque'],
    [`select ${'('.repeat(20_000)}1${')'.repeat(20_000)}`, 'CLYRA_SQL_TOO_LARGE', 'unparsed'],
    [`select ${'('.repeat(8000)}1${')'.repeat(8000)}`, 'CLYRA_SQL_TOO_COMPLEX', 'unparsed'],
    [`select 1${'+1'.repeat(8000)}`, 'CLYRA_SQL_TOO_COMPLEX', 'unparsed'],
    [`select 1${'+1'.repeat(1100)}`, 'CLYRA_SQL_TOO_COMPLEX', 'parsed'],
    [`select '${'x'.repeat(17_000)}'`, 'CLYRA_SQL_TOO_LARGE', 'unparsed'],
  ])('bad text is refused, not thrown, and asks the server nothing (%#)', async (sql, code, parsed) => {
    expect(await facts('dml', sql)).toMatchObject({
      parsed,
      refusals: [{ code, statement: 0 }],
      server_version: null,
      estimated_rows: null,
    })
  })

  test('the parser is as good as new after hostile nesting', async () => {
    for (let round = 0; round < 60; round += 1)
      for (const text of [`select 1${'+1'.repeat(1240)}`, `select ${'('.repeat(2400)}1`, `select ${'- '.repeat(8000)}1`])
        expect((await readPayload(payloadOf('dml', [text]))).refusals).toHaveLength(1)
    expect(await codes('dml', 'select id from shop.orders')).toEqual([])
  })

  test('what the server refuses to plan leaves as SQLSTATE only (point 16: EXPLAIN needs the statement’s privileges)', async () => {
    const { refusals } = await facts('dml', "update shop.orders set nope = 'c4n4ry' where id = 1")
    expect(refusals).toEqual([{ code: 'CLYRA_SQL_REJECTED', statement: 0, detail: 'SQLSTATE 42703' }])
    expect(await codes('dml', 'delete from hidden.t where id = 1')).toContain('CLYRA_SQL_REJECTED')
    await pg.sql('revoke delete on shop.notes from clyra_dml')
    expect((await facts('dml', 'delete from shop.notes where id = 1')).refusals).toEqual([
      { code: 'CLYRA_SQL_REJECTED', statement: 0, detail: 'SQLSTATE 42501' },
    ])
    await pg.sql('grant delete on shop.notes to clyra_dml')
  })

  test('unknown relations are named, unless an earlier statement makes them', async () => {
    expect(await codes('ddl', 'alter table shop.nope drop column a')).toEqual(['CLYRA_SQL_UNKNOWN_RELATION'])
    expect(await codes('ddl', 'create table shop.nope (a int)', 'alter table shop.nope add column b int')).toEqual([])
  })

  test('TRUNCATE may only stand among its like (point 10)', async () => {
    const both = ['truncate shop.notes', 'delete from shop.orders where id = 1']
    expect((await facts('dml', ...both)).refusals).toEqual([
      { code: 'CLYRA_SQL_TRUNCATE_MIXED', statement: null, detail: expect.any(String) },
    ])
  })

  test.each(['shop.abroad', 'shop.parts', 'shop.abroad_seen'])('foreign tables are refused, behind %s too (point 10)', async (name) => {
    expect(await codes('dml', `delete from ${name} where id = 1`)).toContain('CLYRA_SQL_FOREIGN_TABLE')
  })
})

describe('estimates', () => {
  test.each([
    ["update shop.customers set note = 'x' where tenant = 't1'", 20],
    ['delete from shop.orders', 3000],
    ['delete from shop.orders where customer_id > 0 returning id', 3000],
    ['with d as (delete from shop.orders where id <= 30 returning *) select count(*) from d', 30],
    ["with d as (delete from shop.orders where id <= 30 returning *) update shop.notes set body = 'x'", 70],
    ["insert into shop.fresh values (1, 'a'), (2, 'b')", 2],
    ['insert into shop.fresh select id, email from shop.customers', 1000],
    ['update shop.measures set value = 0 where day < 20', 200],
    ["merge into shop.notes n using shop.products p on n.id = p.id when matched then update set body = 'x'", 40],
    ['delete from shop.orders where exists (select 1)', 3000],
    ['select * from shop.customers', 0],
  ])('points 16, 17: %s writes about %i rows', async (sql, rows) => {
    const one = await first('dml', sql)
    expect(one?.estimate_basis).toBe('explain')
    expect(Math.abs((one?.estimated_rows ?? Number.NaN) - rows)).toBeLessThanOrEqual(Math.ceil(rows / 10))
  })

  test('point 17: what foreign keys do is not in a plan, so it is marked', async () => {
    expect(await first('dml', 'delete from shop.customers where id = 1')).toMatchObject({
      estimated_rows: 1,
      details: ['foreign_key_actions'],
    })
  })

  test('point 17: an InitPlan before the outer child is not taken for it', () => {
    const plan = {
      'Node Type': 'ModifyTable',
      'Plan Rows': 0,
      Plans: [
        { 'Node Type': 'Result', 'Plan Rows': 1, 'Parent Relationship': 'InitPlan' },
        { 'Node Type': 'Seq Scan', 'Plan Rows': 500, 'Parent Relationship': 'Outer' },
      ],
    }
    expect(rowsWritten(plan)).toBe(500)
  })

  test('point 18: a table never analysed gives no estimate', async () => {
    await pg.sql("insert into shop.fresh select i, 'abc' from generate_series(1, 5000) i")
    expect(await facts('dml', "delete from shop.fresh where s = 'abc'")).toMatchObject({
      estimated_rows: null,
      statements: [{ estimated_rows: null, estimate_basis: 'never_analysed', relation_rows: null }],
    })
  })

  test.each([
    ['ddl', 'alter table shop.customers drop column note', null, 'unexplainable', 1000],
    ['ddl', 'create table shop.x (id int)', null, 'unexplainable', null],
    ['dml', 'truncate shop.notes', 40, 'counted', 40],
    ['ddl', 'truncate shop.measures', 200, 'counted', 200],
  ] as const)('point 16: %s %s', async (role, sql, estimated_rows, estimate_basis, relation_rows) => {
    const found = await facts(role, sql)
    expect(found).toMatchObject({ estimated_rows, refusals: [], statements: [{ estimated_rows, estimate_basis, relation_rows }] })
  })
})

describe('what a statement really calls', () => {
  test('point 6: an operator of the schema does not take part, and cannot be asked for', async () => {
    expect(await first('dml', "update shop.customers set note = 'x' where email = 'u1@x'")).toMatchObject({ estimated_rows: 1 })
    expect(await codes('dml', "delete from shop.customers where email operator(shop.=) 'u1@x'")).toEqual(['CLYRA_SQL_OPERATOR'])
  })

  test.each([
    ['a cast', 'select 1::shop.colour', 'shop.to_colour'],
    ['a view', 'delete from shop.orders where id in (select id from shop.calling)', 'shop.sneaky'],
  ])('point 25: the probe finds a function behind %s', async (_, sql, name) => {
    const found = await facts('dml', sql)
    expect(found.refusals).toEqual([{ code: 'CLYRA_SQL_FUNCTION', statement: 0, detail: `${name}, which is not a built-in` }])
    expect(found.statements[0]?.functions).toContain(name)
  })

  test('points 6, 25: column notation finds no function on the pinned path; were it on the path, the probe would', async () => {
    const sql = 'delete from shop.customers c where c.rowf = 1'
    expect((await facts('dml', sql)).refusals).toEqual([{ code: 'CLYRA_SQL_REJECTED', statement: 0, detail: 'SQLSTATE 42703' }])
    const session = await openSession(pg.dml, 5_000)
    try {
      await session.run('begin')
      await session.run('set local search_path = shop')
      expect(await probe(session, sql)).toEqual({ functions: ['shop.rowf'] })
      expect(await probe(session, "delete from customers where email = 'u1@x' -- hijacked")).toEqual({ functions: ['shop.eq'] })
    } finally {
      await session.close()
    }
  })

  test('point 19: nothing runs at plan time that the probe did not pass', async () => {
    await codes('dml', 'select id from shop.calling where n = 1')
    await codes('dml', 'select c.rowf from shop.customers c')
    expect(await pg.sql('select is_called from shop.witness')).toEqual([{ is_called: false }])
  })

  test('point 25: the probe leaves nothing behind', async () => {
    expect(await pg.sql("select from pg_proc where pronamespace = 'clyra_probe'::regnamespace")).toEqual([])
  })

  test('point 26: of the volatile built-ins only a handful may be called', async () => {
    const builtins = await pg.sql<{ name: string }>(
      `select distinct proname::text as name from pg_proc where pronamespace = 'pg_catalog'::regnamespace and provolatile = 'v'
       and has_function_privilege('clyra_dml', oid, 'execute') and prokind = 'f'`,
    )
    const allowed = builtins.filter(({ name }) => functionAllowed({ schema: 'pg_catalog', name, volatility: 'v' })).map(({ name }) => name)
    expect(builtins.length).toBeGreaterThan(100)
    expect(allowed.sort().filter((name) => !name.startsWith('uuidv'))).toEqual([
      'clock_timestamp',
      'gen_random_uuid',
      'nextval',
      'random',
      'random_normal',
      'timeofday',
    ])
  })

  test.each([
    'select pg_export_snapshot()',
    "select currval('shop.witness')",
    'select pg_terminate_backend(1)',
    'select no_such_function(1)',
  ])('point 26: %s is refused by what the catalogue says of it', async (sql) =>
    expect(await codes('dml', sql)).toContain('CLYRA_SQL_FUNCTION'),
  )
})

describe('the analysis itself', () => {
  test('point 1: the extended protocol refuses several statements', async () => {
    const session = await openSession(pg.dml, 5_000)
    try {
      await expect(session.query('select 1; select 2')).rejects.toMatchObject({ sqlstate: '42601' })
      await expect(session.run('select 1; select 2')).rejects.toMatchObject({ sqlstate: '42601' })
    } finally {
      await session.close()
    }
  })

  test('rejects when there is no server, and says nothing of the login', async () => {
    const nowhere = analyse({ ...pg.dml, password: 'wr0ng' }, payloadOf('dml', ['select 1']))
    await expect(nowhere).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_UNAVAILABLE', message: expect.not.stringContaining('wr0ng') })
  })

  test('leaves no session open', async () => {
    await facts('dml', 'select 1')
    expect(await pg.sql("select from pg_stat_activity where usename like 'clyra%' and state <> 'active'")).toEqual([])
  })
})

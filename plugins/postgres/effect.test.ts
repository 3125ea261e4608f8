import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pgDriver from 'pg'
import { canonical } from '../../core/canonical.ts'
import type { Payload, SchemaSnapshot } from '../../core/generated/types.ts'
import { diffSnapshots } from '../../core/snapshot/diff.ts'
import { attempt } from '../../tests/support/attempts.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { shop } from '../../tests/support/shop.ts'
import { pin } from './pins.ts'
import { openSession } from './session.ts'
import { snapshot } from './snapshot.ts'

const traps = `
set role shop_owner;
create table shop.emptying (id int primary key, a int); insert into shop.emptying select i from generate_series(1, 5) i;
create table shop.victim as select i from generate_series(1, 500) i;
create function shop.empty() returns trigger language plpgsql as $$ begin truncate shop.victim; return new; end $$;
create trigger empty after update on shop.emptying for each statement execute function shop.empty();
create table shop.late (id int primary key, a int); insert into shop.late select i from generate_series(1, 20) i;
create function shop.late() returns trigger language plpgsql as $$
  begin insert into shop.audit (what) select 'late' from generate_series(1, 10); return null; end $$;
create constraint trigger late after update on shop.late deferrable initially deferred for each row execute function shop.late();
create view shop.cheap as select * from shop.products where price < 50;
create table shop.old (id int primary key, a int); insert into shop.old select i from generate_series(1, 30) i;
create table shop.wide (id int primary key, a int); insert into shop.wide select i, i from generate_series(1, 60) i;
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

describe('the counts', () => {
  test.each([
    ['a cascade', 'delete from shop.customers where id between 901 and 910', 40],
    ['a trigger', 'update shop.products set price = price + 1 where id between 60 and 69', 20],
    ['a partition move', 'update shop.measures set day = 15 where day = 5', 20],
    [
      'MERGE',
      'merge into shop.notes n using shop.products p on n.id = p.id when matched and p.id <= 5 then update set body = $$m$$ when not matched and p.id <= 45 then insert values (p.id, $$new$$)',
      10,
    ],
    [
      'ON CONFLICT',
      "insert into shop.notes select i, 'x' from generate_series(44, 47) i where true on conflict (id) do update set body = 'x'",
      4,
    ],
    ['a CTE', 'with d as (delete from shop.orders where id > 2990 returning id) insert into shop.audit (what) select $$gone$$ from d', 20],
    ['a view', 'update shop.cheap set price = price where id <= 3', 6],
  ])('point 9: %s is counted', async (_, sql, rows) => {
    expect(await run('dml', [sql])).toMatchObject({ outcome: 'enforced', prepared: { affected_rows: rows, rows_by_statement: [rows] } })
  })

  test('above the limit nothing is applied, wherever the rows came from', async () => {
    const before = [await count('shop.customers'), await count('shop.orders')]
    const result = await run('dml', ["update shop.notes set body = 'y' where id = 1", 'delete from shop.customers where id <= 10'], 30)
    expect(result).toMatchObject({
      outcome: 'failed',
      code: 'CLYRA_ENFORCE_ROW_LIMIT',
      statement: 1,
      settled_by: 'tombstone',
      prepared: null,
    })
    expect([await count('shop.customers'), await count('shop.orders')]).toEqual(before)
  })

  test('the requester’s own limit holds too', async () => {
    const result = await run('dml', ['delete from shop.orders where id <= 10'], 100, { max_rows: 9 })
    expect(result).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_ROW_LIMIT' })
  })

  test('point 10: what deferred triggers do is counted before COMMIT', async () => {
    expect(await run('dml', ['update shop.late set a = 1 where id <= 2'], 21)).toMatchObject({
      outcome: 'failed',
      code: 'CLYRA_ENFORCE_ROW_LIMIT',
    })
    expect(await run('dml', ['update shop.late set a = 1 where id <= 2'], 22)).toMatchObject({
      outcome: 'enforced',
      prepared: { affected_rows: 22 },
    })
  })

  test('point 10: a hidden TRUNCATE erases counts, so it is never committed', async () => {
    expect(await run('dml', ['delete from shop.victim where i <= 100', 'update shop.emptying set a = 1 where id = 1'])).toMatchObject({
      outcome: 'failed',
      code: 'CLYRA_ENFORCE_UNCOUNTABLE',
    })
    expect(await count('shop.victim')).toBe(500)
  })

  test('point 10: TRUNCATE is counted under its lock, partitions too', async () => {
    expect(await run('dml', ['truncate shop.victim'], 499)).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_ROW_LIMIT' })
    expect(await run('dml', ['truncate shop.measures, shop.victim'])).toMatchObject({
      outcome: 'enforced',
      prepared: { affected_rows: 700 },
    })
  })

  test.each([
    ['DROP TABLE', 'drop table shop.old', 30],
    ['DROP COLUMN', 'alter table shop.wide drop column a', 60],
    ['a rewrite', 'alter table shop.wide alter column id type bigint', 60],
    ['a volatile default', 'alter table shop.wide add column b double precision default random()', 60],
    ['a constant default', 'alter table shop.wide add column c int default 1', 0],
    ['an index', 'create index wide_c on shop.wide (c)', 0],
  ])('point 10: %s counts the rows at stake', async (_, sql, rows) => {
    expect(await run('ddl', [sql])).toMatchObject({ outcome: 'enforced', prepared: { affected_rows: rows } })
  })

  test('point 10: without statistics nothing runs', async () => {
    await pg.sql('alter role clyra_dml set track_counts = off')
    const result = await run('dml', ["update shop.notes set body = 'z' where id = 1"])
    await pg.sql('alter role clyra_dml reset track_counts')
    expect(result).toMatchObject({ outcome: 'failed', code: 'CLYRA_POSTGRES_UNSAFE' })
  })
})

describe('the schema', () => {
  test('points 20, 22: the snapshots hold the touched relations alone, and the change’s own DDL', async () => {
    const statements = [
      'alter table shop.notes add column author text not null default $$x$$',
      'create index notes_author on shop.notes (author)',
    ]
    const { prepared } = await run('ddl', statements)
    expect(prepared?.before.relations.map(({ name }) => name)).toEqual(['notes'])
    expect(
      diffSnapshots(prepared?.before as SchemaSnapshot, prepared?.after as SchemaSnapshot).map(({ path, change }) => [path, change]),
    ).toEqual([
      ['column.author', 'added'],
      ['part.constraint.notes_author_not_null', 'added'],
      ['part.index.notes_author', 'added'],
    ])
  })

  test('an index is a part of its table, a made table and a renamed one are seen under their names', async () => {
    expect((await run('ddl', ['drop index shop.notes_author'])).prepared?.after.relations.map(({ name }) => name)).toEqual(['notes'])
    const { prepared } = await run('ddl', ['create table shop.made (id int primary key)', 'alter table shop.made rename to kept'])
    expect([prepared?.before.relations, prepared?.after.relations.map(({ name, owner }) => [name, owner])]).toEqual([
      [],
      [['kept', 'shop_owner']],
    ])
  })

  test('point 22: nobody alters a table between the snapshot and the statement that touches it', async () => {
    const holder = new pgDriver.Client(pg.dml)
    await holder.connect()
    try {
      await holder.query('begin; update shop.notes set body = $$held$$ where id = 1')
      const statements = ['update shop.notes set body = $$x$$ where id = 1', 'update shop.products set price = 1 where id = 1']
      const running = run('dml', statements, 10, { lock_timeout_ms: 10_000 })
      const waiting = "select from pg_stat_activity where usename = 'clyra_dml' and wait_event = 'transactionid'"
      while ((await pg.sql(waiting)).length === 0);
      const alter = "set lock_timeout = '50ms'; alter table shop.products add column x int"
      await expect(pg.sql(alter)).rejects.toMatchObject({ code: '55P03' })
      await holder.query('rollback')
      expect(await running).toMatchObject({ outcome: 'enforced' })
    } finally {
      await holder.end()
    }
  })
})

test('point 21: one shape has one snapshot, whoever asks and whatever the role is set to', async () => {
  await pg.sql('alter role clyra_ddl set quote_all_identifiers = on; alter role clyra_dml set search_path = shop')
  const admin = { ...pg.dml, user: 'postgres', password: 'admin-pw' }
  const seen = []
  for (const login of [pg.dml, pg.ddl, admin]) {
    const session = await openSession(login, 5_000)
    await session.run('begin')
    await pin(session, { statement_timeout_ms: 5_000, lock_timeout_ms: 1_000 })
    seen.push(
      canonical(
        await snapshot(
          session,
          ['customers', 'orders', 'big_orders', 'measures'].map((name) => ({ schema: 'shop', name })),
        ),
      ),
    )
    await session.close()
  }
  await pg.sql('alter role clyra_ddl reset all; alter role clyra_dml reset all')
  expect(new Set(seen).size).toBe(1)
  expect(seen[0]).toContain('"name":"big_orders"')
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pgDriver from 'pg'
import { canonical } from '../../core/canonical.ts'
import type { Payload } from '../../core/generated/types.ts'
import type { EnforceRequest, Prepared, Settled } from '../../core/ports.ts'
import { diffSnapshots } from '../../core/snapshot/diff.ts'
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
  begin perform clyra_guard.enter('chg_other', 1, 'd'); return new; end $$;
create trigger enter after update on shop.entering for each row execute function shop.enter();
create table shop.emptying (id int primary key, a int); insert into shop.emptying select i from generate_series(1, 5) i;
create table shop.victim as select i from generate_series(1, 500) i;
create function shop.empty() returns trigger language plpgsql as $$ begin truncate shop.victim; return new; end $$;
create trigger empty after update on shop.emptying for each statement execute function shop.empty();
create table shop.late (id int primary key, a int); insert into shop.late select i from generate_series(1, 20) i;
create function shop.late() returns trigger language plpgsql as $$
  begin insert into shop.audit (what) select 'late' from generate_series(1, 10); return null; end $$;
create constraint trigger late after update on shop.late deferrable initially deferred for each row execute function shop.late();
create table shop.resetting (id int primary key, a int); insert into shop.resetting select i from generate_series(1, 5) i;
create function shop.reset() returns trigger language plpgsql as $$
  begin perform set_config('search_path', 'shop', false), set_config('synchronous_commit', 'off', false); return new; end $$;
create trigger reset after update on shop.resetting for each row execute function shop.reset();
create view shop.cheap as select * from shop.products where price < 50;
create table shop.old (id int primary key, a int); insert into shop.old select i from generate_series(1, 30) i;
create table shop.wide (id int primary key, a int); insert into shop.wide select i, i from generate_series(1, 60) i;
reset role;
grant select, insert, update, delete, truncate on all tables in schema shop to public;
grant usage on schema shop to public;
`
let pg: GovernedPostgres
let changes = 0

beforeAll(async () => {
  pg = await governedPostgres(shop + traps)
})
afterAll(() => pg.stop())

function requestOf(payload: Payload, row_limit = 10_000): EnforceRequest {
  changes += 1
  return { change_id: `chg_${changes}`, attempt: 1, payload, payload_digest: 'sha256:d', row_limit }
}

interface Run extends Settled {
  prepared: Prepared | null
}

async function run(role: Payload['role'], statements: string[], row_limit?: number, limits?: Partial<Payload['limits']>): Promise<Run> {
  let prepared: Prepared | null = null
  const request = requestOf(payloadOf(role, statements, limits), row_limit)
  const settled = await enforce(
    pg,
    request,
    async (seen) => {
      prepared = seen
    },
    { aborted: false },
  )
  return { ...settled, prepared }
}

const count = async (table: string): Promise<number> => Number((await pg.sql<{ n: string }>(`select count(*) as n from ${table}`))[0]?.n)

describe('an attempt that applies', () => {
  test('is enforced by its COMMIT, and says what it did', async () => {
    const result = await run('dml', ["update shop.customers set note = 'a' where id <= 3", "update shop.notes set body = 'b' where id = 1"])
    expect(result).toMatchObject({ outcome: 'enforced', code: null, sqlstate: null, statement: null, settled_by: 'commit' })
    expect(result.prepared).toMatchObject({ affected_rows: 4, rows_by_statement: [3, 1] })
    expect(await pg.sql('select count(*)::int as n from shop.customers where note = $1', ['a'])).toEqual([{ n: 3 }])
  })

  test('anchors stand in its own transaction, and everything prepared is canonical JSON', async () => {
    const { prepared } = await run('dml', ["update shop.notes set body = 'c' where id = 2"])
    const [before, after] = prepared?.anchors ?? []
    expect(canonical(prepared)).toContain('"affected_rows":1')
    expect([before?.position, after?.position]).toEqual(['before', 'after'])
    expect(before?.xid).toBe(after?.xid)
    const [row] = await pg.sql("select xid::text, pg_xact_status(xid) as status from clyra_guard.attempts where change_id = 'chg_' || $1", [
      changes,
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
    expect(diffSnapshots(prepared?.before as never, prepared?.after as never).map(({ path, change }) => [path, change])).toEqual([
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

  test('point 22: nobody alters a touched table between snapshot and COMMIT', async () => {
    let blocked: unknown
    const request = requestOf(payloadOf('dml', ['select id from shop.products']))
    await enforce(
      pg,
      request,
      async () => {
        blocked = await pg
          .sql("set lock_timeout = '50ms'; alter table shop.products add column x int")
          .catch((error: { code: string }) => error.code)
      },
      { aborted: false },
    )
    expect(blocked).toBe('55P03')
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

test('point 21: one shape has one snapshot, whoever asks and whatever the role is set to', async () => {
  const { snapshot } = await import('./snapshot.ts')
  const { pin } = await import('./pins.ts')
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

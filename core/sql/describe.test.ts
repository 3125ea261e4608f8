import { beforeAll, expect, describe as suite, test } from '@jest/globals'
import { loadModule, parseSync } from 'libpg-query'
import type { Role } from './allowed.ts'
import { describe } from './describe.ts'
import type { Tree } from './tree.ts'

beforeAll(loadModule)

const described = (sql: string, role: Role = 'dml') => describe(parseSync(sql).stmts?.[0]?.stmt as unknown as Tree, role)
const codes = (sql: string, role: Role = 'dml') => [...new Set(described(sql, role).refusals.map(({ code }) => code))]

suite('what a statement is', () => {
  test('relations carry their access; CTE names are none; the same name outside the WITH is one', () => {
    expect(described('with c as (select id from shop.s) update shop.t set a = 1 from c where c.id = t.id').relations).toEqual([
      { schema: 'shop', name: 's', access: 'read' },
      { schema: 'shop', name: 't', access: 'write' },
    ])
    expect(codes('select * from c where id in (with c as (select 1 as id) select id from c)')).toEqual(['CLYRA_SQL_UNQUALIFIED'])
    expect(codes('with t as (select 1) delete from t where true')).toEqual(['CLYRA_SQL_UNQUALIFIED'])
  })

  test.each([
    ['with d as (delete from shop.t where id = 1 returning *) select * from d', 'delete', ['cte_write', 'returning']],
    ['with d as (delete from shop.t where id = 1 returning *) insert into shop.s select * from d', 'delete', ['cte_write', 'returning']],
    ['insert into shop.t values (1) on conflict (id) do update set a = 2', 'insert', ['on_conflict_update']],
    ['select * from shop.t for update', 'select', ['locking']],
    ['insert into shop.t select i, 0 from generate_series(1, 2) with ordinality as g (i) where true', 'insert', []],
    [
      'select sum(a) filter (where b) over (partition by c order by d), extract(year from e) from shop.t group by grouping sets ((a), (b))',
      'select',
      [],
    ],
    [
      "update shop.t set (a, b) = (select 1, 2), c[1] = default where (d, e) = (1, 'x'::text) and f = any(array[1]) and g is not true",
      'update',
      [],
    ],
    ['with recursive r as (select 1 as n union all select n + 1 from r where n < 5) select * from r', 'select', []],
    ['merge into shop.t using shop.s on t.id = s.id when matched then delete', 'merge', ['merge_delete']],
  ])('%s is a %s', (sql, kind, details) => expect(described(sql)).toMatchObject({ kind, details, refusals: [] }))

  test.each([
    ['alter table shop.t drop column a, add column b int', 'alter_table', ['add_column', 'drop_column']],
    ['drop table shop.t', 'drop', ['drop_table']],
    ['create index on shop.t (a)', 'create_index', []],
    ['alter table shop.t rename to u', 'rename', ['rename_table']],
    ['alter table shop.t rename column a to b', 'rename', ['rename_column']],
    ['create table shop.n (id int primary key default 1, t int references shop.t check (t > 0))', 'create_table', []],
    ['create table shop.p partition of shop.t for values from (1) to (2)', 'create_table', []],
    ['create or replace view shop.v as select lower(s) from shop.t', 'create_view', []],
    ["comment on column shop.t.a is 'x'", 'comment', []],
    ['alter table shop.t alter column a type bigint using a::bigint', 'alter_table', ['alter_column_type']],
  ])('ddl: %s is a %s', (sql, kind, details) => expect(described(sql, 'ddl')).toMatchObject({ kind, details, refusals: [] }))

  test('a renamed relation is written under both names', () => {
    expect(described('alter table shop.t rename to u', 'ddl').relations.map(({ name }) => name)).toEqual(['t', 'u'])
    expect(described('drop table shop.a, shop.b', 'ddl').relations.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('functions are named with their schema', () => {
    expect(described("update shop.t set a = lower('X'), b = pg_catalog.abs(-1) where id = 1").functions).toEqual([
      'pg_catalog.abs',
      'pg_catalog.lower',
    ])
  })
})

suite('what is refused under dml (points 2, 3, 4, 7, 23)', () => {
  test.each([
    ['do $$ begin delete from shop.t; end $$', 'CLYRA_SQL_OPAQUE'],
    ['call shop.p()', 'CLYRA_SQL_OPAQUE'],
    ['execute p', 'CLYRA_SQL_OPAQUE'],
    ['create function pg_temp.f() returns int language sql as $$ select 1 $$', 'CLYRA_SQL_OPAQUE'],
    ["load 'x'", 'CLYRA_SQL_OPAQUE'],
    ...[
      'commit',
      'rollback',
      'abort',
      'commit and chain',
      "prepare transaction 'x'",
      'rollback to savepoint s',
      'savepoint s',
      'begin',
      "set synchronous_commit = 'off'",
      'set local role postgres',
      'set session_replication_role = replica',
      'reset role',
      'reset all',
      "alter role current_user set synchronous_commit = 'off'",
      "alter role current_user password 'x'",
      'listen x',
      "notify x, 'y'",
      'prepare p as select 1',
      'deallocate all',
      'declare c cursor with hold for select 1',
      'fetch c',
      'close all',
      'lock table shop.t',
      'copy shop.t from stdin',
      "copy shop.t to program 'x'",
      "copy shop.t to '/tmp/x'",
      'explain analyze delete from shop.t',
      'explain delete from shop.t',
      'create table shop.x as select 1',
      'create temp table x (a int)',
      'grant select on shop.t to public',
      'vacuum shop.t',
      'analyze shop.t',
      'discard all',
      'checkpoint',
      'alter table shop.t drop column a',
      'drop table shop.t',
      'set constraints all deferred',
      'create rule r as on insert to shop.t do also delete from shop.s',
    ].map((sql) => [sql, 'CLYRA_SQL_STATEMENT']),
    ['select * into shop.x from shop.t', 'CLYRA_SQL_CLAUSE'],
    ["update pg_catalog.pg_settings set setting = 'off' where name = 'x'", 'CLYRA_SQL_SYSTEM_RELATION'],
    ['delete from clyra_guard.attempts where true', 'CLYRA_SQL_SYSTEM_RELATION'],
    ['update pg_settings set setting = 1 where name = $$x$$', 'CLYRA_SQL_UNQUALIFIED'],
    ['delete from other.shop.t where id = 1', 'CLYRA_SQL_UNQUALIFIED'],
    ['select * from shop.t where id operator(shop.=) 1', 'CLYRA_SQL_OPERATOR'],
    ['select * from shop.t order by id using operator(shop.<)', 'CLYRA_SQL_OPERATOR'],
    ['select shop.f(1)', 'CLYRA_SQL_FUNCTION'],
    ['truncate shop.t cascade', 'CLYRA_SQL_CASCADE'],
    ...[
      "select set_config('x', 'y', false)",
      "select lo_import('/etc/passwd')",
      'select lo_create(1)',
      "select lo_from_bytea(1, '')",
      "select pg_notify('a', 'b')",
      'select pg_advisory_lock(1)',
      "select setval('shop.s', 1)",
      "select pg_read_file('x')",
      "select database_to_xml(true, true, '')",
      "select table_to_xml('shop.t', true, true, '')",
      "select query_to_xml('delete from shop.t', true, true, '')",
      'select pg_sleep(1)',
    ].map((sql) => [sql, 'CLYRA_SQL_FUNCTION']),
  ])('%s', (sql, code) => expect(codes(String(sql))).toContain(code))
})

suite('what is refused under ddl (points 7, 23, 24)', () => {
  test.each([
    ['update shop.t set a = 1 where id = 1', 'CLYRA_SQL_STATEMENT'],
    ['alter table shop.t disable trigger all', 'CLYRA_SQL_CLAUSE'],
    ['alter table shop.t enable replica trigger x', 'CLYRA_SQL_CLAUSE'],
    ['alter table shop.t owner to postgres', 'CLYRA_SQL_CLAUSE'],
    ['alter table shop.t disable row level security', 'CLYRA_SQL_CLAUSE'],
    ['alter table shop.t set unlogged', 'CLYRA_SQL_CLAUSE'],
    ['alter table shop.t set tablespace x', 'CLYRA_SQL_CLAUSE'],
    ['alter table shop.t add column a int, disable rule r', 'CLYRA_SQL_CLAUSE'],
    ['alter table shop.t drop column a cascade', 'CLYRA_SQL_CASCADE'],
    ['drop table shop.t cascade', 'CLYRA_SQL_CASCADE'],
    ['drop schema shop', 'CLYRA_SQL_CLAUSE'],
    ['drop function shop.f', 'CLYRA_SQL_CLAUSE'],
    ['drop trigger g on shop.t', 'CLYRA_SQL_CLAUSE'],
    ['alter schema shop rename to x', 'CLYRA_SQL_CLAUSE'],
    ['alter function shop.f() rename to g', 'CLYRA_SQL_CLAUSE'],
    ['create index concurrently on shop.t (a)', 'CLYRA_SQL_NOT_TRANSACTIONAL'],
    ['drop index concurrently shop.i', 'CLYRA_SQL_NOT_TRANSACTIONAL'],
    ['alter table shop.t detach partition shop.p concurrently', 'CLYRA_SQL_NOT_TRANSACTIONAL'],
    ['create unlogged table shop.x (a int)', 'CLYRA_SQL_CLAUSE'],
    ['create temp table x (a int)', 'CLYRA_SQL_CLAUSE'],
    ['create table shop.x (a int) tablespace y', 'CLYRA_SQL_CLAUSE'],
    ['create index on shop.t (shop.f(a))', 'CLYRA_SQL_FUNCTION'],
    ['alter table shop.t add column a int default shop.f()', 'CLYRA_SQL_FUNCTION'],
    ...[
      'create role x',
      'grant shop_owner to public',
      'set role postgres',
      'create trigger g before insert on shop.t for each row execute function shop.f()',
      'create policy p on shop.t',
      'create extension x',
      'reindex table concurrently shop.t',
      'vacuum full shop.t',
      'cluster shop.t',
      'alter system set x = 1',
      'create database x',
      'create subscription s connection $$x$$ publication p',
      'refresh materialized view shop.v',
      'create event trigger e on ddl_command_start execute function f()',
      'security label on table shop.t is $$x$$',
    ].map((sql) => [sql, sql.startsWith('create extension') ? 'CLYRA_SQL_OPAQUE' : 'CLYRA_SQL_STATEMENT']),
  ])('%s', (sql, code) => expect(codes(String(sql), 'ddl')).toContain(code))
})

test('no refusal repeats a value of the statement', () => {
  const canary = 'c4n4ry-value'
  const sql = `select set_config('${canary}', '${canary}', false), shop.f('${canary}') from t where a operator(x.=) '${canary}'`
  expect(JSON.stringify(described(sql))).not.toContain(canary)
})

import { beforeAll, expect, describe as suite, test } from '@jest/globals'
import { loadModule, parseSync } from 'libpg-query'
import { describe } from './describe.ts'
import type { Tree } from './tree.ts'

beforeAll(loadModule)

const predicate = (sql: string) => describe(parseSync(sql).stmts?.[0]?.stmt as unknown as Tree, 'dml').predicate
const where = (condition: string) => predicate(`delete from shop.t where ${condition}`)

suite('a predicate that says the same of every row', () => {
  test.each([
    'true',
    '1 = 1',
    "'t'::boolean",
    'null',
    'false',
    'id = id',
    't.id = t.id',
    'id <> id',
    'id is null or id is not null',
    'not (id is null and id is not null)',
    'id > 5 or id <= 5',
    'id = 5 or true',
    'id = 5 and false',
    'id = 5 or not (id = 5)',
    "s like '%'",
    "s not like '%%'",
    'id in (1, id)',
    'id between id and id',
    'id is not distinct from id',
    '(id = id) is true',
    '(id = id) = true',
    'exists (select 1)',
    'exists (select 1 from shop.s)',
    'id in (select id from shop.t)',
    'random() < 2',
    'now() > current_date',
    'id = null',
    '((((true))))',
  ])('WHERE %s is constant', (condition) => expect(where(condition)).toBe('constant'))

  test('a comment hides nothing', () => {
    expect(predicate('delete/**/from shop.t -- where id = 1')).toBe('missing')
    expect(predicate('delete from only shop.t')).toBe('missing')
  })

  test('a join that never looks at the target is constant', () => {
    expect(predicate('update shop.t set a = 1 from shop.s where s.id = 5')).toBe('constant')
    expect(predicate('update shop.t set a = 1 from shop.s')).toBe('missing')
    expect(predicate('delete from shop.t as x using shop.s where s.id = s.id2')).toBe('constant')
  })
})

suite('a predicate that depends on the row', () => {
  test.each([
    'id = 5',
    'id = 5 and true',
    'id = 5 or false',
    "s like 'a%'",
    'id in (1, 2)',
    'id in (select id from shop.s)',
    'id in (select id from shop.t where id < 5)',
    'exists (select 1 from shop.s where s.id = t.id)',
    'not deleted',
    'id > 5 or id <= 4',
    'a is null or b is not null',
  ])('WHERE %s is bounded', (condition) => expect(where(condition)).toBe('bounded'))

  test('a join on the target is bounded, by its alias too', () => {
    expect(predicate('update shop.t set a = 1 from shop.s where s.id = t.id')).toBe('bounded')
    expect(predicate('update shop.t as x set a = 1 from shop.s where s.id = x.id')).toBe('bounded')
  })
})

suite('the worst of a statement counts', () => {
  test.each([
    ['with d as (delete from shop.t returning id) select * from d', 'missing'],
    ['with d as (delete from shop.t where true) update shop.s set a = 1 where id = 2', 'constant'],
    ['explain analyze delete from shop.t', 'missing'],
    ['prepare p as update shop.t set a = 1', 'missing'],
    ['insert into shop.t values (1)', 'not_applicable'],
    ['select 1', 'not_applicable'],
    ['merge into shop.t using shop.s on t.id = s.id when matched then delete', 'bounded'],
    ['merge into shop.t using shop.s on true when matched then delete', 'constant'],
    ['merge into shop.t using shop.s on t.id = s.id when not matched by source then delete', 'missing'],
    ['merge into shop.t using shop.s on t.id = s.id when not matched by source and t.old then delete', 'bounded'],
  ])('%s', (sql, expected) => expect(predicate(sql)).toBe(expected))
})

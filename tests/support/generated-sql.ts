// SQL as people write it and as people hide it, over the small shop; everything comes from fast-check's seed.
import fc from 'fast-check'

const id = fc.integer({ min: -5, max: 3100 })
const few = fc.integer({ min: 0, max: 150 })
const pick = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const sql = (strings: TemplateStringsArray, ...parts: fc.Arbitrary<unknown>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((values) => strings.reduce((text, next, index) => text + String(values[index - 1]) + next))

const narrow = fc.oneof(
  sql`id = ${id}`,
  fc.tuple(id, few).map(([from, more]) => `id between ${from} and ${from + more}`),
  fc.array(id, { minLength: 1, maxLength: 20 }).map((ids) => `id in (${ids.join(', ')})`),
  sql`id < ${few}`,
  sql`(id, ${few}) = (${id}, 3)`,
)
const tautology = pick(
  'id >= 0',
  'random() < 2',
  'true',
  'id = id',
  'id is not null',
  '1 = 1',
  "'a' < 'b'",
  'not (id <> id)',
  'id > -1 or id <= 0',
)
const subquery = sql`id in (select customer_id from shop.orders where amount > ${fc.integer({ min: 0, max: 3100 })})`

type Columns = Record<'orders' | 'customers' | 'products' | 'notes' | 'measures' | 'big_orders', fc.Arbitrary<string>[]>
const columns: Columns = {
  orders: [sql`amount > ${fc.integer({ min: 0, max: 3100 })}`, sql`customer_id = ${id}`, sql`amount % 7 = ${pick(0, 1)}`],
  // What the planner knows of `tenant` is old: half of the customers have become hot since.
  customers: [
    pick("tenant = 'hot'", "tenant = 't5'", "email like 'u1%'", 'note is null', "coalesce(note, '') = ''", 'length(email) > 0'),
    subquery,
  ],
  products: [sql`price < ${few}`],
  notes: [pick("body = 'n'", "body like 'x%'")],
  measures: [],
  big_orders: [sql`amount > ${fc.integer({ min: 2900, max: 3100 })}`],
}
const table = pick(...(Object.keys(columns) as (keyof Columns)[]))
const sets: Record<keyof Columns, string[]> = {
  orders: ['amount = amount + 1', 'customer_id = 1 + customer_id % 1000', 'amount = amount'],
  customers: ["note = 'seen'", "tenant = 'moved', note = upper(email)"],
  products: ['price = price + 1'],
  notes: ["body = 'm'", "body = repeat('m', 3)"],
  measures: ['value = value + 1', 'day = 19 - day'],
  big_orders: ['amount = amount + 1'],
}

const predicate = (of: keyof Columns): fc.Arbitrary<string> => {
  const keyed = of === 'measures' ? sql`value = ${few}` : narrow
  const leaf = fc.oneof(
    { arbitrary: keyed, weight: 12 },
    { arbitrary: tautology, weight: 1 },
    ...columns[of].map((arbitrary) => ({ arbitrary, weight: 2 })),
  )
  const usable = of === 'measures' ? leaf.map((text) => text.replaceAll(/\bid\b/g, 'value')) : leaf
  return fc.oneof(
    { arbitrary: usable, weight: 5 },
    { arbitrary: sql`${usable} and ${usable}`, weight: 2 },
    { arbitrary: sql`(${usable} or ${usable})`, weight: 1 },
    { arbitrary: sql`not (${usable})`, weight: 1 },
  )
}

const update = table.chain((of) => sql`update shop.${pick(of)} set ${pick(...sets[of])} where ${predicate(of)}`)
const remove = table.chain((of) => sql`delete from shop.${pick(of)} where ${predicate(of)}`)
const insert = fc.oneof(
  fc
    .integer({ min: 5000, max: 9000 })
    .map((at) => `insert into shop.orders (id, customer_id, amount) values (${at}, 1, 1), (${at + 1}, 2, 2)`),
  sql`insert into shop.fresh select id, email from shop.customers where ${predicate('customers')}`,
  sql`insert into shop.fresh (id) select g from generate_series(1, ${fc.integer({ min: 1, max: 400 })}) g`,
  sql`insert into shop.notes values (${few}, 'x') on conflict (id) do update set body = excluded.body`,
  sql`insert into shop.audit (what) select body from shop.notes limit ${few}`,
)
const elsewhere = fc.oneof(
  sql`update shop.orders o set amount = 0 from shop.customers c where c.id = o.customer_id and c.id = ${id}`,
  sql`delete from shop.orders o using shop.customers c where c.id = o.customer_id and c.tenant = 't${few}'`,
  sql`with gone as (delete from shop.orders where ${predicate('orders')} returning id) select count(*) from gone`,
  sql`merge into shop.notes n using shop.products p on n.id = p.id when matched and p.id < ${few} then delete`,
  sql`select count(*) from shop.orders where ${predicate('orders')}`,
  sql`select id from shop.orders where ${predicate('orders')} for update`,
  pick('truncate shop.audit', 'delete from shop.orders', 'update shop.products set price = 0'),
)

const plain = fc.oneof(
  { arbitrary: update, weight: 6 },
  { arbitrary: remove, weight: 4 },
  { arbitrary: insert, weight: 4 },
  { arbitrary: elsewhere, weight: 1 },
)

const upper = (text: string): string => text.replaceAll(/\b(update|delete|where|select|from|insert|set)\b/g, (word) => word.toUpperCase())
const disguised = fc.tuple(plain, pick('none', 'comments', 'case', 'tabs', 'escapes', 'line')).map(([text, how]) => {
  if (how === 'comments') return `/* a /* nested */ one */ ${text.replaceAll(' ', '/**/ ')} -- where false`
  if (how === 'case') return upper(text)
  if (how === 'tabs') return text.replaceAll(' ', '\t\r\n ')
  if (how === 'escapes') return text.replace('shop.orders', 'U&"\\0073hop"."orders"')
  return how === 'line' ? `${text}; -- ; delete from shop.orders` : text
})

/** The statements of one change: mostly one, at times a few. */
export const statements: fc.Arbitrary<string[]> = fc.oneof(
  { arbitrary: disguised.map((text) => [text]), weight: 5 },
  { arbitrary: fc.array(disguised, { minLength: 2, maxLength: 4 }), weight: 1 },
)

/** Ways out of the transaction, the role or the guard, and into the server. */
export const ways = [
  'commit',
  'rollback',
  'begin',
  'savepoint a',
  'end',
  'abort',
  "prepare transaction 'a'",
  'start transaction isolation level serializable',
  'set constraints all deferred',
  'reset role',
  'reset all',
  'set role shop_owner',
  'set session authorization postgres',
  'set session_replication_role = replica',
  'set local session_replication_role = replica',
  "select set_config('session_replication_role', 'replica', true)",
  "select pg_catalog.set_config('role', 'none', false)",
  'discard all',
  "select clyra_guard.confirm('chg_1', 1, 'sha256:d')",
  'select * from clyra_guard.place()',
  'create table clyra_guard.mine (id int)',
  'drop schema clyra_guard cascade',
  'U&"\\0063lyra_guard".confirm(1)',
  'select U&"\\0063lyra_guard"."place"()',
  'create function shop.f() returns int language sql as $$ select 1 $$',
  'create trigger t after update on shop.orders execute function shop.log_product()',
  'alter table shop.products disable trigger all',
  'do $$ begin delete from shop.orders; commit; end $$',
  'call shop.anything()',
  'execute anything',
  'prepare anything as delete from shop.orders',
  'explain analyze delete from shop.orders',
  "copy shop.orders to program 'sh'",
  "copy shop.orders from '/etc/passwd'",
  'declare c cursor for select 1',
  'lock table shop.orders',
  'listen a',
  "notify a, 'b'",
  "load 'plpgsql'",
  'create extension plpython3u',
  "select pg_read_file('/etc/passwd')",
  'select pg_sleep(100)',
  'select pg_terminate_backend(pg_backend_pid())',
  "select lo_import('/etc/passwd')",
  "select query_to_xml('delete from shop.orders', true, true, '')",
  "select dblink_exec('', 'delete from shop.orders')",
  'select pg_advisory_lock(1)',
  "select * from shop.orders where id = (select count(*) from query_to_xml('delete from shop.notes', true, true, ''))",
  'update shop.orders set amount = (select (shop.sneaky())::numeric) where id = 1',
  'alter role clyra_dml superuser',
  'grant all on schema shop to public',
  'security label on table shop.orders is null',
  'vacuum full',
  'checkpoint',
  'cluster',
  'reindex table shop.orders',
  "alter system set log_statement = 'all'",
  'select 1; commit; delete from shop.orders',
  "select '; commit; --'; commit",
  'select $a$; commit; $a$; commit',
  'commit;;;;',
  '/*/**/commit/**/*/ commit',
  '\ufeffcommit',
  'ＣＯＭＭＩＴ',
  '',
  ';',
  '--',
  '/* open',
  "select 'open",
  '$$',
  '\\',
] as const

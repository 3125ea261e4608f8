// The small shop that warehouse tests govern, with every trap the executor must see through.
import type { Payload } from '../../core/generated/types.ts'

/** Roles, schema `shop`, and data: 1,000 customers, 3,000 orders that go with them. */
export const shop = `
create role shop_owner nologin;
create schema shop authorization shop_owner;
set role shop_owner;
create table shop.customers (id int primary key, email varchar not null, tenant text not null, note text);
insert into shop.customers select i, 'u' || i || '@x', 't' || i % 50, null from generate_series(1, 1000) i;
create table shop.orders (id int primary key, customer_id int not null references shop.customers on delete cascade, amount numeric not null);
insert into shop.orders select i, 1 + i % 1000, i from generate_series(1, 3000) i;
create table shop.audit (at timestamptz default now(), what text);
create table shop.products (id int primary key, price numeric not null);
insert into shop.products select i, i from generate_series(1, 100) i;
create function shop.log_product() returns trigger language plpgsql as $$
  begin insert into shop.audit (what) values ('product'); return new; end $$;
create trigger log after update on shop.products for each row execute function shop.log_product();
create table shop.measures (day int not null, value int not null) partition by range (day);
create table shop.measures_a partition of shop.measures for values from (0) to (10);
create table shop.measures_b partition of shop.measures for values from (10) to (20);
insert into shop.measures select i % 20, i from generate_series(1, 200) i;
create view shop.big_orders as select * from shop.orders where amount > 2900;
create table shop.fresh (id int primary key, s text);
create table shop.notes (id int primary key, body text);
insert into shop.notes select i, 'n' from generate_series(1, 40) i;
reset role;
analyze shop.customers, shop.orders, shop.products, shop.measures, shop.measures_a, shop.measures_b, shop.audit, shop.notes;
`

/** A payload for the shop; limits are wide enough not to be what a test is about. */
export const payloadOf = (role: Payload['role'], statements: string[], limits: Partial<Payload['limits']> = {}): Payload => ({
  kind: 'sql',
  target: 'shop',
  executor: 'clyra',
  role,
  statements,
  limits: { max_rows: 10_000, statement_timeout_ms: 10_000, lock_timeout_ms: 1_000, ...limits },
  salt: '0'.repeat(64),
})

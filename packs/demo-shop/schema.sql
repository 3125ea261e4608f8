-- The demo shop, made by an administrator. May be run again: it keeps what is there and brings back what was dropped.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'shop_owner') then
    create role shop_owner nologin;
  end if;
end
$$;

create schema if not exists shop authorization shop_owner;
create schema if not exists staging authorization shop_owner;

set role shop_owner;

create table if not exists shop.customers (
  customer_id bigint primary key,
  email text not null unique,
  full_name text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  created_on date not null
);
-- Left over from an older campaign tool; nothing reads it. The column the demo asks to drop.
alter table shop.customers add column if not exists legacy_segment text;

create table if not exists shop.products (
  product_id bigint primary key,
  sku text not null unique,
  title text not null,
  price_cents bigint not null check (price_cents > 0),
  active boolean not null
);

create table if not exists shop.orders (
  order_id bigint primary key,
  customer_id bigint not null references shop.customers,
  status text not null check (status in ('placed', 'paid', 'shipped', 'delivered', 'cancelled')),
  placed_on date not null,
  total_cents bigint not null check (total_cents >= 0)
);
create index if not exists orders_customer_id on shop.orders (customer_id);
create index if not exists orders_placed_on on shop.orders (placed_on);

-- No cascade: what a DELETE of orders touches is orders, and its row count is the one that was approved.
create table if not exists shop.order_items (
  order_id bigint not null references shop.orders,
  line_no integer not null,
  product_id bigint not null references shop.products,
  quantity integer not null check (quantity > 0),
  price_cents bigint not null,
  primary key (order_id, line_no)
);

create table if not exists shop.payments (
  payment_id bigint primary key,
  order_id bigint not null unique references shop.orders,
  method text not null check (method in ('card', 'invoice', 'transfer')),
  amount_cents bigint not null,
  paid_on date not null
);

create or replace view shop.open_orders as
  select o.order_id, o.placed_on, o.total_cents, c.email
  from shop.orders o join shop.customers c using (customer_id)
  where o.status in ('placed', 'paid');

-- Where a nightly import lands, before anybody governs it.
create table if not exists staging.order_imports (
  import_id bigint primary key,
  order_id bigint not null,
  status text not null,
  loaded_on date not null
);

reset role;

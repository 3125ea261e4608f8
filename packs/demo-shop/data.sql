-- The demo shop's rows, the same on every machine: what looks random is a hash of the row's number. No clock, no random().
-- May be run again: it brings the data back to its start. About 13,000 rows.
set role shop_owner;

truncate shop.payments, shop.order_items, shop.orders, shop.products, shop.customers, staging.order_imports;

-- A number from 0 to n - 1 for row i. 'clyra' is the seed.
create function pg_temp.pick(label text, i bigint, n integer) returns integer language sql immutable
  return mod(('x' || left(md5('clyra/' || label || '/' || i), 7))::bit(28)::integer, n);

insert into shop.customers (customer_id, email, full_name, country, created_on, legacy_segment)
select i,
       format('customer%s@shop.example', i),
       (array['Ada', 'Bo', 'Cleo', 'Dara', 'Emil', 'Fay', 'Gil', 'Hana'])[1 + pg_temp.pick('first', i, 8)] || ' ' ||
       (array['Aalto', 'Berg', 'Costa', 'Diaz', 'Ekman', 'Fort', 'Gray', 'Holm'])[1 + pg_temp.pick('last', i, 8)],
       (array['AT', 'DE', 'ES', 'FI', 'FR', 'US'])[1 + pg_temp.pick('country', i, 6)],
       date '2022-01-01' + pg_temp.pick('created', i, 700),
       (array['gold', 'silver', 'bronze'])[1 + pg_temp.pick('segment', i, 3)]
from generate_series(1, 800) i;

insert into shop.products (product_id, sku, title, price_cents, active)
select i, format('SKU-%s', lpad(i::text, 4, '0')), format('Product %s', i), 199 + pg_temp.pick('price', i, 20000), pg_temp.pick('active', i, 10) > 0
from generate_series(1, 120) i;

-- A sixth of the orders is cancelled; order 42 is paid and waits to be shipped.
insert into shop.orders (order_id, customer_id, status, placed_on, total_cents)
select i,
       1 + pg_temp.pick('customer', i, 800),
       case when i = 42 then 'paid'
            else (array['placed', 'paid', 'shipped', 'delivered', 'delivered', 'cancelled'])[1 + pg_temp.pick('status', i, 6)] end,
       date '2024-01-01' + pg_temp.pick('placed', i, 730),
       0
from generate_series(1, 4000) i;

-- A cancelled order has given its lines back and was never paid.
insert into shop.order_items (order_id, line_no, product_id, quantity, price_cents)
select o.order_id, line_no, p.product_id, 1 + pg_temp.pick('quantity', o.order_id * 10 + line_no, 3), p.price_cents
from shop.orders o
cross join lateral generate_series(1, 1 + pg_temp.pick('lines', o.order_id, 3)) line_no
join shop.products p on p.product_id = 1 + pg_temp.pick('product', o.order_id * 10 + line_no, 120)
where o.status <> 'cancelled';

update shop.orders o
set total_cents = i.total_cents
from (select order_id, sum(quantity * price_cents) as total_cents from shop.order_items group by order_id) i
where i.order_id = o.order_id;

insert into shop.payments (payment_id, order_id, method, amount_cents, paid_on)
select o.order_id, o.order_id, (array['card', 'invoice', 'transfer'])[1 + pg_temp.pick('method', o.order_id, 3)], o.total_cents,
       o.placed_on + pg_temp.pick('paid', o.order_id, 14)
from shop.orders o
where o.status in ('paid', 'shipped', 'delivered');

insert into staging.order_imports (import_id, order_id, status, loaded_on)
select i, 1 + pg_temp.pick('import', i, 4000), (array['new', 'checked', 'rejected'])[1 + pg_temp.pick('import status', i, 3)], date '2025-12-31'
from generate_series(1, 500) i;

drop function pg_temp.pick(text, bigint, integer);
-- Without statistics there is no estimate, and without an estimate every change needs approval.
analyze shop.customers, shop.products, shop.orders, shop.order_items, shop.payments, staging.order_imports;

reset role;

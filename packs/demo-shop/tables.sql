-- Further small tables shop.extra_0001 to shop.extra_<n>, for trying Clyra on a wide schema. Run by an administrator, outside a
-- transaction (it commits as it goes, since one transaction cannot lock thousands of tables), in a session that has said
--   select set_config('clyra_demo.tables', '250', false)
-- Tables that are there stay as they are. Logins get the rights they have on shop.orders.
do $$
declare
  wanted integer := current_setting('clyra_demo.tables')::integer;
  named text;
  granted record;
begin
  if wanted not between 0 and 9999 then
    raise exception 'expected clyra_demo.tables from 0 to 9999, found %', wanted;
  end if;
  for i in 1..wanted loop
    named := format('extra_%s', lpad(i::text, 4, '0'));
    continue when to_regclass(format('shop.%I', named)) is not null;
    execute format('create table shop.%I (id bigint primary key, label text not null, amount_cents bigint not null)', named);
    execute format('insert into shop.%I select n, md5(%L || n), n * 100 from generate_series(1, 20) n', named, named || '/');
    execute format('alter table shop.%I owner to shop_owner', named);
    for granted in
      select a.grantee::regrole as role, a.privilege_type
      from pg_catalog.pg_class c, aclexplode(c.relacl) a
      where c.oid = 'shop.orders'::regclass and a.grantee not in (0, c.relowner)
    loop
      execute format('grant %s on shop.%I to %s', granted.privilege_type, named, granted.role);
    end loop;
    execute format('analyze shop.%I', named);
    if mod(i, 200) = 0 then
      commit;
    end if;
  end loop;
end
$$;

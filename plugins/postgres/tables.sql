-- The guard of single tables: nothing is written to them but in a transaction that is an attempt. Applied after grants.sql.

-- What must be guarded; a regclass is dumped as a name, so it survives a restore.
create table if not exists clyra_guard.guarded (relation regclass primary key);
alter table clyra_guard.guarded owner to clyra_guard_owner;

-- Whether the current transaction is an attempt: Clyra's executor has entered, or a caller has redeemed.
create or replace function clyra_guard.attempting() returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from clyra_guard.attempts a where a.xid = pg_current_xact_id_if_assigned() and a.state = 'applied')
$$;

-- The trigger of a guarded table. It has no right of its own to test: whoever may write to the table comes by here.
create or replace function clyra_guard.require() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not clyra_guard.attempting() then
    raise exception using errcode = 'CY001', message = format(
      'CLYRA_GUARD_NO_GRANT %I.%I is written to by governed changes alone: ask with clyra change submit, or redeem a grant first in this transaction',
      tg_table_schema, tg_table_name);
  end if;
  return null;
end $$;

-- Whether a table's guard fires for every statement (62: before, insert, update, delete, truncate, once a statement), in every session.
create or replace function clyra_guard.in_force(p_relation regclass) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
    where t.tgrelid = p_relation and p.pronamespace = 'clyra_guard'::regnamespace and p.proname = 'require'
      and t.tgtype = 62 and t.tgenabled = 'A' and t.tgqual is null and t.tgattr = ''::int2vector
  )
$$;

-- Raises where a guarded table has lost its guard.
create or replace function clyra_guard.still_guarded() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_bare text;
begin
  select g.relation::text into v_bare from clyra_guard.guarded g
  where exists (select from pg_class c where c.oid = g.relation) and not clyra_guard.in_force(g.relation) limit 1;
  if found then
    raise exception using errcode = 'CY001', message = format('CLYRA_GUARD_REMOVED %s must keep its trigger clyra_guard, enabled', v_bare);
  end if;
end $$;

-- After DDL: a guarded table, or one that hands its rows to a guarded parent, is altered by an attempt alone, and keeps its guard.
create or replace function clyra_guard.after_ddl() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_table text;
begin
  select g.relation::text into v_table
  from pg_event_trigger_ddl_commands() d
  cross join lateral (
    select d.objid as oid where d.classid = 'pg_class'::regclass
    union all select i.inhparent from pg_inherits i where d.classid = 'pg_class'::regclass and i.inhrelid = d.objid
    union all select t.tgrelid from pg_trigger t where d.classid = 'pg_trigger'::regclass and t.oid = d.objid
    union all select r.ev_class from pg_rewrite r where d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    union all select p.polrelid from pg_policy p where d.classid = 'pg_policy'::regclass and p.oid = d.objid
  ) touched
  join clyra_guard.guarded g on g.relation = touched.oid limit 1;
  if not found then return; end if;
  if not clyra_guard.attempting() then
    raise exception using errcode = 'CY001', message = format(
      'CLYRA_GUARD_NO_GRANT %s is altered by governed changes alone: ask with clyra change submit --role ddl', v_table);
  end if;
  perform clyra_guard.still_guarded();
end $$;

-- After anything was dropped: the same.
create or replace function clyra_guard.after_drop() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_table text;
begin
  select d.object_identity into v_table from pg_event_trigger_dropped_objects() d
  where (d.classid = 'pg_class'::regclass and d.objsubid = 0 and exists (select from clyra_guard.guarded g where g.relation = d.objid))
    or (d.object_type in ('trigger', 'rule', 'policy') and exists (
      select from clyra_guard.guarded g join pg_class c on c.oid = g.relation join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = d.address_names[1] and c.relname = d.address_names[2]))
  limit 1;
  if not found then return; end if;
  if not clyra_guard.attempting() then
    raise exception using errcode = 'CY001', message = format(
      'CLYRA_GUARD_NO_GRANT %s is dropped by governed changes alone: ask with clyra change submit --role ddl', v_table);
  end if;
  delete from clyra_guard.guarded g using pg_event_trigger_dropped_objects() d where d.classid = 'pg_class'::regclass and g.relation = d.objid;
  perform clyra_guard.still_guarded();
end $$;

alter function clyra_guard.attempting() owner to clyra_guard_owner;
alter function clyra_guard.require() owner to clyra_guard_owner;
alter function clyra_guard.in_force(regclass) owner to clyra_guard_owner;
alter function clyra_guard.still_guarded() owner to clyra_guard_owner;
alter function clyra_guard.after_ddl() owner to clyra_guard_owner;
alter function clyra_guard.after_drop() owner to clyra_guard_owner;
revoke all on all functions in schema clyra_guard from public;

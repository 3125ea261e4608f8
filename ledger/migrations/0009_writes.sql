-- What each attempt writes, so that policy sees what it comes to together with the others. `rows` is the estimate until the outcome
-- counts them; `outcome` and `ended_at` are null while the attempt is under way. An effect that cannot be ruled out counts.
create table clyra.writes (
  change_id text collate "C" not null,
  attempt integer not null,
  tenant text not null,
  target text not null,
  schema text not null,
  name text not null,
  rows bigint check (rows >= 0),
  requester_actor text not null,
  requester_person text,
  outcome text,
  ended_at timestamptz,
  primary key (change_id, attempt, schema, name)
);

create index open_writes on clyra.writes (tenant, target, schema, name) where outcome is null;
create index ended_writes on clyra.writes (tenant, target, schema, name, ended_at) where outcome in ('enforced', 'observed', 'ambiguous');
create index enforced_writes on clyra.writes (tenant, target, schema, name) where outcome = 'enforced';

-- Notes what an attempt is to write and tells what the others did. Those of one target go one after the other, and every statement of
-- a volatile function sees what was committed before it: of two that come at once, the second sees the first.
create function clyra.note_writes(
  of_change text, of_attempt integer, of_tenant text, of_target text, schemas text[], names text[], estimate bigint, actor text, person text,
  out changes_24h bigint, out rows_24h bigint, out requester_changes_24h bigint, out first_write boolean
) language plpgsql volatile set search_path = pg_catalog as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(jsonb_build_array('clyra.writes', of_tenant, of_target)::text, 0));

  insert into clyra.writes (change_id, attempt, tenant, target, schema, name, rows, requester_actor, requester_person)
  select of_change, of_attempt, of_tenant, of_target, u.schema, u.name, estimate, actor, person from unnest(schemas, names) u (schema, name)
  on conflict (change_id, attempt, schema, name) do update set rows = excluded.rows;

  select count(*), case when coalesce(bool_and(o.rows is not null), true) then least(coalesce(sum(o.rows), 0), 9007199254740991) end,
    count(*) filter (where o.requester_actor = actor or o.requester_person = person)
  into changes_24h, rows_24h, requester_changes_24h
  from (
    select distinct on (w.change_id) w.rows, w.requester_actor, w.requester_person
    from unnest(schemas, names) u (schema, name) cross join lateral (
      select e.* from clyra.writes e
      where e.tenant = of_tenant and e.target = of_target and e.schema = u.schema and e.name = u.name
        and e.outcome in ('enforced', 'observed', 'ambiguous') and e.ended_at > now() - interval '24 hours'
      union all
      select e.* from clyra.writes e
      where e.tenant = of_tenant and e.target = of_target and e.schema = u.schema and e.name = u.name and e.outcome is null
    ) w
    where w.change_id <> of_change
    order by w.change_id, w.rows desc nulls first
  ) o;

  select coalesce(bool_or(not exists (
    select from clyra.writes w
    where w.tenant = of_tenant and w.target = of_target and w.schema = u.schema and w.name = u.name and w.outcome = 'enforced')), false)
  into first_write from unnest(schemas, names) u (schema, name);
end $$;

create trigger refuse before delete or truncate on clyra.writes for each statement execute function clyra.refuse();
alter table clyra.writes enable always trigger refuse;

grant select, insert, update (rows, outcome, ended_at) on clyra.writes to clyra_writer;

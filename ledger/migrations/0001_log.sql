-- The log. A receipt is written once; only the size of its stream moves.

create function clyra.refuse() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception 'clyra: % on % is refused, what is stored there stays as it is', tg_op, tg_table_name;
end $$;

create table clyra.heads (
  stream text collate "C" primary key,
  size bigint not null check (size >= 0)
);

-- `node` is the root of the largest perfect subtree that ends with this leaf: the edge of any size is found in log n rows.
create table clyra.receipts (
  stream text collate "C" not null,
  seq bigint not null check (seq >= 0),
  key text collate "C" not null,
  kind text not null,
  leaf bytea not null check (octet_length(leaf) = 32),
  node bytea not null check (octet_length(node) = 32),
  line text not null check (octet_length(line) <= 65535),
  primary key (stream, seq),
  unique (stream, key)
);

create function clyra.edge(log text, leaves bigint) returns bytea[] language sql stable set search_path = pg_catalog as $$
  select coalesce(array_agg((select node from clyra.receipts where stream = log and seq = ((leaves >> bit) << bit) - 1) order by bit desc), '{}')
  from generate_series(0, 52) bit
  where (leaves >> bit) & 1 = 1
$$;

create index receipts_of_tenant on clyra.receipts (stream, kind, seq)
  where kind in ('approver_enrolled', 'approver_revoked', 'target_mode');

create trigger refuse before update or delete or truncate on clyra.receipts for each statement execute function clyra.refuse();
alter table clyra.receipts enable always trigger refuse;
create trigger refuse before delete or truncate on clyra.heads for each statement execute function clyra.refuse();
alter table clyra.heads enable always trigger refuse;

grant usage on schema clyra to clyra_writer;
grant select on clyra.migrations to clyra_writer;
grant select, insert on clyra.receipts to clyra_writer;
grant select, insert, update (size) on clyra.heads to clyra_writer;

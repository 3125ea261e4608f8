-- `sealed` holds the wrapped key and the ciphertext it opens; it is null once the payload was destroyed.
create table clyra.payloads (
  tenant text not null,
  digest text not null,
  sealed bytea,
  primary key (tenant, digest)
);

create table clyra.blobs (
  tenant text not null,
  digest text not null,
  content text not null,
  primary key (tenant, digest)
);

create table clyra.tokens (
  hash bytea primary key check (octet_length(hash) = 32),
  tenant text not null,
  actor text not null,
  person text,
  roles text[] not null,
  issued_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz
);

create table clyra.single_use (
  tenant text not null,
  purpose text not null,
  id text not null,
  owner text not null,
  primary key (tenant, purpose, id)
);

create table clyra.effects (
  change_id text not null,
  attempt integer not null,
  effect_digest text not null,
  primary key (change_id, attempt)
);

create trigger refuse before update or delete or truncate on clyra.blobs for each statement execute function clyra.refuse();
alter table clyra.blobs enable always trigger refuse;
create trigger refuse before update or delete or truncate on clyra.single_use for each statement execute function clyra.refuse();
alter table clyra.single_use enable always trigger refuse;
create trigger refuse before update or delete or truncate on clyra.effects for each statement execute function clyra.refuse();
alter table clyra.effects enable always trigger refuse;
create trigger refuse before delete or truncate on clyra.payloads for each statement execute function clyra.refuse();
alter table clyra.payloads enable always trigger refuse;
create trigger refuse before delete or truncate on clyra.tokens for each statement execute function clyra.refuse();
alter table clyra.tokens enable always trigger refuse;

grant select, insert on clyra.blobs, clyra.single_use, clyra.effects to clyra_writer;
grant select, insert, update (sealed) on clyra.payloads to clyra_writer;
grant select, insert, update (revoked_at) on clyra.tokens to clyra_writer;

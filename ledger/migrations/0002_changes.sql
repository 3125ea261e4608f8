-- The registry of changes. `state` is null until the first receipt of the attempt stands in the log.
create table clyra.changes (
  change_id text collate "C" primary key,
  tenant text not null,
  seq bigint generated always as identity unique,
  attempt integer not null default 1,
  state text,
  outcome text,
  code text,
  version bigint not null default 0,
  kind text not null,
  source text not null,
  site_key_digest text not null,
  revision bigint not null,
  target text not null,
  mode text not null,
  role text not null,
  statements integer not null,
  payload_digest text not null,
  requester_actor text not null,
  requester_person text,
  claimed_person text,
  reason text not null,
  submitted_at timestamptz not null default clock_timestamp(),
  bundle_id text,
  evidence_file text
);

create index changes_of_tenant on clyra.changes (tenant, seq);

create trigger refuse before delete or truncate on clyra.changes for each statement execute function clyra.refuse();
alter table clyra.changes enable always trigger refuse;

grant select, insert on clyra.changes to clyra_writer;
grant update (attempt, state, outcome, code, version, mode, requester_actor, requester_person, claimed_person, reason, submitted_at,
  bundle_id, evidence_file) on clyra.changes to clyra_writer;

-- Which attempts approvers were told of. `reference` is null until a message is known to have been sent; `told` is the version of the
-- change that it shows; who holds a claim sends, until the time is over.
create table clyra.notices (
  tenant text not null,
  change_id text collate "C" not null,
  attempt integer not null,
  reference text,
  told bigint not null default 0,
  done boolean not null default false,
  claimed_until timestamptz not null,
  primary key (change_id, attempt)
);

create index open_notices on clyra.notices (tenant) where not done;
create index waiting_changes on clyra.changes (tenant, seq) where state = 'AWAITING_APPROVAL';

create trigger refuse before delete or truncate on clyra.notices for each statement execute function clyra.refuse();
alter table clyra.notices enable always trigger refuse;

grant select, insert, update (reference, told, done, claimed_until) on clyra.notices to clyra_writer;

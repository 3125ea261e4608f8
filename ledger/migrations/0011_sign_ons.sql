-- Sign-ons under way: what the door keeps from everybody until the browser comes back, sealed and taken once. No evidence.
-- A row outlives what it sealed by some minutes, so that prompts can be counted.
create table clyra.sign_ons (
  tenant text not null,
  id text not null,
  -- Null: nobody is known yet.
  person text,
  sealed bytea,
  -- Of a decision that came to its end: it counts no more.
  settled boolean not null default false,
  begun_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  primary key (tenant, id)
);

create index sign_ons_of_person on clyra.sign_ons (tenant, person, begun_at) where person is not null;
create index sign_ons_by_end on clyra.sign_ons (begun_at);

grant select, insert, update, delete on clyra.sign_ons to clyra_writer;

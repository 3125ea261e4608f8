-- A try that died before COMMIT left an effect that never was; the next try of the same attempt sees other anchors. All are kept,
-- the last one counts: a try begins only after the one before it is known not to have committed.
alter table clyra.effects drop constraint effects_pkey;
alter table clyra.effects add column id bigint generated always as identity primary key;
create index effects_of_attempt on clyra.effects (change_id, attempt, id desc);

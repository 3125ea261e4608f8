-- Of work that was done while Clyra could not be reached: when it was asked, and how many requests were lost before it. Null: asked in time.
alter table clyra.changes add column late jsonb;
grant update (late) on clyra.changes to clyra_writer;

-- Who follows what was sealed reads from a place on, and not the tenant's whole log.
create index receipts_of_seals on clyra.receipts (stream, seq) where kind = 'bundle_sealed';

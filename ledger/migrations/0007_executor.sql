-- Who does the work of a change: Clyra, or the caller under a grant.
alter table clyra.changes add column executor text not null default 'clyra' check (executor in ('clyra', 'caller'));

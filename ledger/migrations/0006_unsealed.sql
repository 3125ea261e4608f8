-- What the sweeper looks at: the few changes that are not closed.
create index unsealed_changes on clyra.changes (seq) where state is distinct from 'CLOSED';

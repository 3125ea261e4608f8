-- Whether somebody cancelled an attempt: the sweeper asks it of each change that is not closed. Keys: cancellation:<change>:<attempt>:<actor>.
create index receipts_of_cancellations on clyra.receipts (split_part(key, ':', 2)) where kind = 'cancellation';

-- Enforcement asks right before each COMMIT what is frozen: found without reading a tenant's whole log.
create index freezes_of_tenant on clyra.receipts (stream, seq) where kind = 'freeze';

-- ID tokens behind decisions, sealed under the tenant key: personal, kept for the auditor to whom they are disclosed.
create table clyra.id_tokens (
  tenant text not null,
  digest text not null,
  change_id text collate "C" not null,
  sealed bytea not null,
  primary key (tenant, digest)
);

create index id_tokens_of_change on clyra.id_tokens (tenant, change_id);

create trigger refuse before update or delete or truncate on clyra.id_tokens for each statement execute function clyra.refuse();
alter table clyra.id_tokens enable always trigger refuse;

grant select, insert on clyra.id_tokens to clyra_writer;

create index receipts_of_registry on clyra.receipts (stream, seq)
  where kind in ('approver_enrolled', 'approver_revoked', 'subject_linked', 'subject_unlinked', 'idp_key');

create index receipts_of_slack on clyra.receipts (stream, seq) where kind in ('slack_linked', 'slack_unlinked');

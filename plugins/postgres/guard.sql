-- What Clyra keeps in a governed PostgreSQL 15–18: who applied what (clyra_guard) and a room to look at statements in (clyra_probe).
-- Applied by installGuard() as the administrator, as often as wanted. Nothing here belongs to a login of Clyra.

do $$ begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'clyra_guard_owner') then
    create role clyra_guard_owner nologin;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'clyra_caller') then
    create role clyra_caller nologin;
  end if;
  -- An administrator who is no superuser can give away only what he may own himself.
  if not pg_catalog.pg_has_role(current_user, 'clyra_guard_owner', 'usage') then
    grant clyra_guard_owner to current_user;
  end if;
end $$;
grant pg_signal_backend to clyra_guard_owner;

create schema if not exists clyra_guard;
alter schema clyra_guard owner to clyra_guard_owner;
revoke all on schema clyra_guard from public;
create schema if not exists clyra_probe;
alter schema clyra_probe owner to clyra_guard_owner;
revoke all on schema clyra_probe from public;

-- One row per attempt. It is written first in the attempt's own transaction, so it is there exactly when the attempt is.
-- 'void' is the tombstone: an attempt that left no row gets one, and can never apply afterwards.
create table if not exists clyra_guard.attempts (
  change_id text not null,
  attempt bigint not null,
  payload_digest text not null,
  state text not null check (state in ('applied', 'void')),
  xid xid8 not null unique,
  login name not null,
  at timestamptz not null default clock_timestamp(),
  primary key (change_id, attempt)
);
alter table clyra_guard.attempts owner to clyra_guard_owner;

-- What a caller may redeem, once, in a transaction of his own.
create table if not exists clyra_guard.grants (
  grant_id uuid primary key,
  change_id text not null,
  attempt bigint not null,
  payload_digest text not null,
  token_hash text not null unique,
  login name not null,
  issued_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index if not exists grants_attempt on clyra_guard.grants (change_id, attempt);
alter table clyra_guard.grants owner to clyra_guard_owner;
alter table clyra_guard.grants add column if not exists certificate_id uuid;

-- The grant a caller's transaction redeemed; null where Clyra's own executor applied.
alter table clyra_guard.attempts add column if not exists grant_id uuid references clyra_guard.grants;
-- The approval certificate the attempt was made under: one certificate, one attempt. Null where nobody had to approve, and in a tombstone.
alter table clyra_guard.attempts add column if not exists certificate_id uuid;
create unique index if not exists attempts_certificate on clyra_guard.attempts (certificate_id);

-- The server the guard was applied to. Another identity means a restore or a failover, and somebody must look.
create table if not exists clyra_guard.server (
  one boolean primary key default true check (one),
  system_identifier text not null,
  timeline bigint not null
);
alter table clyra_guard.server owner to clyra_guard_owner;

-- The logins Clyra uses, and the role each acts as (null: as itself).
create table if not exists clyra_guard.logins (login name primary key, act_as name);
alter table clyra_guard.logins owner to clyra_guard_owner;

create or replace function clyra_guard.key(p_change text, p_attempt bigint) returns bigint
language sql immutable set search_path = pg_catalog, pg_temp
as $$ select hashtextextended(p_change || '/' || p_attempt, 0) $$;

-- What a guard without certificates had in its place: it would let an attempt in that names none.
drop function if exists clyra_guard.enter(text, bigint, text);

-- First act of an attempt. 23505: this attempt is settled, or this transaction has entered already. 55P03: it is running elsewhere, or
-- another one that names the same certificate is. CY002: another one has used the certificate.
create or replace function clyra_guard.enter(p_change text, p_attempt bigint, p_digest text, p_certificate uuid) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  -- The lock is what evict() finds a running attempt by: its row cannot be seen yet.
  perform pg_advisory_xact_lock(clyra_guard.key(p_change, p_attempt));
  insert into clyra_guard.attempts (change_id, attempt, payload_digest, state, xid, login, certificate_id)
  values (p_change, p_attempt, p_digest, 'applied', pg_current_xact_id(), session_user, p_certificate)
  on conflict (certificate_id) do nothing;
  if not found then
    -- The attempt's own row names the certificate as well.
    if exists (select from clyra_guard.attempts a where a.change_id = p_change and a.attempt = p_attempt) then
      raise unique_violation;
    end if;
    raise exception using errcode = 'CY002',
      message = 'CLYRA_ENFORCE_CERTIFICATE_USED another attempt was made under this certificate: ask for the change again';
  end if;
  return pg_current_xact_id()::text;
end $$;

-- Last act before COMMIT: the row entered first is still there and still this transaction's.
create or replace function clyra_guard.confirm(p_change text, p_attempt bigint, p_digest text) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from clyra_guard.attempts
    where change_id = p_change and attempt = p_attempt and payload_digest = p_digest
      and state = 'applied' and xid = pg_current_xact_id_if_assigned()
  )
$$;

-- Makes what this transaction reads outlive the server: a caller may have committed with synchronous_commit = off, so that his row
-- is seen before it is on disk. A record of our own after it, and a synchronous COMMIT, bring both there.
create or replace function clyra_guard.keep() returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$ select pg_logical_emit_message(true, 'clyra_guard', ''::text) $$;

-- Settles an attempt: leaves the tombstone where there is no row, and says what there is and whether
-- it is new. 55P03: the attempt is still running.
create or replace function clyra_guard.tombstone(p_change text, p_attempt bigint, p_digest text)
returns table (state text, payload_digest text, fresh boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(clyra_guard.key(p_change, p_attempt));
  insert into clyra_guard.attempts as a (change_id, attempt, payload_digest, state, xid, login)
  values (p_change, p_attempt, p_digest, 'void', pg_current_xact_id(), session_user)
  on conflict (change_id, attempt) do nothing;
  perform clyra_guard.keep() from clyra_guard.attempts a where a.change_id = p_change and a.attempt = p_attempt and a.grant_id is not null;
  return query select a.state, a.payload_digest, a.xid = pg_current_xact_id() from clyra_guard.attempts a where a.change_id = p_change and a.attempt = p_attempt;
end $$;

-- Ends the sessions that run this attempt; answers how many. Only a login that may run it is ended: one of Clyra's, or one that was
-- granted this very attempt and stands in its place until it commits. Advisory locks are free for all, so a stranger may hold this one,
-- but he has no guard row and so nothing to apply; he is left alone, and the attempt is reported as still running. Likewise a
-- superuser, whom nobody else may end, and a prepared transaction, which has no session.
create or replace function clyra_guard.evict(p_change text, p_attempt bigint) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select count(*) filter (where pg_terminate_backend(a.pid))
  from pg_locks l
  join pg_database d on d.oid = l.database and d.datname = current_database()
  join pg_stat_activity a on a.pid = l.pid
  join pg_roles r on r.oid = a.usesysid and not r.rolsuper
  where (
      exists (select from clyra_guard.logins g where g.login = a.usename)
      or exists (select from clyra_guard.grants g where g.login = a.usename and g.change_id = p_change and g.attempt = p_attempt)
    )
    and l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid <> pg_backend_pid()
    and ((l.classid::bigint << 32) | l.objid::bigint) = clyra_guard.key(p_change, p_attempt)
$$;

-- Where and as whom a session of Clyra is.
create or replace function clyra_guard.place()
returns table (system_identifier text, timeline bigint, known boolean, act_as name)
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select c.system_identifier::text, t.timeline_id::bigint,
    c.system_identifier::text = s.system_identifier and t.timeline_id = s.timeline, g.act_as
  from pg_control_system() c, pg_control_checkpoint() t, clyra_guard.server s
  join clyra_guard.logins g on g.login = session_user
$$;

alter function clyra_guard.key(text, bigint) owner to clyra_guard_owner;
alter function clyra_guard.enter(text, bigint, text, uuid) owner to clyra_guard_owner;
alter function clyra_guard.confirm(text, bigint, text) owner to clyra_guard_owner;
alter function clyra_guard.keep() owner to clyra_guard_owner;
alter function clyra_guard.tombstone(text, bigint, text) owner to clyra_guard_owner;
alter function clyra_guard.evict(text, bigint) owner to clyra_guard_owner;
alter function clyra_guard.place() owner to clyra_guard_owner;
revoke all on all functions in schema clyra_guard from public;

insert into clyra_guard.server (system_identifier, timeline)
select c.system_identifier::text, t.timeline_id from pg_control_system() c, pg_control_checkpoint() t
on conflict (one) do update set system_identifier = excluded.system_identifier, timeline = excluded.timeline;

-- Grants: a caller does the work in his own transaction, and redeem() is where he shows that he may. Applied after guard.sql.

drop function if exists clyra_guard.issue(text, bigint, text, uuid, text, name, timestamptz);

-- Makes a token redeemable and revokes those before it. 'redeemed', 'void': the attempt is settled, nothing was issued.
-- 55P03: an earlier grant is being redeemed.
create or replace function clyra_guard.issue(
  p_change text, p_attempt bigint, p_digest text, p_grant uuid, p_hash text, p_login name, p_expires timestamptz, p_certificate uuid
) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_state text;
begin
  perform pg_advisory_xact_lock(clyra_guard.key(p_change, p_attempt));
  select a.state into v_state from clyra_guard.attempts a where a.change_id = p_change and a.attempt = p_attempt;
  if found then
    return case v_state when 'applied' then 'redeemed' else 'void' end;
  end if;
  if not exists (select from pg_roles r where r.rolname = p_login and r.rolcanlogin and pg_has_role(r.oid, 'clyra_caller', 'usage')) then
    raise exception using errcode = 'CY001',
      message = 'CLYRA_GRANT_LOGIN this login is no caller here: make it one with clyra target install --caller';
  end if;
  update clyra_guard.grants set revoked_at = clock_timestamp() where change_id = p_change and attempt = p_attempt and revoked_at is null;
  insert into clyra_guard.grants (grant_id, change_id, attempt, payload_digest, token_hash, login, expires_at, certificate_id)
  values (p_grant, p_change, p_attempt, p_digest, p_hash, p_login, p_expires, p_certificate);
  return 'issued';
end $$;

-- First act of a caller's transaction: shows the token, and the transaction is the attempt's. Rolled back, it has redeemed nothing.
create or replace function clyra_guard.redeem(p_token text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_hash constant text := 'sha256:' || encode(sha256(convert_to(p_token, 'UTF8')), 'hex');
  v_grant clyra_guard.grants;
  v_now timestamptz;
begin
  select * into v_grant from clyra_guard.grants g where g.token_hash = v_hash;
  if not found then
    raise exception using errcode = 'CY001',
      message = 'CLYRA_GRANT_UNKNOWN no such grant was issued before this transaction began: ask for one, then begin';
  end if;
  if v_grant.login <> session_user then
    raise exception using errcode = 'CY001',
      message = 'CLYRA_GRANT_WRONG_LOGIN the grant is another login''s: connect as the login it was issued to';
  end if;
  if exists (select from clyra_guard.attempts a where a.xid = pg_current_xact_id_if_assigned()) then
    raise exception using errcode = 'CY001',
      message = 'CLYRA_GRANT_TRANSACTION this transaction has redeemed a grant already: redeem one grant a transaction';
  end if;
  -- The lock is what evict() finds a running attempt by, and what issue() and tombstone() wait for.
  perform pg_advisory_xact_lock(clyra_guard.key(v_grant.change_id, v_grant.attempt));
  -- Read again under a row lock: a transaction with an older snapshot must not miss a revocation; it gets 40001 here.
  select * into v_grant from clyra_guard.grants g where g.token_hash = v_hash for update;
  if v_grant.revoked_at is not null then
    raise exception using errcode = 'CY001',
      message = 'CLYRA_GRANT_REVOKED a later grant took the place of this one: use that one, or ask again';
  end if;
  v_now := clock_timestamp();
  if v_now >= v_grant.expires_at then
    raise exception using errcode = 'CY001', message = 'CLYRA_GRANT_EXPIRED the grant has expired: ask for the change again';
  end if;
  insert into clyra_guard.attempts (change_id, attempt, payload_digest, state, xid, login, at, grant_id, certificate_id)
  values (
    v_grant.change_id, v_grant.attempt, v_grant.payload_digest, 'applied', pg_current_xact_id(), session_user, v_now, v_grant.grant_id,
    v_grant.certificate_id
  )
  on conflict (certificate_id) do nothing;
  if not found then
    if exists (select from clyra_guard.attempts a where a.change_id = v_grant.change_id and a.attempt = v_grant.attempt) then
      raise unique_violation;
    end if;
    raise exception using errcode = 'CY001',
      message = 'CLYRA_ENFORCE_CERTIFICATE_USED another attempt was made under this certificate: ask for the change again';
  end if;
  return pg_current_xact_id()::text;
exception
  when unique_violation then
    raise exception using errcode = 'CY001',
      message = 'CLYRA_GRANT_SETTLED the attempt was redeemed or given up before: read the change, and ask for it again if it failed';
end $$;

-- The committed redemption of an attempt.
create or replace function clyra_guard.redemption(p_change text, p_attempt bigint, p_digest text)
returns table (grant_id uuid, xid text, login name, redeemed_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  return query select a.grant_id, a.xid::text, a.login, a.at from clyra_guard.attempts a
    where a.change_id = p_change and a.attempt = p_attempt and a.payload_digest = p_digest and a.state = 'applied' and a.grant_id is not null;
  if found then perform clyra_guard.keep(); end if;
end $$;

alter function clyra_guard.issue(text, bigint, text, uuid, text, name, timestamptz, uuid) owner to clyra_guard_owner;
alter function clyra_guard.redeem(text) owner to clyra_guard_owner;
alter function clyra_guard.redemption(text, bigint, text) owner to clyra_guard_owner;
revoke all on all functions in schema clyra_guard from public;
grant usage on schema clyra_guard to clyra_caller;
grant execute on function clyra_guard.redeem(text) to clyra_caller;

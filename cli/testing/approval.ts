// An honest approval view, as a gateway would serve it.
import { canonical } from '../../core/canonical.ts'
import { renderDisplay } from '../../core/display.ts'
import type { ApprovalView, Payload, Verdict } from '../../core/generated/types.ts'
import { digest } from '../../runtime/digest.ts'
import { changeId } from './fake-gateway.ts'

const payload: Payload = {
  kind: 'sql',
  target: 'shop',
  executor: 'clyra',
  role: 'dml',
  statements: ["DELETE FROM shop.orders WHERE state = 'void'"],
  limits: { max_rows: 5000, statement_timeout_ms: 30000, lock_timeout_ms: 5000 },
  salt: 'ab'.repeat(32),
}

const facts: Verdict['facts'] = {
  parsed: 'parsed',
  role: 'dml',
  statements: [
    {
      kind: 'delete',
      relations: [{ schema: 'shop', name: 'orders', access: 'write' }],
      functions: [],
      predicate: 'bounded',
      details: [],
      estimated_rows: 1200,
      estimate_basis: 'explain',
      relation_rows: 4000,
    },
  ],
  estimated_rows: 1200,
  refusals: [],
  platform: 'postgres',
  server_version: '18.4',
  simulated: false,
  history: { changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: false },
}

/** What is shown, and the values a decision signs over it. Asked by ana@shop.example, claimed for dee@shop.example. */
export function approvalView(): ApprovalView {
  const requesters = ['ana@shop.example', 'dee@shop.example']
  const claimed = ['dee@shop.example']
  const reason = 'clear void orders'
  const shown = {
    facts,
    reasons: [{ rule: 'large-change', outcome: 'needs_approval' as const, why: 'many rows', refs: [] }],
    policy_id: 'sox-controls',
    policy_digest: digest('the policy'),
    quorum: 1,
    row_limit: 5000,
    mode: 'gate' as const,
  }
  const display = renderDisplay({ change_id: changeId, payload, verdict: shown, requesters, claimed, reason })
  const binding = {
    payload_digest: digest(canonical(payload)),
    policy_digest: shown.policy_digest,
    display_hash: digest(display),
    nonce: 'cd'.repeat(32),
  }
  const verdict: Verdict = {
    ...shown,
    ...binding,
    change_id: changeId,
    attempt: 1,
    run_id: 'run-1',
    predecessor: digest('change'),
    outcome: 'needs_approval',
    grade: 'standard',
    authenticator_age_seconds: 0,
    eligible_approvers: [],
    deadline: '2026-01-02T00:00:00.000Z',
    certificate_ttl_seconds: 900,
  }
  return {
    change_id: changeId,
    state: 'AWAITING_APPROVAL',
    target: 'shop',
    requesters,
    claimed_for: claimed,
    reason,
    payload: structuredClone(payload),
    verdict: structuredClone(verdict),
    binding,
    deadline: verdict.deadline,
    quorum: 1,
    grade: 'standard',
    authenticator_age_seconds: 0,
    asks: [['key'], ['passkey']],
    decisions: [],
  }
}

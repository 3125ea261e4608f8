// A change as the API shows it: its row in the registry and what the receipts of its current attempt add.
import type { ChangeView, Resolution, Verdict, WarehouseAnchor } from '../../core/generated/types.ts'
import { workflowId } from '../../core/messages.ts'
import { allOf, lastOf, ofAttempt } from '../../core/receipts.ts'
import type { ChangeRow, Stored } from '../../ledger/types.ts'

/** Where links lead. */
export interface Links {
  temporalUi: string | null
  namespace: string
  door: { origin: string }
}

const stalledAfterMs = 10_000

/** Pure: `now` is the store's clock, `receipts` the whole stream of the change. */
export function viewOf(row: ChangeRow, receipts: readonly Stored[], links: Links, now: string): ChangeView {
  const current = ofAttempt(receipts, row.attempt)
  return {
    change_id: row.change_id,
    tenant: row.tenant,
    attempt: row.attempt,
    workflow_id: workflowId(row.tenant, row.change_id),
    version: row.version,
    state: row.state as ChangeView['state'],
    outcome: row.outcome as ChangeView['outcome'],
    code: row.code,
    target: row.target,
    mode: row.mode,
    kind: row.kind,
    executor: row.executor,
    source: row.source,
    requester: row.requester,
    claimed_person: row.claimed_person,
    reason: row.reason,
    late: row.late !== null,
    payload_digest: row.payload_digest,
    verdict: verdictOf(lastOf(current, 'verdict')?.body ?? null),
    approvers: approversOf(current),
    match_code: null,
    affected_rows: lastOf(current, 'outcome')?.body.affected_rows ?? null,
    anchor: anchorOf(current),
    bundle_id: row.bundle_id,
    evidence: row.evidence_file,
    submitted_at: row.submitted_at,
    seq: row.seq,
    stalled: isStalled(row, current, now),
    links: linksOf(row, links),
  }
}

// Between two receipts a worker needs moments; only a gate and a statement take as long as they take.
function isStalled({ state, submitted_at }: ChangeRow, current: readonly Stored[], now: string): boolean {
  if (state === 'ENFORCING' || state === 'CLOSED') return false
  const deadline = state === 'AWAITING_APPROVAL' ? lastOf(current, 'verdict')?.body.deadline : null
  const since = deadline ?? current.at(-1)?.receipt.at ?? submitted_at
  return Date.parse(now) - Date.parse(since) > stalledAfterMs
}

/** What the view says of a `resolution` receipt. */
export function resolutionOf({ receipt }: Stored): NonNullable<ChangeView['resolution']> {
  const { outcome, code, settled_by } = receipt.body as unknown as Resolution
  return { outcome, code, settled_by, resolved_at: receipt.at }
}

/** Persons whose approval counted: those the last verdict asked, each once. */
export function approversOf(current: readonly Stored[]): string[] {
  const verdict = lastOf(current, 'verdict')
  const counted = allOf(current, 'decision').filter(
    ({ body }) => body.status === 'counted' && body.decision === 'approve' && body.predecessor === verdict?.leaf,
  )
  return [...new Set(counted.map(({ body }) => body.person).filter((person) => person !== null))]
}

function verdictOf(verdict: Verdict | null): ChangeView['verdict'] {
  if (verdict === null) return null
  const { outcome, policy_id, policy_digest, reasons, facts, quorum, deadline } = verdict
  return { outcome, policy_id, policy_digest, reasons, estimated_rows: facts.estimated_rows, quorum, deadline }
}

function anchorOf(current: readonly Stored[]): string | null {
  const anchors = current
    .filter(({ receipt }) => receipt.kind === 'anchor')
    .map(({ receipt }) => (receipt.body as unknown as WarehouseAnchor).anchor)
  const after = anchors.findLast(({ position }) => position === 'after')
  if (after === undefined) return null
  const { platform, database, timeline, lsn, xid } = after
  return `${platform} ${database} timeline ${timeline} lsn ${lsn}${xid === null ? '' : ` xid ${xid}`}`.slice(0, 200)
}

function linksOf(row: ChangeRow, { temporalUi, namespace, door }: Links): ChangeView['links'] {
  const self = `/v1/changes/${row.change_id}`
  const workflow = encodeURIComponent(workflowId(row.tenant, row.change_id))
  return {
    self,
    evidence: row.evidence_file === null ? null : `${self}/evidence`,
    page: `${door.origin}/approve/${row.change_id}`,
    temporal: temporalUi === null ? null : `${temporalUi}/namespaces/${namespace}/workflows/${workflow}`,
  }
}

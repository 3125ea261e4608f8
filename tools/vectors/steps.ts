// The receipts of a change, one function a kind. A step says what a receipt is; telling it gives it its place in the chain.
import type { DataReceipt, Effect } from '../../core/generated/types.ts'
import { digest, sha256Hex } from '../../runtime/digest.ts'
import { genesis, type Line, lineOf } from './log.ts'
import { at, payloadDigest, policyText, requester, snapshotAfter, snapshotBefore, tenant, window, worker } from './world.ts'

export type Body = Record<string, unknown>

export interface Step {
  /** What later steps call this one. */
  label: string
  kind: string
  at: string
  actor: { actor: string; person: string | null }
  body: (told: Told) => Body
  /** The envelope its body names, made of the body as it was told. */
  seal?: (body: Body) => string
}

/** What has been told so far. */
export interface Told {
  leaf: (label: string) => string
  /** Lines of the range. */
  lines: readonly ToldLine[]
}

export interface Scene {
  change_id: string
  attempt: number
  /** Who does the work: Clyra unless told otherwise. */
  executor?: 'clyra' | 'caller'
}

export const displayHash = digest('what the approver is shown')
export const nonce = (attempt: number): string => sha256Hex(`nonce ${attempt}`)

/** A line, and the envelope that was sealed over its body. */
export type ToldLine = Line & { envelope?: string }

/** What may change a receipt before it is sealed and chained to the next, and the envelope that is sealed over its body. */
export interface Bending {
  receipt?: (receipt: DataReceipt, label: string) => DataReceipt
  seal?: (envelope: string, body: Body) => string
}

/** Tells the steps after the earlier lines of the stream. */
export function tell(
  stream: string,
  origin: string,
  earlier: readonly Line[],
  steps: readonly Step[],
  { receipt: bend = (receipt) => receipt, seal: reseal = (envelope) => envelope }: Bending = {},
): Told['lines'] {
  const lines: ToldLine[] = []
  const leaves = new Map<string, string>()
  const leaf = (label: string): string => leaves.get(label) ?? digest(`no step ${label}`)
  for (const step of steps) {
    const before = lines.at(-1) ?? earlier.at(-1)
    const receipt: DataReceipt = {
      stream,
      seq: earlier.length + lines.length,
      prev: before?.leaf ?? genesis(origin),
      kind: step.kind,
      at: step.at,
      actor: step.actor,
      body: step.body({ leaf, lines }),
    }
    const bent = bend(receipt, step.label)
    const envelope = step.seal === undefined ? undefined : reseal(step.seal(bent.body), bent.body)
    const line = lineOf(envelope === undefined ? bent : { ...bent, body: { ...bent.body, envelope_digest: digest(envelope) } })
    lines.push(envelope === undefined ? line : { ...line, envelope })
    leaves.set(step.label, line.leaf)
  }
  return lines
}

/** What a receipt is. */
export const step = (label: string, kind: string, time: string, actor: Step['actor'], body: Step['body']): Step => ({
  label,
  kind,
  at: time,
  actor,
  body,
})

export const change = ({ change_id, attempt, executor = 'clyra' }: Scene, time: string, mode: 'gate' | 'review' = 'gate'): Step =>
  step('change', 'change', time, requester, () => ({
    change_id,
    tenant,
    attempt,
    kind: 'sql',
    source: 'airflow',
    site_key_digest: digest('site key'),
    revision: 1,
    target: 'shop',
    mode,
    executor,
    role: 'ddl',
    payload_digest: payloadDigest,
    statements: 1,
    requester,
    claimed_person: null,
    reason: 'Close the books of 2025',
    late: null,
  }))

export const secondRequester = ({ change_id }: Scene, time: string): Step =>
  step('requester', 'requester', time, { actor: 'dagster', person: 'dave' }, ({ leaf }) => ({
    change_id,
    requester: { actor: 'dagster', person: 'dave' },
    claimed_person: null,
    predecessor: leaf('change'),
  }))

export interface Judged {
  outcome: 'allow' | 'needs_approval' | 'deny'
  mode?: 'gate' | 'review'
  quorum?: number
  grade?: 'standard' | 'enhanced'
}

const rowsOf = { allow: 12, needs_approval: 1200, deny: 90_000 }
const ruleOf = { allow: 'narrow-update', needs_approval: 'many-rows', deny: 'no-rule-matches' }

export const verdict = (
  { change_id, attempt }: Scene,
  time: string,
  { outcome, mode = 'gate', quorum = 1, grade = 'standard' }: Judged,
): Step =>
  step('verdict', 'verdict', time, worker, ({ leaf }) => {
    const asks = outcome === 'needs_approval' && mode === 'gate'
    return {
      change_id,
      attempt,
      run_id: `run-${attempt}`,
      predecessor: leaf('change'),
      outcome,
      mode,
      policy_id: 'vectors',
      policy_digest: digest(policyText),
      payload_digest: payloadDigest,
      display_hash: displayHash,
      facts: factsOf(rowsOf[outcome]),
      reasons: [{ rule: ruleOf[outcome], outcome, why: 'The rule of the vectors.', refs: [] }],
      row_limit: outcome === 'allow' ? 100 : 5000,
      quorum: asks ? quorum : 0,
      grade,
      authenticator_age_seconds: 86_400,
      eligible_approvers: [],
      nonce: asks ? nonce(attempt) : null,
      deadline: asks ? at(45) : null,
      certificate_ttl_seconds: 600,
    }
  })

const factsOf = (rows: number) => ({
  parsed: 'parsed',
  role: 'ddl',
  statements: [
    {
      kind: 'update',
      relations: [{ schema: 'shop', name: 'orders', access: 'write' }],
      functions: [],
      predicate: 'bounded',
      details: [],
      estimated_rows: rows,
      estimate_basis: 'explain',
      relation_rows: 90_000,
    },
  ],
  estimated_rows: rows,
  refusals: [],
  platform: 'postgres',
  server_version: '18.4',
  simulated: false,
  history: { changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: false },
})

export interface Said {
  person: string
  key_id: string | null
  subject_id: string | null
  grade: 'standard' | 'enhanced'
  sign_on: Body | null
  envelope: string
  /** The ID token, where there is one. */
  token?: string
  decision_id: string
  decision?: 'approve' | 'reject'
  /** Why it is refused; counted without it. */
  code?: string
}

export const decision = ({ change_id, attempt }: Scene, time: string, said: Said): Step =>
  step(`decision ${said.person}`, 'decision', time, { actor: 'clyra-cli', person: said.person }, ({ leaf }) => ({
    change_id,
    attempt,
    predecessor: leaf('verdict'),
    decision_id: said.decision_id,
    decision: said.decision ?? 'approve',
    status: said.code === undefined ? 'counted' : 'refused',
    code: said.code ?? null,
    person: said.person,
    key_id: said.key_id,
    subject_id: said.subject_id,
    grade: said.grade,
    sign_on: said.sign_on,
    envelope_digest: digest(said.envelope),
    delivered_by: { actor: 'clyra-cli', person: said.person },
  }))

export const attempted = ({ change_id, attempt, executor = 'clyra' }: Scene, time: string, after: 'verdict' | 'certificate'): Step =>
  step('attempt', 'attempt', time, worker, ({ leaf }) => ({
    change_id,
    attempt,
    predecessor: leaf(after),
    payload_digest: payloadDigest,
    executor,
    row_limit: after === 'verdict' ? 100 : 5000,
    window: executor === 'caller' ? window : null,
  }))

/** An outcome; `more` sets what is not null, zero or empty. */
export const outcome = ({ change_id, attempt }: Scene, time: string, name: string, after: string, more: Body = {}): Step =>
  step('outcome', 'outcome', time, worker, ({ leaf }) => ({
    change_id,
    attempt,
    predecessor: leaf(after),
    outcome: name,
    code: null,
    sqlstate: null,
    statement: null,
    payload_digest: payloadDigest,
    affected_rows: null,
    rows_by_statement: [],
    settled_by: 'not_started',
    effect: null,
    enforcement: null,
    redemption: null,
    ...more,
  }))

/** Anchors, snapshots and delta of an enforced change. */
export function observations({ change_id }: Scene, time: string, { anchors, before, after, affected_rows }: Effect): Step[] {
  const seen = (label: string, kind: string, body: Body): Step =>
    step(label, kind, time, worker, ({ leaf }) => ({ change_id, predecessor: leaf('outcome'), ...body }))
  return [
    ...anchors.map((anchor) => seen(`anchor ${anchor.position}`, 'anchor', { anchor })),
    seen('snapshot before', 'snapshot', { position: 'before', ...before }),
    seen('snapshot after', 'snapshot', { position: 'after', ...after }),
    seen('delta', 'delta', {
      before: digest(snapshotBefore),
      after: digest(snapshotAfter),
      affected_rows,
      changes: [{ relation: 'shop.orders', path: 'column.note', change: 'removed', before: 'text', after: null }],
    }),
  ]
}

export const recorded = ({ change_id, attempt }: Scene, time: string, name: string): Step =>
  step('recorded', 'recorded', time, worker, ({ leaf, lines: told }) => {
    const lines = told.slice(told.findLastIndex(({ receipt }) => receipt.kind === 'change'))
    const seqs = (...kinds: string[]) => lines.filter(({ receipt }) => kinds.includes(receipt.kind)).map(({ receipt }) => receipt.seq)
    return {
      change_id,
      attempt,
      predecessor: leaf('outcome'),
      outcome: name,
      receipts: lines.length + 1,
      governance: {
        reliability: seqs('attempt', 'outcome', 'anchor'),
        transparency: seqs('change', 'requester', 'verdict'),
        accuracy: seqs('outcome', 'snapshot', 'delta'),
        oversight: seqs('verdict', 'decision', 'approval_certificate'),
      },
    }
  })

/** What follows a sealed bundle in its stream. */
export const afterwards = (
  { change_id, attempt }: Scene,
  time: string,
  bundle_id: string,
  statement_digest: string,
  key_id: string,
): Step[] => [
  step('attestation', 'attestation', time, worker, () => ({ change_id, attempt, framework: 'sox', bundle_id, statement_digest, key_id })),
  step('ticket', 'ticket', time, worker, ({ leaf }) => ({
    change_id,
    attempt,
    predecessor: leaf('attestation'),
    tracker: 'files',
    reference: `${change_id}-${attempt}`,
    bundle_id,
  })),
]

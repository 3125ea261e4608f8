// The receipts of a change, one function a kind.
import { type Body, canonical, changeId, type Draft, digest, envelope, type Story } from './bundle.ts'
import type { Pair } from './keys.ts'
import type { Seen } from './snapshots.ts'

/** The policy that judged. */
export const policy = canonical({ id: 'demo', note: 'a "quoted" word,\nand ünïcode' })
/** What is changed, what an approver is shown, and the nonce of the gate. */
export const payloadDigest = digest('payload')
export const displayHash = digest('display')
export const nonce = 'ab'.repeat(32)
const deadline = '2026-03-01T10:30:00.000Z'

/** What most bodies begin with. */
export const base = (attempt: number): Body => ({ change_id: changeId, attempt })

/** The change as it was asked for. */
export const change = (attempt: number, mode = 'gate', executor = 'clyra'): Draft => ({
  kind: 'change',
  body: () => ({
    ...base(attempt),
    tenant: 'acme',
    kind: 'sql',
    source: 'cli',
    site_key_digest: digest('site'),
    revision: 1,
    target: 'warehouse',
    mode,
    executor,
    role: 'dml',
    payload_digest: payloadDigest,
    statements: 1,
    requester: { actor: 'pipeline', person: 'rita@example.com' },
    claimed_person: null,
    reason: 'monthly clean-up',
    late: null,
  }),
})

/** A second requester. */
export const requester: Draft = {
  kind: 'requester',
  body: (leaf) => ({
    change_id: changeId,
    requester: { actor: 'dag', person: null },
    claimed_person: 'otto@example.com',
    predecessor: leaf('change'),
  }),
}

const facts = {
  parsed: 'parsed',
  role: 'dml',
  statements: [],
  estimated_rows: 3,
  refusals: [],
  platform: 'postgresql',
  server_version: '18.1',
  simulated: false,
  history: { changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: false },
}

/** The judgement of policy. */
export const verdict = (attempt: number, outcome: string, quorum = 0, mode = 'gate', grade = 'standard'): Draft => ({
  kind: 'verdict',
  body: (leaf) => ({
    ...base(attempt),
    run_id: 'run-1',
    predecessor: leaf('change'),
    outcome,
    mode,
    policy_id: 'demo',
    policy_digest: digest(policy),
    payload_digest: payloadDigest,
    display_hash: displayHash,
    facts,
    reasons: [{ rule: 'rule-1', outcome, why: 'because', refs: [] }],
    row_limit: 10,
    quorum,
    grade,
    authenticator_age_seconds: 86_400,
    eligible_approvers: [],
    nonce: quorum > 0 ? nonce : null,
    deadline: quorum > 0 ? deadline : null,
    certificate_ttl_seconds: grade === 'enhanced' ? 600 : 3600,
  }),
})

/** The signed envelope of a decision; `lie` changes the statement before it is signed. */
export function decisionText(person: string, key: Pair, decision: string, id: number, lie: (predicate: Body) => void = () => {}): string {
  const predicate: Body = {
    decision_id: `00000000-0000-7000-8000-${String(id).padStart(12, '0')}`,
    change_id: changeId,
    payload_digest: payloadDigest,
    policy_digest: digest(policy),
    display_hash: displayHash,
    nonce,
    decision,
    person,
    reason: 'looks right',
    signed_at: '2026-03-01T10:00:00.000Z',
  }
  lie(predicate)
  const subject = [{ name: changeId, digest: { sha256: payloadDigest.slice(7) } }]
  return canonical(
    envelope({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType: 'https://clyra.dev/spec/decision/v0', predicate }, key),
  )
}

/** What the receipts say of a decision, and the text of its envelope. */
export interface Said {
  text: string
  person: string
  key_id: string | null
  subject_id: string | null
  grade: string
  sign_on: Body | null
}

/** Said with a key of one's own. */
export const plainly = (text: string, person: string, key: Pair): Said => ({
  ...{ text, person, key_id: key.id, subject_id: null },
  ...{ grade: 'standard', sign_on: null },
})

/** A decision receipt. */
export const decision = (attempt: number, { text, ...said }: Said, word: string, id: number): Draft => ({
  kind: 'decision',
  body: (leaf) => ({
    ...base(attempt),
    predecessor: leaf('verdict'),
    decision_id: `00000000-0000-7000-8000-${String(id).padStart(12, '0')}`,
    decision: word,
    status: 'counted',
    code: null,
    ...said,
    envelope_digest: digest(text),
    delivered_by: { actor: 'slack', person: null },
  }),
})

/** The attempt of Clyra, or of a caller where there is a window. */
export const attempted = (attempt: number, from: string, window: Body | null = null): Draft => ({
  kind: 'attempt',
  body: (leaf) => ({
    ...base(attempt),
    predecessor: leaf(from),
    payload_digest: payloadDigest,
    executor: window === null ? 'clyra' : 'caller',
    row_limit: 10,
    window,
  }),
})

/** The start of the id of every grant. */
export const grantId = '00000000-0000-7000-8000-00000000000'

/** A grant: the `id`th of its attempt. */
export const grant = (id: number, window: Body, actor = 'pipeline'): Draft => ({
  kind: 'grant',
  body: (leaf) => ({
    ...base(1),
    predecessor: leaf('attempt'),
    grant_id: `${grantId}${id}`,
    token_hash: digest(`token ${id}`),
    payload_digest: payloadDigest,
    target: 'warehouse',
    caller: { actor, person: null },
    login: `${actor}_login`,
    expires_at: window.expires_at,
  }),
})

/** An outcome; `more` sets what is not null, zero or empty. */
export const outcome = (attempt: number, name: string, from: string, more: Body = {}): Draft => ({
  kind: 'outcome',
  body: (leaf) => ({
    ...base(attempt),
    predecessor: leaf(from),
    outcome: name,
    code: ['enforced', 'observed'].includes(name) ? null : 'CLYRA_SOMETHING',
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
  }),
})

/** The end of an attempt of so many receipts. */
export const recorded = (attempt: number, name: string, receipts: number, start: number): Draft => ({
  kind: 'recorded',
  body: (leaf) => ({
    ...base(attempt),
    predecessor: leaf('outcome'),
    outcome: name,
    receipts,
    governance: { accuracy: [], oversight: [start + 1], reliability: [], transparency: [start] },
  }),
})

/** A place in the warehouse's history. */
export const anchor = (position: string) => ({
  position,
  platform: 'postgresql',
  system_identifier: '7',
  database: 'shop',
  timeline: 1,
  lsn: position === 'before' ? '0/10' : '0/20',
  xid: '42',
  snapshot: '42:42:',
  role: 'primary',
  strength: 'exact',
  server_version: '18.1',
  simulated: false,
})

/** What follows an outcome that changed something. */
export interface Observed {
  effectText: string
  drafts: Draft[]
  blobs: Story['blobs']
}

/** Anchors, snapshots and delta of what was seen. */
export function observations(attempt: number, { before, after, changes }: Seen, affected_rows: number | null = 3): Observed {
  const texts = [canonical(before), canonical(after)] as const
  const count = ({ relations }: Body) => (relations as unknown[]).length
  const snapshots = {
    before: { digest: digest(texts[0]), relations: count(before) },
    after: { digest: digest(texts[1]), relations: count(after) },
  }
  const rows = { affected_rows, rows_by_statement: affected_rows === null ? [] : [affected_rows] }
  const effectText = canonical({
    ...base(attempt),
    payload_digest: payloadDigest,
    ...rows,
    ...snapshots,
    anchors: [anchor('before'), anchor('after')],
  })
  const draft = (kind: string, body: Body): Draft => ({
    kind,
    body: (leaf) => ({ change_id: changeId, predecessor: leaf('outcome'), ...body }),
  })
  const delta = { before: snapshots.before.digest, after: snapshots.after.digest, affected_rows, changes }
  const drafts = [
    draft('anchor', { anchor: anchor('before') }),
    draft('anchor', { anchor: anchor('after') }),
    draft('snapshot', { position: 'before', ...snapshots.before }),
    draft('snapshot', { position: 'after', ...snapshots.after }),
    draft('delta', delta),
  ]
  const blobs = [{ role: 'effect', text: effectText }, ...[...new Set(texts)].map((text) => ({ role: 'snapshot', text }))]
  return { effectText, drafts, blobs }
}

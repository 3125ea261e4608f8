// One story for each way a change can end.
import { type Body, canonical, changeId, type Draft, digest, envelope, type Story } from './bundle.ts'
import { keys, type Pair } from './keys.ts'

const policy = canonical({ id: 'demo', note: 'a "quoted" word,\nand ünïcode' })
const payloadDigest = digest('payload')
const displayHash = digest('display')
const nonce = 'ab'.repeat(32)
const deadline = '2026-03-01T10:30:00.000Z'

/** What a delta says of two snapshots. */
export interface Seen {
  before: Body
  after: Body
  changes: Body[]
}

const column = (ordinal: number, name: string, more: Body = {}): Body => ({
  ordinal,
  name,
  type: 'text',
  nullable: true,
  default_hash: null,
  collation: null,
  ...more,
})
const relation = (name: string, columns: Body[], more: Body = {}): Body => ({
  schema: 'shop',
  name,
  kind: 'table',
  owner: 'o',
  columns,
  parts: [],
  definition_hash: null,
  grants_hash: digest('grants'),
  row_security: false,
  ...more,
})
const index = (name: string, text: string): Body => ({ name, kind: 'index', definition_hash: digest(text) })

// Worked out by hand from spec/delta.md.
const seen: Seen = {
  before: {
    platform: 'postgresql',
    relations: [
      relation('gone', [column(1, 'id')]),
      relation('orders', [column(1, 'id'), column(2, 'note', { collation: 'C' }), column(3, 'a.b')], { parts: [index('i', 'one')] }),
    ],
  },
  after: {
    platform: 'postgresql',
    relations: [
      relation('orders', [column(1, 'id', { nullable: false, default_hash: digest('0') }), column(2, 'a.b')], {
        parts: [index('i', 'two')],
        definition_hash: digest('view'),
      }),
    ],
  },
  changes: [
    { relation: 'shop.gone', path: 'relation', change: 'removed', before: 'table', after: null },
    { relation: 'shop.orders', path: 'column."a.b".ordinal', change: 'altered', before: '3', after: '2' },
    { relation: 'shop.orders', path: 'column.id.default', change: 'added', before: null, after: digest('0') },
    { relation: 'shop.orders', path: 'column.id.nullable', change: 'altered', before: 'true', after: 'false' },
    { relation: 'shop.orders', path: 'column.note', change: 'removed', before: 'text', after: null },
    { relation: 'shop.orders', path: 'definition', change: 'added', before: null, after: digest('view') },
    { relation: 'shop.orders', path: 'part.index.i', change: 'altered', before: digest('one'), after: digest('two') },
  ],
}

const base = (attempt: number): Body => ({ change_id: changeId, attempt })

const change = (attempt: number, mode = 'gate', executor = 'clyra'): Draft => ({
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
  }),
})

const requester: Draft = {
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
}

const verdict = (attempt: number, outcome: string, quorum = 0, mode = 'gate'): Draft => ({
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
    eligible_approvers: [],
    nonce: quorum > 0 ? nonce : null,
    deadline: quorum > 0 ? deadline : null,
    certificate_ttl_seconds: 3600,
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

/** A decision receipt. */
export const decision = (attempt: number, text: string, person: string, key: Pair, said: string, id: number): Draft => ({
  kind: 'decision',
  body: (leaf) => ({
    ...base(attempt),
    predecessor: leaf('verdict'),
    decision_id: `00000000-0000-7000-8000-${String(id).padStart(12, '0')}`,
    decision: said,
    status: 'counted',
    code: null,
    person,
    key_id: key.id,
    envelope_digest: digest(text),
    delivered_by: { actor: 'slack', person: null },
  }),
})

const certificate = (attempt: number, text: string, person: string, key: Pair): Draft => ({
  kind: 'approval_certificate',
  body: (leaf) => ({
    ...base(attempt),
    run_id: 'run-1',
    predecessor: leaf('verdict'),
    payload_digest: payloadDigest,
    policy_digest: digest(policy),
    display_hash: displayHash,
    nonce,
    quorum: 1,
    requesters: ['dag', 'otto@example.com', 'rita@example.com'],
    decisions: [{ person, key_id: key.id, envelope_digest: digest(text), receipt: leaf('decision') }],
    approved_at: '2026-03-01T10:00:00.000Z',
    expires_at: '2026-03-01T11:00:00.000Z',
  }),
})

const attempted = (attempt: number, from: string, window: Body | null = null): Draft => ({
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

const grantId = '00000000-0000-7000-8000-00000000000'

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

const outcome = (attempt: number, name: string, from: string, more: Body = {}): Draft => ({
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

const recorded = (attempt: number, name: string, receipts: number, start: number): Draft => ({
  kind: 'recorded',
  body: (leaf) => ({
    ...base(attempt),
    predecessor: leaf('outcome'),
    outcome: name,
    receipts,
    governance: { accuracy: [], oversight: [start + 1], reliability: [], transparency: [start] },
  }),
})

const anchor = (position: string) => ({
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

interface Observed {
  effectText: string
  drafts: Draft[]
  blobs: Story['blobs']
}

function observations(attempt: number, { before, after, changes }: Seen, affected_rows: number | null = 3): Observed {
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

const policyBlob = { role: 'policy', text: policy }

function story(name: string, drafts: Draft[], blobs: Story['blobs'] = [policyBlob], attempt = 1, before: Draft[] = []): Story {
  const last = recorded(attempt, name, drafts.length + 1, before.length)
  return { attempt, outcome: name, before, drafts: [...drafts, last], blobs }
}

function enforced(attempt: number, from: string, lead: Draft[], blobs: Story['blobs'], before: Draft[] = [], what = seen): Story {
  const run = attempted(attempt, from)
  const { effectText, drafts, blobs: observed } = observations(attempt, what)
  const more = { affected_rows: 3, rows_by_statement: [3], settled_by: 'commit', effect: digest(effectText), enforcement: 'applied' }
  const end = outcome(attempt, 'enforced', 'attempt', more)
  return story('enforced', [...lead, run, end, ...drafts], [...blobs, ...observed], attempt, before)
}

/** The lead of an approved change: change, requester, verdict, decision, certificate. `lie` may forge the signed statement. */
export function approved(attempt = 1, before: Draft[] = [], lie?: (predicate: Body) => void, key: Pair = keys.anna): Story {
  const text = decisionText('anna@example.com', key, 'approve', 1, lie)
  const lead = [
    change(attempt),
    requester,
    verdict(attempt, 'needs_approval', 1),
    decision(attempt, text, 'anna@example.com', key, 'approve', 1),
    certificate(attempt, text, 'anna@example.com', key),
  ]
  return enforced(attempt, 'approval_certificate', lead, [policyBlob, { role: 'decision', text }], before)
}

/** An enforced change over these snapshots. */
export const enforcedOver = (what: Seen): Story => enforced(1, 'verdict', [change(1), verdict(1, 'allow')], [policyBlob], [], what)

/** A change that a caller made: two asked, each got a grant, and the second redeemed his. */
export function observedByCaller(): Story {
  const { effectText, drafts, blobs } = observations(1, seen, null)
  const text = canonical(seen.before)
  const before = { digest: digest(text), relations: (seen.before.relations as unknown[]).length }
  const window = { expires_at: '2026-03-01T10:20:00.000Z', anchor: anchor('before'), before }
  const end = outcome(1, 'enforced', 'attempt', {
    settled_by: 'guard_row',
    effect: digest(effectText),
    enforcement: 'observed',
    redemption: { grant_id: `${grantId}2`, xid: '42', login: 'dag_login', redeemed_at: '2026-03-01T10:19:59.999Z' },
  })
  const lead = [change(1, 'gate', 'caller'), verdict(1, 'allow'), attempted(1, 'verdict', window)]
  return story('enforced', [...lead, grant(1, window), requester, grant(2, window, 'dag'), end, ...drafts], [policyBlob, ...blobs])
}

/** A second attempt, after an expired first one that was attested and ticketed only after its bundle was sealed. */
export function retried(): Story {
  const first = stories.expired()
  const before = first.drafts
  const tail: Draft[] = [
    {
      kind: 'attestation',
      body: () => ({
        ...base(1),
        framework: 'sox',
        bundle_id: digest('bundle 1'),
        statement_digest: digest('statement 1'),
        key_id: keys.attest.id,
      }),
    },
    {
      kind: 'ticket',
      body: (leaf) => ({ ...base(1), predecessor: leaf('attestation'), tracker: 'file', reference: 'T-1', bundle_id: digest('bundle 1') }),
    },
  ]
  const lead = [change(2), verdict(2, 'allow')]
  const whole = enforced(2, 'verdict', lead, [policyBlob], before)
  const drafts = [...tail, ...whole.drafts]
  return { ...whole, drafts }
}

/** Every outcome, each a legal walk. */
export const stories = {
  enforced: () => enforcedOver(seen),
  approved: () => approved(),
  observed: () => story('observed', [change(1, 'review'), verdict(1, 'needs_approval', 0, 'review'), outcome(1, 'observed', 'verdict')]),
  denied: () => story('denied', [change(1), verdict(1, 'deny'), outcome(1, 'denied', 'verdict')]),
  rejected: () => {
    const text = decisionText('ben@example.com', keys.ben, 'reject', 1)
    const lead = [change(1), verdict(1, 'needs_approval', 1), decision(1, text, 'ben@example.com', keys.ben, 'reject', 1)]
    return story('rejected', [...lead, outcome(1, 'rejected', 'decision')], [policyBlob, { role: 'decision', text }])
  },
  expired: () => {
    const end = outcome(1, 'expired', 'verdict')
    const drafts = [change(1), verdict(1, 'needs_approval', 1), { ...end, at: '2026-03-01T10:30:00.001Z' }]
    return story('expired', drafts)
  },
  cancelled: () => story('cancelled', [change(1), outcome(1, 'cancelled', 'change')], []),
  failed: () => story('failed', [change(1), verdict(1, 'allow'), outcome(1, 'failed', 'verdict', { code: 'CLYRA_PAYLOAD_MISMATCH' })]),
  failedLate: () => story('failed', [change(1), verdict(1, 'allow'), attempted(1, 'verdict'), outcome(1, 'failed', 'attempt')]),
  ambiguous: () => story('ambiguous', [change(1), verdict(1, 'allow'), attempted(1, 'verdict'), outcome(1, 'ambiguous', 'attempt')]),
  observedByCaller,
  retried,
}

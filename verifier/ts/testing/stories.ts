// One story for each way a change can end.
import { type Body, canonical, type Draft, digest, type Story } from './bundle.ts'
import { certificate } from './certificates.ts'
import {
  anchor,
  attempted,
  base,
  change,
  decision,
  decisionText,
  grant,
  grantId,
  observations,
  outcome,
  plainly,
  policy,
  recorded,
  requester,
  type Said,
  verdict,
} from './drafts.ts'
import { keys, type Pair } from './keys.ts'
import { type Assertion, asserted } from './passkeys.ts'
import { type Seen, seen } from './snapshots.ts'
import { enhancedBy, signedOn, type TokenBend } from './tokens.ts'

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

/** Change, requester, verdict, decision, certificate, and what they lead to. */
export function approvedWith(said: Said, grade = 'standard', attempt = 1, before: Draft[] = []): Story {
  const lead = [
    change(attempt),
    requester,
    verdict(attempt, 'needs_approval', 1, 'gate', grade),
    decision(attempt, said, 'approve', 1),
    certificate(attempt, said, grade),
  ]
  return enforced(attempt, 'approval_certificate', lead, [policyBlob, { role: 'decision', text: said.text }], before)
}

/** Anna approved. `lie` may forge the signed statement. */
export const approved = (attempt = 1, before: Draft[] = [], lie?: (predicate: Body) => void, key: Pair = keys.anna): Story => {
  const said = plainly(decisionText('anna@example.com', key, 'approve', 1, lie), 'anna@example.com', key)
  return approvedWith(said, 'standard', attempt, before)
}

/** Pia approved with her passkey. `bend` may forge the assertion. */
export const approvedByPasskey = (bend?: (honest: Assertion) => Assertion): Story => {
  const text = asserted(decisionText('pia@example.com', keys.pia, 'approve', 1), keys.pia, bend)
  return approvedWith(plainly(text, 'pia@example.com', keys.pia))
}

/** Ben, or whoever has this key, rejected. */
export function rejectedWith(key: Pair, lie?: (predicate: Body) => void): Story {
  const said = plainly(decisionText('ben@example.com', key, 'reject', 1, lie), 'ben@example.com', key)
  const lead = [change(1), verdict(1, 'needs_approval', 1), decision(1, said, 'reject', 1)]
  return story('rejected', [...lead, outcome(1, 'rejected', 'decision')], [policyBlob, { role: 'decision', text: said.text }])
}

/** Anna approved by her company's sign-on alone; `bend` may forge the token. */
export function approvedBySignOn(bend: TokenBend = {}): { story: Story; token: string } {
  const { said, token } = signedOn('anna@example.com', 'anna-1', bend)
  return { story: approvedWith(said), token }
}

/** Pia approved by passkey and sign-on, and named the requester's number. */
export function enhanced(bend: TokenBend = {}, lie?: (predicate: Body) => void): { story: Story; token: string } {
  const { said, token } = enhancedBy('pia@example.com', 'pia-1', keys.pia, bend, lie)
  return { story: approvedWith(said, 'enhanced'), token }
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
  const lead = [change(1, 'gate', 'caller'), verdict(1, 'allow'), requester, attempted(1, 'verdict', window)]
  return story('enforced', [...lead, grant(1, window), grant(2, window, 'dag'), end, ...drafts], [policyBlob, ...blobs])
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
  approvedByPasskey: () => approvedByPasskey(),
  observed: () => story('observed', [change(1, 'review'), verdict(1, 'needs_approval', 0, 'review'), outcome(1, 'observed', 'verdict')]),
  denied: () => story('denied', [change(1), verdict(1, 'deny'), outcome(1, 'denied', 'verdict')]),
  enhanced: () => enhanced().story,
  rejected: () => rejectedWith(keys.ben),
  rejectedAtTheDoor: () => rejectedWith(keys.approval),
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

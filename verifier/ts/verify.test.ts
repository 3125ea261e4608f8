import { describe, expect, test } from '@jest/globals'
import { type Body, build, changeId, digest, type Story, type Tweaks } from './testing/bundle.ts'
import { failures, judge, now, trust } from './testing/judge.ts'
import { keys } from './testing/keys.ts'
import { approved, retried, stories } from './testing/stories.ts'
import type { Trust } from './trust.ts'
import { verify } from './verify.ts'
import { readZip } from './zip.ts'

type Receipt = NonNullable<Tweaks['receipt']>

// Changes the bodies of a kind, or the receipt at an index, before anything is hashed.
const body =
  (kind: string, fields: Body): Receipt =>
  (receipt) => {
    if (receipt.kind === kind) Object.assign(receipt.body as Body, fields)
  }
const at =
  (place: number, fields: Body): Receipt =>
  (receipt, index) => {
    if (index === place) Object.assign(receipt, fields)
  }
const listed =
  (kind: string, field: string, item: (list: unknown[]) => unknown): Receipt =>
  (receipt) => {
    const list = (receipt.body as Body)[field]
    if (receipt.kind === kind) (list as unknown[]).push(item(list as unknown[]))
  }
const predicate = (fields: Body) => (statement: Body) => Object.assign(statement.predicate as Body, fields)
const otherAnchor: Receipt = (receipt) => {
  if (receipt.kind === 'anchor') Object.assign((receipt.body as { anchor: Body }).anchor, { lsn: '0/99' })
}
// Until the attempt, which is just too late.
const briefCertificate: Receipt = (receipt) => {
  body('verdict', { certificate_ttl_seconds: 300 })(receipt, 0)
  body('approval_certificate', { expires_at: '2026-03-01T10:05:00.000Z' })(receipt, 0)
}
const quorumOfTwo: Receipt = (receipt) => {
  for (const kind of ['verdict', 'approval_certificate']) body(kind, { quorum: 2 })(receipt, 0)
}

// The walk rules of spec/controls.md, worked out by hand for the approved story.
const soxControls: Body[] = [
  { control: 'CHG-1', status: 'satisfied', receipts: [2, 4, 5] },
  { control: 'CHG-4', status: 'satisfied', receipts: [0, 2, 5, 6, 7, 8] },
  { control: 'SOD-1', status: 'satisfied', receipts: [0, 1, 3, 4] },
  { control: 'APR-1', status: 'satisfied', receipts: [3, 4] },
  { control: 'LOG-3', status: 'satisfied', receipts: [0, 12] },
  { control: 'ENF-1', status: 'not_applicable', receipts: [2, 6] },
].map((control) => ({ ...control, title: 'words', why: 'words', references: [] }))

describe('evidence that is right', () => {
  test.each(Object.entries(stories))('%s', (_, story) => {
    const report = judge(build(story()))
    expect([report.verdict, failures(report)]).toEqual(['valid', []])
    expect(report.change_id).toBe(changeId)
    expect(report.outcome).toBe(story().outcome)
    expect(report.claims.slice(-2).map(({ status }) => status)).toEqual(['NOT_CHECKED', 'NOT_CHECKED'])
  })

  test('an attestation is judged where there is one', () => {
    const report = judge(build(approved(), { attest: { controls: soxControls } }))
    expect(failures(report)).toEqual([])
    expect(report.claims[11]).toEqual({ claim: 'attestations', status: 'PASS', code: null, detail: null })
  })

  test('a second attempt starts where the first ended', () => {
    expect(judge(build(retried())).range).toEqual({ start: 4, end: 16 })
  })

  test('an Ed25519 bundle key and a second signer are as good', () => {
    const second = build(stories.denied(), { bundleKey: keys.edBundle })
    expect(failures(judge(second))).toEqual([])
    const both = build(stories.denied(), {
      signed: (files) => {
        const other = readZip(second)
        for (const [path, bytes] of other) if (path.startsWith('sig/')) files.set(path, Buffer.from(bytes))
      },
    })
    expect(failures(judge(both))).toEqual([])
  })
})

// Every lie is honestly summed, logged and signed again, so that one rule alone can catch it.
const lies: [what: string, first: string, story: () => Story, tweaks: Tweaks][] = [
  ['another seq', 'chain CHAIN_SEQ seq 3', stories.denied, { receipt: at(2, { seq: 3 }) }],
  ['another prev', 'chain CHAIN_PREV seq 2', stories.denied, { receipt: at(2, { prev: digest('x') }) }],
  ['another genesis', 'chain CHAIN_PREV seq 0', stories.denied, { receipt: at(0, { prev: digest('x') }) }],
  ['another stream', 'chain CHAIN_STREAM seq 1', stories.denied, { receipt: at(1, { stream: 'change/x' }) }],
  ['a time before', 'chain CHAIN_TIME seq 2', stories.denied, { receipt: at(2, { at: '2026-03-01T09:00:00.000Z' }) }],
  ['a kind of its own', 'schemas KIND_UNKNOWN line 2', stories.denied, { receipt: at(1, { kind: 'note' }) }],
  ['constructor as kind', 'schemas KIND_UNKNOWN line 2', stories.denied, { receipt: at(1, { kind: 'constructor' }) }],
  ['another root', 'tree TREE_ROOT log/checkpoint', stories.denied, { checkpoint: (text) => text.replace(/\n4\n/, '\n5\n') }],
  [
    'another past',
    'tree TREE_PREV_ROOT log/prev.checkpoint',
    retried,
    { checkpoint: (text, path) => (path === 'log/checkpoint' ? text : text.replace('\n4\n', '\n3\n')) },
  ],
  ['an edge of another size', 'schemas EDGE_MALFORMED log/edge', retried, { edge: (edge) => edge.replace('4\n', '5\n') }],
  ['an edge at the start', 'schemas EDGE_MALFORMED log/edge', stories.denied, { files: edgeAtStart }],
  [
    'no edge in the middle',
    'schemas EDGE_MALFORMED log/edge',
    retried,
    { files: (files) => ['log/edge', 'log/prev.checkpoint'].map((p) => files.delete(p)) },
  ],
  ['a log nobody knows', 'checkpoint CHECKPOINT_UNTRUSTED log/checkpoint', stories.denied, { logKey: keys.otherLog }],
  ['a key nobody knows', 'signature SIGNATURE_UNTRUSTED', stories.denied, { bundleKey: keys.stranger }],
  ['a key for something else', 'signature SIGNATURE_PURPOSE', stories.denied, { bundleKey: keys.attest }],
  ['a key that is over', 'signature SIGNATURE_EXPIRED', stories.denied, { bundleKey: keys.expired }],
  ['a statement on other sums', 'signature STATEMENT_MISMATCH', stories.denied, { statement: predicate({ bundle_id: digest('other') }) }],
  [
    'a denied change that was enforced',
    'lifecycle LIFECYCLE_ILLEGAL seq 2',
    stories.enforced,
    { receipt: body('verdict', { outcome: 'deny' }) },
  ],
  [
    'an observed change that was enforced',
    'lifecycle LIFECYCLE_ILLEGAL seq 2',
    stories.enforced,
    { receipt: body('verdict', { mode: 'review' }) },
  ],
  ['no end', 'lifecycle LIFECYCLE_INCOMPLETE seq 2', stories.denied, { lines: (lines) => lines.slice(0, -1) }],
  ['a later attempt in its past', 'references REF_CHANGE_ID seq 4', retried, { receipt: body('attestation', { attempt: 2 }) }],
  ['another predecessor', 'references REF_PREDECESSOR seq 1', stories.denied, { receipt: body('verdict', { predecessor: digest('x') }) }],
  ['another payload', 'references REF_PAYLOAD seq 2', stories.denied, { receipt: body('outcome', { payload_digest: digest('x') }) }],
  ['another policy', 'references REF_POLICY seq 1', stories.denied, { receipt: body('verdict', { policy_digest: digest('x') }) }],
  ['another snapshot', 'references REF_BLOB seq 6', stories.enforced, { receipt: body('snapshot', { digest: digest('x') }) }],
  ['an expired certificate', 'references REF_AUTHORISATION seq 5', stories.approved, { receipt: briefCertificate }],
  ['a raised limit', 'references REF_ROW_LIMIT seq 2', stories.enforced, { receipt: body('attempt', { row_limit: 11 }) }],
  ['an early end', 'references REF_OUTCOME seq 2', stories.expired, { receipt: body('verdict', { deadline: '2026-03-01T10:30:00.001Z' }) }],
  ['other rows', 'references REF_EFFECT seq 3', stories.enforced, { receipt: body('outcome', { affected_rows: 4 }) }],
  ['another anchor', 'references REF_EFFECT seq 3', stories.enforced, { receipt: otherAnchor }],
  ['a verdict in another mode', 'references REF_POLICY seq 1', stories.denied, { receipt: body('change', { mode: 'review' }) }],
  ['a failure without a reason', 'references REF_OUTCOME seq 2', stories.failed, { receipt: body('outcome', { code: null }) }],
  ['a success with one', 'references REF_OUTCOME seq 3', stories.enforced, { receipt: body('outcome', { code: 'CLYRA_INTERNAL' }) }],
  ['other changes', 'references REF_EFFECT seq 3', stories.enforced, { receipt: body('delta', { changes: [] }) }],
  ['a blob in two roles', 'schemas SCHEMA_MISMATCH blobs/', stories.enforced, { manifest: (manifest) => twoRoles(manifest) }],
  ['a second attempt without a first', 'references REF_MANIFEST manifest.json', secondAlone, {}],
  [
    'a schema of other words',
    'references REF_MANIFEST manifest.json',
    stories.denied,
    { manifest: (manifest) => Object.assign((manifest.schemas as Body[])[0] ?? {}, { digest: digest('x') }) },
  ],
  [
    'a schema left out',
    'references REF_MANIFEST manifest.json',
    stories.denied,
    { manifest: (manifest) => (manifest.schemas as Body[]).pop() },
  ],
  ['another delta', 'references REF_EFFECT seq 3', stories.enforced, { receipt: body('delta', { affected_rows: 4 }) }],
  ['another count', 'references REF_RECORDED seq 3', stories.denied, { receipt: body('recorded', { receipts: 9 }) }],
  [
    'a seq that is not there',
    'references REF_RECORDED seq 3',
    stories.denied,
    { receipt: body('recorded', { governance: { accuracy: [9], oversight: [], reliability: [], transparency: [] } }) },
  ],
  [
    'another tenant',
    'references REF_MANIFEST manifest.json',
    stories.denied,
    { manifest: (manifest) => Object.assign(manifest, { tenant: 'other' }) },
  ],
  [
    'another reason to refuse a file',
    'container FILE_UNEXPECTED notes.txt',
    stories.denied,
    { files: (f) => f.set('notes.txt', Buffer.of()) },
  ],
  ['no readme', 'container FILE_MISSING README.txt', stories.denied, { files: (files) => files.delete('README.txt') }],
  [
    'no signature',
    'container FILE_MISSING sig/bundle',
    stories.denied,
    { signed: (files) => [...files.keys()].filter((p) => p.startsWith('sig/')).map((p) => files.delete(p)) },
  ],
  ['a swapped blob', 'sums BLOB_MISNAMED', stories.denied, { files: swapBlob }],
  ['a missing sum', 'sums SUMS_INCOMPLETE manifest.json', stories.denied, { sums: (text) => text.replace(/.*manifest.json\n/, '') }],
  ['sums without end', 'sums SUMS_MALFORMED SHA256SUMS', stories.denied, { sums: (text) => text.slice(0, -1) }],
  ['a wrong sum', 'sums SUMS_MISMATCH README.txt', stories.denied, { sums: (text) => text.replace(/^./, (c) => (c === '0' ? '1' : '0')) }],
]

// The policy would be read as an effect.
function twoRoles(manifest: Body): void {
  const blobs = manifest.blobs as Body[]
  const policy = blobs.find(({ role }) => role === 'policy')
  blobs.unshift({ ...policy, role: 'effect' })
}

function secondAlone(): Story {
  return { ...retried(), before: [], drafts: retried().drafts.slice(2) }
}

function edgeAtStart(files: Map<string, Buffer>): void {
  files.set('log/edge', Buffer.from('0\n'))
  files.set('log/prev.checkpoint', files.get('log/checkpoint') as Buffer)
}

function swapBlob(files: Map<string, Buffer>): void {
  const path = [...files.keys()].find((name) => name.startsWith('blobs/')) as string
  files.set(path, Buffer.from('{}'))
}

describe('evidence that lies', () => {
  test.each(lies)('%s', (_, first, story, tweaks) => {
    const report = judge(build(story(), tweaks))
    expect(report.verdict).toBe('invalid')
    expect(failures(report)[0]?.startsWith(first) ? first : failures(report)).toBe(first)
  })

  test.each<[string, string, Story, Tweaks]>([
    [
      'the statement names another payload',
      'APPROVAL_BINDING seq 3',
      approved(1, [], (said) => Object.assign(said, { payload_digest: digest('x') })),
      {},
    ],
    [
      'the statement names another nonce',
      'APPROVAL_BINDING seq 3',
      approved(1, [], (said) => Object.assign(said, { nonce: 'cd'.repeat(32) })),
      {},
    ],
    ['the statement rejects', 'APPROVAL_BINDING seq 3', approved(1, [], (said) => Object.assign(said, { decision: 'reject' })), {}],
    ['another key signed', 'APPROVAL_SIGNATURE seq 3', approved(1, [], undefined, keys.ben), { receipt: keyId(keys.anna.id) }],
    ['nobody knows the key', 'APPROVAL_KEY_UNKNOWN seq 3', approved(), { receipt: keyId(keys.stranger.id) }],
    ['the key is somebody else’s', 'APPROVAL_KEY_UNKNOWN seq 3', approved(), { receipt: keyId(keys.ben.id) }],
    [
      'the approver asked for it',
      'APPROVAL_SELF seq 3',
      approved(),
      { receipt: body('requester', { claimed_person: ' ANNA@example.com' }) },
    ],
    ['others may decide', 'APPROVAL_BINDING seq 3', approved(), { receipt: body('verdict', { eligible_approvers: ['ben@example.com'] }) }],
    ['a requester is left out', 'APPROVAL_CERTIFICATE seq 4', approved(), { receipt: body('approval_certificate', { requesters: [] }) }],
    ['another quorum', 'APPROVAL_CERTIFICATE seq 4', approved(), { receipt: body('approval_certificate', { quorum: 2 }) }],
    [
      'a certificate that lasts longer',
      'APPROVAL_CERTIFICATE seq 4',
      approved(),
      { receipt: body('approval_certificate', { expires_at: '2026-03-01T11:00:00.001Z' }) },
    ],
    [
      'a certificate of no day',
      'APPROVAL_CERTIFICATE seq 4',
      approved(),
      { receipt: body('approval_certificate', { approved_at: '2026-02-30T10:00:00.000Z', expires_at: '2026-03-02T11:00:00.000Z' }) },
    ],
    ['too few', 'APPROVAL_QUORUM seq 4', approved(), { receipt: quorumOfTwo }],
    [
      'one person twice',
      'APPROVAL_DUPLICATE seq 4',
      approved(),
      { receipt: listed('approval_certificate', 'decisions', ([first]) => first) },
    ],
    [
      'after the deadline',
      'APPROVAL_LATE seq 4',
      approved(),
      {
        receipt: body('approval_certificate', { approved_at: '2026-03-01T10:30:00.001Z', expires_at: '2026-03-01T11:30:00.001Z' }),
      },
    ],
    [
      'a requester among the approvers',
      'APPROVAL_SELF seq 4',
      approved(),
      { receipt: listed('approval_certificate', 'requesters', () => 'anna@example.com') },
    ],
  ])('approvals: %s', (_, expected, story, tweaks) => {
    expect(failures(judge(build(story, tweaks))).filter((failure) => failure.startsWith('approvals'))).toEqual([`approvals ${expected}`])
  })

  function keyId(id: string): Receipt {
    return body('decision', { key_id: id })
  }

  test('a revoked key counts until it is revoked', () => {
    const withKey = (revoked_at: string): Trust => ({
      ...trust,
      approvers: trust.approvers.map((key) => ({ ...key, revoked_at })),
    })
    const codes = (at: string) => failures(verify(build(approved()), withKey(at), now))
    expect(codes('2026-03-01T10:03:00.000Z')).toEqual(['approvals APPROVAL_KEY_REVOKED seq 3'])
    expect(codes('2026-03-01T10:03:00.001Z')).toEqual([])
  })

  test('an approver enrolled after the decision is unknown', () => {
    const late = { ...trust, approvers: trust.approvers.map((key) => ({ ...key, enrolled_at: '2026-03-01T10:03:00.001Z' })) }
    expect(failures(verify(build(approved()), late, now))).toEqual(['approvals APPROVAL_KEY_UNKNOWN seq 3'])
  })

  test('attestations: key, subject and controls', () => {
    const claims = (attest: Tweaks['attest']) => failures(judge(build(approved(), { attest: attest as never })))
    const flattering = soxControls.map((one) => (one.control === 'ENF-1' ? { ...one, status: 'satisfied' } : one))
    expect(claims({ controls: flattering })).toEqual(['attestations ATTESTATION_CONTROLS ENF-1'])
    expect(claims({ controls: soxControls.slice(1) })).toEqual(['attestations ATTESTATION_CONTROLS CHG-1'])
    const path = (key = keys.attest) => `sig/attest.sox.${key.id.slice(0, 8)}.sigstore.json`
    expect(claims({ controls: [...soxControls, ...soxControls] })).toEqual([`attestations ATTESTATION_CONTROLS ${path()}`])
    expect(claims({ controls: soxControls, key: keys.bundle })).toEqual([`attestations SIGNATURE_PURPOSE ${path(keys.bundle)}`])
    const elsewhere = predicate({ change_id: `chg_${'a'.repeat(26)}` })
    expect(claims({ controls: soxControls, statement: elsewhere })).toEqual([`attestations ATTESTATION_MISMATCH ${path()}`])
  })

  test('another version is neither valid nor invalid', () => {
    for (const edit of [{ spec: 1 }, { format: 'pef' }]) {
      const report = judge(build(stories.denied(), { manifest: (manifest) => Object.assign(manifest, edit) }))
      expect([report.verdict, failures(report)]).toEqual(['cannot_judge', ['schemas SPEC_UNKNOWN manifest.json']])
      expect(report.claims[0]?.status).toBe('NOT_CHECKED')
    }
  })

  test('a premise that failed leaves its claims open, and only those', () => {
    const edited = build(stories.denied(), {
      signed: (files) => files.set('log/receipts.jsonl', Buffer.from(String(files.get('log/receipts.jsonl')).replace('cli', 'gui'))),
    })
    const { claims } = judge(edited)
    const open = claims.filter(({ detail }) => detail === 'premise failed').map(({ claim }) => claim)
    expect(open).toEqual([])
    expect(claims.find(({ claim }) => claim === 'checkpoint')?.status).toBe('PASS')
    expect(claims.find(({ claim }) => claim === 'tree')?.code).toBe('TREE_ROOT')
    expect(
      judge(Buffer.of())
        .claims.slice(1, 12)
        .map(({ status }) => status),
    ).toEqual(Array(11).fill('NOT_CHECKED'))
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Found } from '../receipts.ts'
import { judgeSox } from './sox.ts'

type Receipt = Found['receipt']

/** Receipts of an attempt, in order; `leaf` is `leaf <seq>`, predecessors are written as such. */
const attempt = (...kinds: [string, Record<string, unknown>?][]): Found[] =>
  kinds.map(([kind, body = {}], seq) => {
    const receipt: Receipt = { kind, seq, at: `2026-01-01T00:00:0${seq}.000Z`, body: { payload_digest: 'p', ...body } }
    return { receipt, leaf: `leaf ${seq}` }
  })

const change = (mode = 'gate'): [string, Record<string, unknown>] => ['change', { mode }]
const verdict = (outcome: string, quorum = 0, mode = 'gate'): [string, Record<string, unknown>] => ['verdict', { outcome, quorum, mode }]
const decision = (word: string, status = 'counted'): [string, Record<string, unknown>] => [
  'decision',
  { decision: word, status, envelope_digest: 'e' },
]
const certificate = (envelope_digest = 'e', person = 'bob'): [string, Record<string, unknown>] => [
  'approval_certificate',
  {
    quorum: 1,
    requesters: ['ada'],
    decisions: [{ person, envelope_digest }],
    approved_at: '2026-01-01T00:00:03.000Z',
    expires_at: '2026-01-01T00:00:09.000Z',
  },
]
const end = (outcome: string, code: string | null = null): [string, Record<string, unknown>] => ['outcome', { outcome, code }]
const recorded = (receipts: number): [string, Record<string, unknown>] => ['recorded', { receipts }]

const enforcedByAllow = attempt(
  change(),
  verdict('allow'),
  ['attempt', { predecessor: 'leaf 1' }],
  end('enforced'),
  ['anchor'],
  ['anchor'],
  recorded(7),
)
const enforcedByApproval = attempt(
  change(),
  verdict('needs_approval', 1),
  decision('approve'),
  certificate(),
  ['attempt', { predecessor: 'leaf 3' }],
  end('enforced'),
  ['anchor'],
  ['anchor'],
  recorded(9),
)
const blobs = new Set(['e'])

const statuses = (range: readonly Found[], with_: ReadonlySet<string> = blobs): Record<string, string> =>
  Object.fromEntries(judgeSox(range, with_).map(({ control, status }) => [control, status]))

const bent = (range: readonly Found[], kind: string, fields: Record<string, unknown>): Found[] =>
  range.map((one) => (one.receipt.kind === kind ? { ...one, receipt: { ...one.receipt, body: { ...one.receipt.body, ...fields } } } : one))

const row = (chg1: string, chg4: string, sod1: string, apr1: string, log3: string, enf1: string) => ({
  'CHG-1': chg1,
  'CHG-4': chg4,
  'SOD-1': sod1,
  'APR-1': apr1,
  'LOG-3': log3,
  'ENF-1': enf1,
})
const [yes, no, none, open] = ['satisfied', 'not_satisfied', 'not_applicable', 'insufficient']

const stories = {
  'enforced by allow': [enforcedByAllow, row(yes, yes, none, none, yes, none)],
  'enforced by approval': [enforcedByApproval, row(yes, yes, yes, yes, yes, none)],
  'observed under a grant': [
    attempt(
      change(),
      verdict('allow'),
      ['attempt', { predecessor: 'leaf 1' }],
      ['grant'],
      ['outcome', { outcome: 'enforced', code: null, enforcement: 'observed' }],
      ['anchor'],
      ['anchor'],
      recorded(8),
    ),
    row(yes, open, none, none, yes, none),
  ],
  observed: [
    attempt(change('review'), verdict('allow', 0, 'review'), end('observed'), recorded(4)),
    row(none, none, none, none, yes, none),
  ],
  denied: [attempt(change(), verdict('deny'), end('denied'), recorded(4)), row(none, none, none, none, yes, yes)],
  rejected: [
    attempt(change(), verdict('needs_approval', 1), decision('reject'), end('rejected'), recorded(5)),
    row(none, none, none, yes, yes, yes),
  ],
  expired: [attempt(change(), verdict('needs_approval', 1), end('expired'), recorded(4)), row(none, none, none, yes, yes, yes)],
  'cancelled before the verdict': [attempt(change(), end('cancelled'), recorded(3)), row(none, none, none, none, yes, yes)],
  'failed on a swapped payload': [
    attempt(
      change(),
      verdict('needs_approval', 1),
      decision('approve'),
      certificate(),
      end('failed', 'CLYRA_PAYLOAD_MISMATCH'),
      recorded(6),
    ),
    row(none, yes, yes, yes, yes, none),
  ],
  'failed in the warehouse': [
    attempt(change(), verdict('allow'), ['attempt', { predecessor: 'leaf 1' }], end('failed', 'CLYRA_INTERNAL'), recorded(5)),
    row(yes, none, none, none, yes, none),
  ],
  ambiguous: [
    attempt(change(), verdict('allow'), ['attempt', { predecessor: 'leaf 1' }], end('ambiguous', 'CLYRA_INTERNAL'), recorded(5)),
    row(yes, open, none, none, yes, none),
  ],
} as unknown as Record<string, [Found[], Record<string, string>]>

describe('sox controls of every end', () => {
  test.each(Object.entries(stories))('%s', (_, [range, expected]) => {
    expect(statuses(range)).toEqual(expected)
  })

  test('a grant is among the receipts of CHG-4', () => {
    const [range = []] = stories['observed under a grant'] ?? []
    expect(judgeSox(range, blobs).find(({ control }) => control === 'CHG-4')?.receipts).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  test('rests on the receipts of the kinds the page names, 40 at most', () => {
    const many = attempt(change(), ...Array.from({ length: 60 }, () => decision('approve')), end('cancelled'), recorded(63))
    const lists = Object.fromEntries(judgeSox(many, blobs).map(({ control, receipts }) => [control, receipts]))
    expect(lists['LOG-3']).toEqual([0, 62])
    expect(lists['APR-1']).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  })
})

describe('what breaks a control', () => {
  const cases: [string, string, string | undefined, Found[]][] = [
    ['an attempt on a needs_approval verdict', 'CHG-1', no, bent(enforcedByApproval, 'attempt', { predecessor: 'leaf 1' })],
    ['an attempt on a review verdict', 'CHG-1', no, bent(enforcedByAllow, 'verdict', { mode: 'review' })],
    ['an expired certificate', 'CHG-1', no, bent(enforcedByApproval, 'approval_certificate', { expires_at: '2026-01-01T00:00:04.000Z' })],
    [
      'an approval after the attempt',
      'CHG-1',
      no,
      bent(enforcedByApproval, 'approval_certificate', { approved_at: '2026-01-01T00:00:05.000Z' }),
    ],
    ['an attempt on nothing that is here', 'CHG-1', open, bent(enforcedByAllow, 'attempt', { predecessor: 'leaf 99' })],
    ['another payload', 'CHG-4', no, bent(enforcedByAllow, 'attempt', { payload_digest: 'q' })],
    [
      'another payload under a grant',
      'CHG-4',
      no,
      bent(bent(enforcedByAllow, 'attempt', { payload_digest: 'q' }), 'outcome', { enforcement: 'observed' }),
    ],
    ['an approver who asked, spelled otherwise', 'SOD-1', no, bent(enforcedByApproval, 'approval_certificate', { requesters: [' BOB '] })],
    ['a certificate below its quorum', 'APR-1', no, bent(enforcedByApproval, 'approval_certificate', { quorum: 2 })],
    ['a certificate over a refused decision', 'APR-1', no, bent(enforcedByApproval, 'decision', { status: 'refused' })],
    ['a certificate over a reject', 'APR-1', no, bent(enforcedByApproval, 'decision', { decision: 'reject' })],
    ['a wrong count', 'LOG-3', no, bent(enforcedByAllow, 'recorded', { receipts: 6 })],
    ['an attempt on a denied change', 'ENF-1', no, bent(enforcedByAllow, 'outcome', { outcome: 'denied' })],
    ['an attempt on a denied change', 'CHG-4', no, bent(enforcedByAllow, 'outcome', { outcome: 'denied' })],
  ]
  test.each(cases)('%s: %s %s', (_, control, status, range) => {
    expect(statuses(range)[control]).toBe(status)
  })

  test('a counted decision without its envelope is insufficient', () => {
    expect(statuses(enforcedByApproval, new Set())['APR-1']).toBe(open)
  })
})

describe('properties', () => {
  const anyStory = fc.constantFrom(...Object.values(stories).map(([range]) => range))

  test('deleting receipts never turns a status into satisfied or not_applicable', () => {
    fc.assert(
      fc.property(anyStory, fc.integer({ min: 1, max: 2 ** 9 - 1 }), (range, mask) => {
        const left = range.filter((_, index) => ((mask >> index) & 1) === 0)
        const before = statuses(range)
        for (const [control, status] of Object.entries(statuses(left))) {
          if (status !== before[control]) expect([no, open]).toContain(status)
        }
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  test('deleting any one receipt leaves nothing satisfied', () => {
    for (const [range] of Object.values(stories)) {
      for (const gone of range) expect(Object.values(statuses(range.filter((one) => one !== gone)))).not.toContain(yes)
    }
  })

  test('the order in which receipts are given does not matter', () => {
    fc.assert(
      fc.property(
        anyStory.chain((range) => fc.tuple(fc.constant(range), fc.shuffledSubarray(range, { minLength: range.length }))),
        ([range, shuffled]) => {
          expect(judgeSox(shuffled, blobs)).toEqual(judgeSox(range, blobs))
        },
      ),
      { seed: 2 },
    )
  })

  test('receipts of an earlier attempt do not count', () => {
    const earlier = attempt(['attestation'], ['ticket']).map((one) => ({ ...one, leaf: `earlier ${one.receipt.seq}` }))
    const later = enforcedByAllow.map((one) => ({ ...one, receipt: { ...one.receipt, seq: one.receipt.seq + 2 } }))
    expect(statuses([...earlier, ...later])).toEqual(statuses(enforcedByAllow))
  })
})

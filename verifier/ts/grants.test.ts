import { expect, test } from '@jest/globals'
import { type Body, build, digest, type Story, type Tweaks } from './testing/bundle.ts'
import { failures, judge } from './testing/judge.ts'
import { observedByCaller, stories } from './testing/stories.ts'

type Receipt = NonNullable<Tweaks['receipt']>

// Changes the bodies of a kind, or an object in them, before anything is hashed.
const body =
  (kind: string, fields: Body): Receipt =>
  (receipt) => {
    if (receipt.kind === kind) Object.assign(receipt.body as Body, fields)
  }
// Fields of the grants, by their order.
const grants = (...fields: Body[]): Receipt => {
  const left = [...fields]
  return (receipt) => {
    if (receipt.kind === 'grant') Object.assign(receipt.body as Body, left.shift())
  }
}
const inside =
  (kind: string, field: string, fields: Body): Receipt =>
  (receipt) => {
    if (receipt.kind === kind) Object.assign((receipt.body as Record<string, Body>)[field] ?? {}, fields)
  }
const otherPerson = { caller: { actor: 'otto@example.com', person: null } }

// Every lie is honestly summed, logged and signed again, so that one rule alone can catch it.
const lies: [what: string, first: string, story: () => Story, tweaks: Tweaks][] = [
  ['an executor nobody asked for', 'references REF_EXECUTOR seq 2', stories.enforced, { receipt: body('change', { executor: 'caller' }) }],
  ['a caller without a window', 'references REF_EXECUTOR seq 3', observedByCaller, { receipt: body('attempt', { window: null }) }],
  [
    'a window that closed as it opened',
    'references REF_EXECUTOR seq 3',
    observedByCaller,
    { receipt: inside('attempt', 'window', { expires_at: '2026-03-01T10:02:00.000Z' }) },
  ],
  ['a grant to a claimed person', 'references REF_GRANT seq 4', observedByCaller, { receipt: grants(otherPerson) }],
  [
    'a grant that ends later',
    'references REF_GRANT seq 5',
    observedByCaller,
    { receipt: grants({}, { expires_at: '2026-03-01T10:20:00.001Z' }) },
  ],
  ['one token twice', 'references REF_GRANT seq 5', observedByCaller, { receipt: grants({}, { token_hash: digest('token 1') }) }],
  [
    'a redemption at the last moment',
    'references REF_ENFORCEMENT seq 6',
    observedByCaller,
    { receipt: inside('outcome', 'redemption', { redeemed_at: '2026-03-01T10:20:00.000Z' }) },
  ],
  [
    "a redemption of another's grant",
    'references REF_ENFORCEMENT seq 6',
    observedByCaller,
    { receipt: inside('outcome', 'redemption', { login: 'pipeline_login' }) },
  ],
  [
    'rows by statement that nobody saw',
    'references REF_ENFORCEMENT seq 6',
    observedByCaller,
    { receipt: body('outcome', { rows_by_statement: [3] }) },
  ],
  ['work nobody did', 'references REF_ENFORCEMENT seq 3', stories.enforced, { receipt: body('outcome', { enforcement: null }) }],
  ['a denial that did work', 'references REF_ENFORCEMENT seq 2', stories.denied, { receipt: body('outcome', { enforcement: 'applied' }) }],
  [
    'an observed change without a redemption',
    'references REF_ENFORCEMENT seq 6',
    observedByCaller,
    { receipt: body('outcome', { redemption: null }) },
  ],
]

test.each(lies)('grants: %s', (_, first, story, tweaks) => {
  expect(failures(judge(build(story(), tweaks)))[0]).toBe(first)
})

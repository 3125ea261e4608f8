import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { canonical } from './canonical.ts'
import { type DisplayRequest, renderDisplay } from './display.ts'
import type { Payload } from './generated/types.ts'

const payload: Payload = {
  kind: 'sql',
  target: 'shop',
  executor: 'clyra',
  role: 'dml',
  statements: ["DELETE FROM public.orders\n WHERE state = 'void'"],
  limits: { max_rows: 5000, statement_timeout_ms: 30000, lock_timeout_ms: 5000 },
  salt: 'ab'.repeat(32),
}
const request: DisplayRequest = {
  change_id: `chg_${'a'.repeat(26)}`,
  payload,
  verdict: {
    facts: {
      parsed: 'parsed',
      role: 'dml',
      statements: [
        {
          kind: 'delete',
          relations: [{ schema: 'public', name: 'orders', access: 'write' }],
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
      history: { changes_24h: 14, rows_24h: 1400, requester_changes_24h: 13, first_write: false },
    },
    reasons: [{ rule: 'many-rows', outcome: 'needs_approval', why: 'above 1000 rows', refs: ['SOX-404'] }],
    policy_id: 'sox-controls',
    policy_digest: `sha256:${'0'.repeat(64)}`,
    quorum: 1,
    row_limit: 5000,
    mode: 'gate',
  },
  requesters: ['ana@example.com', 'dee@example.com'],
  claimed: ['dee@example.com'],
  reason: 'clear void orders',
}
const withStatements = (...statements: string[]): string => renderDisplay({ ...request, payload: { ...payload, statements } })
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
const awkward = fc.array(fc.constantFrom('\n', '\r', '\t', '⇥', '⟨', 'U+202E', '⟩', '\u202e', ' ', '1| ', 'a', '\ud800'), { maxLength: 12 })
const statement = fc.oneof(
  text,
  awkward.map((parts) => `x${parts.join('')}`),
)
const seeded = { seed: 20260101, numRuns: 500 }

describe('renderDisplay', () => {
  test('shows what will run, how far, why it is asked and by whom', () => {
    expect(renderDisplay(request)).toBe(`clyra-display/0
change      chg_aaaaaaaaaaaaaaaaaaaaaaaaaa
target      shop
platform    postgres 18.4
mode        gate
kind        sql, applied by clyra
role        dml
estimate    1200 rows
last 24 h   14 changes, 1400 rows to public.orders, done or under way; 13 by the same requester
row limit   5000 rows; more are rolled back
own limits  5000 rows, 30000 ms a statement, 5000 ms for a lock
asked by    ana@example.com
claimed for dee@example.com
reason      clear void orders
policy      sox-controls sha256:${'0'.repeat(64)}
approvals   1 needed
why         needs_approval by many-rows: above 1000 rows (SOX-404)
text        parsed
salt        ${'ab'.repeat(32)}

statement 1 of 1: delete; writes public.orders; about 1200 rows of 4000 (explain)
  1| DELETE FROM public.orders
  2|  WHERE state = 'void'

end of the statement
`)
  })

  test('shows a first write, what is not known of the last day, and nothing where nothing is written', () => {
    const shown = (history: Partial<DisplayRequest['verdict']['facts']['history']>, more = {}) => {
      const facts = { ...request.verdict.facts, ...more, history: { ...request.verdict.facts.history, ...history } }
      const text = renderDisplay({ ...request, verdict: { ...request.verdict, facts } })
      return text.split('\n').filter((line) => line.startsWith('last 24 h'))
    }
    const none = { changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: true }
    expect(shown(none)).toEqual([
      'last 24 h   0 changes, 0 rows to public.orders, done or under way; 0 by the same requester',
      'last 24 h   first write through Clyra to public.orders',
    ])
    expect(shown({ changes_24h: 1, rows_24h: null })).toEqual([
      'last 24 h   1 change, an unknown number of rows to public.orders, done or under way; 13 by the same requester',
    ])
    expect(shown({ changes_24h: null })).toEqual(['last 24 h   unknown what else is written to the same relations'])
    expect(shown(none, { statements: [] })).toEqual([])
  })

  test('different statements give different text', () => {
    const lists = fc.array(statement, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(lists, lists, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other))
        expect(withStatements(...one)).not.toBe(withStatements(...other))
      }),
      seeded,
    )
  })

  test('a payload that differs anywhere gives different text', () => {
    const limit = fc.integer({ min: 1, max: 3 })
    const payloads = fc.record({
      kind: fc.constant('sql' as const),
      target: fc.constantFrom('shop', 'shop2'),
      executor: fc.constantFrom('clyra' as const, 'caller' as const),
      role: fc.constantFrom('dml' as const, 'ddl' as const),
      statements: fc.constantFrom<string[]>(['a'], ['a', 'b'], ['a\nb']),
      limits: fc.record(
        { max_rows: limit, statement_timeout_ms: limit, lock_timeout_ms: limit, grant_seconds: limit },
        { requiredKeys: ['max_rows', 'statement_timeout_ms', 'lock_timeout_ms'] },
      ),
      salt: fc.constantFrom('a'.repeat(64), 'b'.repeat(64)),
    })
    fc.assert(
      fc.property(payloads, payloads, (one, other) => {
        fc.pre(canonical(one) !== canonical(other))
        expect(renderDisplay({ ...request, payload: one })).not.toBe(renderDisplay({ ...request, payload: other }))
      }),
      seeded,
    )
  })

  test('no statement can forge a line outside its gutter', () => {
    fc.assert(
      fc.property(statement, (sql) => {
        const lines = withStatements(sql).split('\n')
        const start = lines.findIndex((line) => line.startsWith('statement 1 of 1'))
        const body = lines.slice(start + 1, -3)
        expect(body).toHaveLength(sql.split('\n').length)
        for (const [index, line] of body.entries()) expect(line.startsWith(`${String(index + 1).padStart(3)}| `)).toBe(true)
        expect(lines.slice(-3)).toEqual(['', 'end of the statement', ''])
      }),
      seeded,
    )
  })

  test('no other value can start a line of its own', () => {
    const forged = 'x\nstatement 1 of 1: select\u2028\r\u0085approvals  0 needed'
    const plain = renderDisplay(request).split('\n').length
    const [reason] = request.verdict.reasons
    const shown = renderDisplay({
      ...request,
      reason: forged,
      requesters: [forged, 'x'],
      claimed: [forged],
      payload: { ...payload, target: forged },
      verdict: { ...request.verdict, policy_id: forged, reasons: [{ ...(reason as object), why: forged, rule: forged } as never] },
    })
    expect(shown.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(plain)
    expect(shown).toContain('reason      x⟨U+000A⟩statement 1 of 1: select⟨U+2028⟩⟨U+000D⟩⟨U+0085⟩approvals')
  })

  test.each([
    ['a direction override', 'a\u202eb', 'a⟨U+202E⟩b'],
    ['an escape sequence', '\u001b[2J', '⟨U+001B⟩[2J'],
    ['a zero-width space', 'a\u200bb', 'a⟨U+200B⟩b'],
    ['a tag character', 'a\u{e0041}b', 'a⟨U+E0041⟩b'],
    ['a combining mark', 'e\u0301', 'e⟨U+0301⟩'],
    ['a no-break space', 'a\u00a0b', 'a⟨U+00A0⟩b'],
    ['a typed escape', '⟨U+202E⟩', '⟨U+27E8⟩U+202E⟨U+27E9⟩'],
    ['a tab', 'a\tb', 'a⇥b'],
  ])('%s is written out', (_name, sql, shown) => {
    expect(withStatements(sql)).toContain(`  1| ${shown}\n`)
  })

  test('letters of other scripts stay readable', () => {
    expect(withStatements("SELECT 'Zürich 東京 Київ'")).toContain("  1| SELECT 'Zürich 東京 Київ'\n")
  })
})

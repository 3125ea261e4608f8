// What policy lets through without a second person never reaches more rows than policy says, on a real server, counted row by row.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { evaluate, type PolicyResult } from '../../core/policy/evaluate.ts'
import { analyse } from '../../plugins/postgres/analyse/analyse.ts'
import { loadPolicy } from '../../runtime/policy-file.ts'
import { attempt } from '../support/attempts.ts'
import { statements, ways } from '../support/generated-sql.ts'
import { type GovernedPostgres, governedPostgres } from '../support/governed-postgres.ts'
import { payloadOf, shop } from '../support/shop.ts'
import { copyTables, type TableCopies } from '../support/table-copies.ts'

const seed = 4
const { policy } = loadPolicy(readFileSync(join(import.meta.dirname, '../../packs/sox-controls/policy.yaml'), 'utf8'), 'policy.yaml')
// The planner's statistics are from before; nothing refreshes them.
const changedSince = `update shop.customers set tenant = 'hot' where id % 2 = 0;`
let pg: GovernedPostgres
let copies: TableCopies

beforeAll(async () => {
  pg = await governedPostgres(shop + changedSince, { autovacuum: 'off' })
  copies = await copyTables(pg)
}, 120_000)
afterAll(() => pg?.stop())

async function judge(texts: string[], max_rows: number): Promise<PolicyResult> {
  const history = { changes_24h: 0, rows_24h: 0, requester_changes_24h: 0, first_write: false }
  const facts = { ...(await analyse(pg.dml, payloadOf('dml', texts, { max_rows }))), history }
  const asked = {
    target: 'shop',
    kind: 'sql',
    mode: 'gate',
    executor: 'clyra',
    source: 'test',
    requester: 'ana',
    person: 'ana',
    role: 'dml',
    reason: 'a test',
    claimed_person: '',
    late: false,
  } as const
  return evaluate(policy, { facts, change: { ...asked, statements: texts.length }, max_rows })
}

describe('generated SQL that policy allows', () => {
  test('never affects more rows than its limit, and no fewer than the executor says', async () => {
    const seen = { all: 0, allowed: 0, enforced: 0, stopped: 0, most: 0 }
    await fc.assert(
      fc.asyncProperty(statements, fc.constantFrom(10_000, 10_000, 100, 5, 1, 0), async (texts, max_rows) => {
        const { outcome, row_limit } = await judge(texts, max_rows)
        seen.all += 1
        if (outcome !== 'allow') return
        seen.allowed += 1
        const settled = await attempt(pg, 'dml', texts, row_limit, { max_rows })
        const changed = await copies.changed()
        if (changed > 0) await copies.restore()
        seen.most = Math.max(seen.most, changed)
        if (settled.outcome === 'enforced') {
          seen.enforced += 1
          expect(changed).toBeLessThanOrEqual(row_limit)
          expect(changed).toBeLessThanOrEqual(settled.prepared?.affected_rows ?? Number.NaN)
        } else {
          expect(settled).toMatchObject({ outcome: 'failed', code: expect.stringMatching(/^CLYRA_/) })
          expect(changed).toBe(0)
          if (settled.code === 'CLYRA_ENFORCE_ROW_LIMIT') seen.stopped += 1
        }
      }),
      { seed, numRuns: 300, endOnFailure: true },
    )
    expect(seen.allowed / seen.all).toBeGreaterThanOrEqual(0.3)
    // The property says nothing where nothing ran, nothing was stopped, or nothing came near the limit.
    expect(seen.enforced).toBeGreaterThan(50)
    expect(seen.stopped).toBeGreaterThan(5)
    expect(seen.most).toBeGreaterThan(50)
  }, 90_000)
})

describe('SQL that leads out', () => {
  test.each(ways)('%j is not allowed, has a code, and changes nothing when it is run all the same', async (text) => {
    for (const texts of [[text], [`update shop.notes set body = 'm' where id = 1`, text]]) {
      const { outcome, reasons } = await judge(texts, 10_000)
      expect(outcome).not.toBe('allow')
      expect(reasons.length).toBeGreaterThan(0)
      const settled = await attempt(pg, 'dml', texts)
      expect(settled).toMatchObject({ outcome: 'failed', code: expect.stringMatching(/^CLYRA_/) })
      expect(await copies.changed()).toBe(0)
    }
  })

  const megabyte = 1_048_576
  const deep: [string, string][] = [
    ['parentheses', `select ${'('.repeat(megabyte / 2 - 8)}1${')'.repeat(megabyte / 2 - 8)}`],
    ['open parentheses', `select ${'('.repeat(megabyte - 8)}`],
    ['NOTs', `select ${'not '.repeat(megabyte / 4 - 4)}true`],
    ['minus signs', `select ${'- '.repeat(megabyte / 2 - 8)}1`],
    ['sums', `select 1${' + 1'.repeat(megabyte / 4 - 8)}`],
    ['brackets', `select ${'array['.repeat(100_000)}1${']'.repeat(100_000)}`],
    ['subqueries', `select ${'(select '.repeat(100_000)}1${')'.repeat(100_000)}`],
    ['cases', `select ${'case when true then '.repeat(40_000)}1${' end'.repeat(40_000)}`],
    ['comments', `select ${'/*'.repeat(megabyte / 2 - 8)}`],
    ['a list of ids', `delete from shop.notes where id in (${Array.from({ length: 150_000 }, (_, index) => index).join(',')})`],
    ['unions', `select 1${' union select 1'.repeat(70_000)}`],
  ]
  test.each(deep)(
    'a megabyte of %s is answered with a code',
    async (_what, text) => {
      const { outcome, reasons } = await judge([text], 10_000)
      expect(outcome).not.toBe('allow')
      expect(reasons.length).toBeGreaterThan(0)
      expect(await attempt(pg, 'dml', [text], 10)).toMatchObject({ outcome: 'failed', code: expect.stringMatching(/^CLYRA_/) })
      expect(await copies.changed()).toBe(0)
    },
    30_000,
  )
})

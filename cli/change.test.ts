import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { ChangeView } from '../core/generated/types.ts'
import { cli } from './testing/console.ts'
import { changeId, changeView, type FakeGateway, fakeGateway, problem, type Routes } from './testing/fake-gateway.ts'

let gateway: FakeGateway | undefined
afterEach(async () => {
  await gateway?.close()
  gateway = undefined
})
const verdict: ChangeView['verdict'] = {
  outcome: 'needs_approval',
  policy_id: 'sox-controls',
  policy_digest: `sha256:${'0'.repeat(64)}`,
  reasons: [{ rule: 'large-change', outcome: 'needs_approval', why: 'many rows', refs: [] }],
  estimated_rows: 1200,
  quorum: 1,
  deadline: '2026-01-02T00:00:00.000Z',
}
/** A change that is asked for and then shows one view after another, each a version further. */
const course = (...views: Partial<ChangeView>[]): Routes => ({
  'POST /v1/changes': { status: 202, body: changeView() },
  [`GET /v1/changes/${changeId}`]: ({ path }: { path: string }) => {
    const since = Number(new URLSearchParams(path.split('?')[1]).get('since') ?? 0)
    const index = Math.min(since, views.length) - 1
    return changeView({ ...(views[Math.max(index, 0)] ?? {}), version: Math.min(since, views.length) + 1 })
  },
})
const start = async (routes: Routes) => {
  gateway = await fakeGateway(routes)
  return ['--gateway', gateway.url]
}
const submitted = () => gateway?.asked.find(({ method }) => method === 'POST')

describe('clyra change submit', () => {
  test.each([
    ['arguments', ['SELECT 1; SELECT 2', 'SELECT 3'], '', ['SELECT 1', 'SELECT 2', 'SELECT 3']],
    ['the standard input', ['-'], 'SELECT 1;\n', ['SELECT 1']],
    ['an argument that begins with a comment', ['--', '-- a note\nSELECT 1'], '', ['-- a note\nSELECT 1']],
    ['--file -', ['--file', '-'], 'SELECT 1;\n', ['SELECT 1']],
  ])('takes statements from %s', async (_name, more, input, statements) => {
    const at = await start(course())
    const { code } = await cli(['change', 'submit', '--target', 'shop', ...at, ...more], { input })
    expect(code).toBe(0)
    expect(submitted()?.body).toEqual({ kind: 'sql', target: 'shop', source: 'cli', statements })
  })

  test('takes statements from a file, and sends role, reason, limit and key', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'clyra-submit-'))
    const file = join(dir, 'change.sql')
    writeFileSync(file, 'ALTER TABLE shop.orders DROP COLUMN note;')
    const at = await start(course())
    const options = ['--role', 'ddl', '--reason', 'unused', '--max-rows', '5', '--key', 'deploy-7', '--file', file]
    await cli(['change', 'submit', '--target', 'shop', ...at, ...options])
    const statements = ['ALTER TABLE shop.orders DROP COLUMN note']
    expect(submitted()?.body).toEqual({
      kind: 'sql',
      target: 'shop',
      source: 'cli',
      role: 'ddl',
      reason: 'unused',
      limits: { max_rows: 5 },
      statements,
    })
    expect(submitted()?.headers['idempotency-key']).toBe('deploy-7')
    rmSync(dir, { recursive: true })
  })

  test('the site key is fresh unless it is given', async () => {
    const at = await start(course())
    for (let time = 0; time < 2; time++) await cli(['change', 'submit', '--target', 'shop', ...at, 'SELECT 1'])
    const keys = gateway?.asked.map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys).size).toBe(2)
  })

  test.each([
    ['nothing', []],
    ['only a comment', ['--', '-- nothing']],
    ['both arguments and a file', ['SELECT 1', '--file', 'x.sql']],
    ['a file that is not there', ['--file', '/nonexistent/x.sql']],
    ['a role nobody knows', ['--role', 'root', 'SELECT 1']],
  ])('%s is wrong usage, and nothing is sent', async (_name, more) => {
    const at = await start(course())
    expect((await cli(['change', 'submit', '--target', 'shop', ...at, ...more])).code).toBe(2)
    expect(gateway?.asked).toEqual([])
  })

  test('--wait prints one line a state and ends with the outcome', async () => {
    const at = await start(
      course(
        { state: 'AWAITING_APPROVAL', verdict },
        { state: 'ENFORCED', outcome: 'enforced', verdict, approvers: ['ben@shop.example'], affected_rows: 1200 },
        { state: 'CLOSED', outcome: 'enforced', affected_rows: 1200, evidence: 'x.zip' },
      ),
    )
    const { code, out } = await cli(['change', 'submit', '--target', 'shop', ...at, '--wait', 'SELECT 1'])
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.split(/\s/)[0])).toEqual([
      changeId,
      'OPEN',
      'AWAITING_APPROVAL',
      'ENFORCED',
      'CLOSED',
      changeId,
    ])
    expect(out).toContain(`${changeId} enforced, 1200 rows`)
  })

  test.each([
    ['denied', 3],
    ['rejected', 3],
    ['expired', 4],
    ['cancelled', 4],
    ['failed', 1],
    ['ambiguous', 6],
  ] as const)('--wait on a change that ends %s is exit %i', async (outcome, exit) => {
    const at = await start(course({ state: 'CLOSED', outcome }))
    const { code, out } = await cli(['change', 'submit', '--target', 'shop', ...at, '--wait', '--json', 'SELECT 1'])
    expect(code).toBe(exit)
    expect(JSON.parse(out)).toMatchObject({ outcome })
  })

  test('faults of the gateway are listed', async () => {
    const faults = [{ pointer: '/target', detail: 'is unknown' }]
    const at = await start({
      'POST /v1/changes': { status: 400, body: problem('CLYRA_API_INVALID', 400, 'expected a fit request', faults) },
    })
    const { code, err } = await cli(['change', 'submit', '--target', 'shop', ...at, 'SELECT 1'])
    expect(code).toBe(2)
    expect(err).toBe(
      'clyra: CLYRA_API_INVALID expected a fit request\n  /target: is unknown\n  Mend every place named in errors and send the request again.',
    )
  })
})

describe('clyra change wait', () => {
  test('is exit 2 when time is up before the end', async () => {
    const at = await start(course({ state: 'AWAITING_APPROVAL', verdict }))
    expect((await cli(['change', 'wait', changeId, ...at, '--timeout', '0'])).code).toBe(2)
  })

  test('asks again when the gateway is busy for a moment', async () => {
    const views = course({ state: 'CLOSED', outcome: 'enforced' })[`GET /v1/changes/${changeId}`] as (asked: { path: string }) => unknown
    let times = 0
    const answer = (asked: { path: string }) =>
      ++times === 2 ? { status: 503, body: problem('CLYRA_API_BUSY', 503, 'expected fewer callers') } : views(asked)
    const at = await start({ [`GET /v1/changes/${changeId}`]: answer })
    expect((await cli(['change', 'wait', changeId, ...at])).code).toBe(0)
  })

  test('--for verdict ends when policy has spoken', async () => {
    const at = await start(course({ state: 'OPEN' }, { state: 'AWAITING_APPROVAL', verdict }))
    expect((await cli(['change', 'wait', changeId, ...at, '--for', 'verdict'])).code).toBe(0)
  })

  test.each([
    ['gate', 3],
    ['review', 0],
  ] as const)('--for verdict on a deny in %s is exit %i', async (mode, exit) => {
    const at = await start(course({ state: 'EVALUATED', mode, verdict: { ...verdict, outcome: 'deny' } }))
    expect((await cli(['change', 'wait', changeId, ...at, '--for', 'verdict'])).code).toBe(exit)
  })
})

// The commands of one who does the work himself: ask, wait for the grant, get it, report.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { ChangeView, GrantView } from '../core/generated/types.ts'
import { changePage, outcomeLine, stateLine } from './change-text.ts'
import { cli } from './testing/console.ts'
import { changeId, changeView, type FakeGateway, fakeGateway, problem, type Routes } from './testing/fake-gateway.ts'

let gateway: FakeGateway | undefined
afterEach(async () => {
  await gateway?.close()
  gateway = undefined
})
const start = async (routes: Routes) => {
  gateway = await fakeGateway(routes)
  return ['--gateway', gateway.url]
}
const posted = () => gateway?.asked.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body])
const callers = (differs: Partial<ChangeView>) => changeView({ executor: 'caller', ...differs })
const grant: GrantView = {
  grant_id: '0192f0c4-7d7e-7a3b-8c55-3f1d2b6a9e10',
  token: `clg_${'A'.repeat(43)}`,
  login: 'etl',
  target: 'shop',
  expires_at: '2026-01-02T00:15:00.000Z',
}

describe('clyra change submit --executor caller', () => {
  const submit = async (...words: string[]) => {
    const at = await start({ 'POST /v1/changes': { status: 202, body: callers({}) } })
    return cli(['change', 'submit', '--target', 'shop', ...at, ...words, 'SELECT 1'])
  }
  const request = { kind: 'sql', target: 'shop', source: 'cli', statements: ['SELECT 1'] }

  test('says so, with the time that is needed, and shows who does the work', async () => {
    const { code, out } = await submit('--executor', 'caller', '--grant-seconds', '120', '--max-rows', '3')
    expect(posted()).toEqual([['/v1/changes', { ...request, executor: 'caller', limits: { max_rows: 3, grant_seconds: 120 } }]])
    expect([code, out]).toEqual([0, expect.stringMatching(/^executor +caller$/m)])
  })

  test.each([
    ['a time without it', ['--grant-seconds', '60'], '--executor caller'],
    ['a time for Clyra', ['--grant-seconds', '60', '--executor', 'clyra'], '--executor caller'],
    ['a time that is no number', ['--grant-seconds', 'soon', '--executor', 'caller'], '--grant-seconds'],
    ['no whole number of seconds', ['--grant-seconds', '1.5', '--executor', 'caller'], '--grant-seconds'],
    ['no time at all', ['--grant-seconds', '0', '--executor', 'caller'], '--grant-seconds'],
    ['somebody else', ['--executor', 'me'], 'Argument: executor, Given: "me", Choices: "clyra", "caller"'],
  ])('%s is wrong usage, and nothing is sent', async (_name, words, named) => {
    const { code, err } = await submit(...words)
    expect([code, posted()]).toEqual([2, []])
    expect(err).toContain(named)
  })
})

describe('clyra change grant', () => {
  const route = `POST /v1/changes/${changeId}/grant`
  const ask = async (answer: unknown, ...words: string[]) =>
    cli(['change', 'grant', changeId, ...(await start({ [route]: answer })), ...words])

  test('prints the token alone, and beside it what it is for', async () => {
    const { code, out, err } = await ask({ status: 201, body: grant }, '--login', 'etl')
    expect([code, out]).toEqual([0, grant.token])
    expect(err).toBe('for etl on shop; redeem it and commit before 2026-01-02T00:15:00.000Z')
    expect(posted()).toEqual([[`/v1/changes/${changeId}/grant`, { login: 'etl' }]])
  })

  test('--json prints the grant and nothing beside it', async () => {
    const { code, out, err } = await ask({ status: 201, body: grant }, '--login', 'etl', '--json')
    expect([code, JSON.parse(out), err]).toEqual([0, grant, ''])
  })

  test('needs a login', async () => {
    const { code, err } = await ask({ status: 201, body: grant })
    expect([code, posted()]).toEqual([2, []])
    expect(err).toContain('login')
  })

  test('a refusal is a code with its remedy, and no token', async () => {
    const refusal = problem('CLYRA_GRANT_NOT_OPEN', 409, 'expected a change whose caller has the work, found executor clyra')
    const { code, out, err } = await ask({ status: 409, body: refusal }, '--login', 'etl')
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('CLYRA_GRANT_NOT_OPEN expected a change whose caller has the work')
    expect(err).toContain('A grant is for a change of executor `caller` in state ENFORCING')
  })
})

describe('clyra change complete', () => {
  const reported = (answer: unknown, end: Partial<ChangeView> = {}): Routes => ({
    [`POST /v1/changes/${changeId}/complete`]: answer,
    [`GET /v1/changes/${changeId}`]: callers({ state: 'CLOSED', version: 2, ...end }),
  })
  const complete = async (routes: Routes, ...words: string[]) => cli(['change', 'complete', changeId, ...(await start(routes)), ...words])
  const accepted = { status: 202, body: callers({ state: 'ENFORCING' }) }

  test('follows the change to its end, a line a state', async () => {
    const { code, out } = await complete(reported(accepted, { outcome: 'enforced', evidence: 'x.zip' }))
    expect(code).toBe(0)
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^ENFORCING /),
      expect.stringMatching(/^CLOSED +evidence x.zip$/),
      `${changeId} enforced`,
    ])
  })

  test.each([
    ['enforced', null, 0],
    ['failed', 'CLYRA_GRANT_EXPIRED', 1],
    ['ambiguous', 'CLYRA_ENFORCE_UNREACHABLE', 6],
  ] as const)('on a change that ends %s %s is exit %i', async (outcome, code, exit) => {
    const ran = await complete(reported(accepted, { outcome, code }), '--json')
    expect(ran.code).toBe(exit)
    expect(JSON.parse(ran.out)).toMatchObject({ outcome, code })
  })

  test('said twice, the end is shown again', async () => {
    const { code, out } = await complete(reported({ status: 200, body: callers({ state: 'CLOSED', outcome: 'enforced' }) }))
    expect([code, out.split('\n').at(-1)]).toEqual([0, `${changeId} enforced`])
  })

  test('before anything was committed it is refused: the code, and what to do', async () => {
    const refusal = problem('CLYRA_GRANT_NOT_REDEEMED', 409, 'expected a grant that was redeemed and committed, found none')
    const { code, err } = await complete(reported({ status: 409, body: refusal }))
    expect(code).toBe(1)
    expect(err).toContain('CLYRA_GRANT_NOT_REDEEMED')
    expect(err).toContain('Commit the transaction that redeemed the grant, then report')
  })
})

describe('clyra change wait --for grant', () => {
  const wait = async (view: ChangeView, ...words: string[]) =>
    cli(['change', 'wait', changeId, ...(await start({ [`GET /v1/changes/${changeId}`]: view })), '--for', 'grant', ...words])

  test('ends when the caller has the work, and says what comes next', async () => {
    const { code, out } = await wait(callers({ state: 'ENFORCING' }))
    expect(code).toBe(0)
    expect(out.split('\n')).toEqual([expect.stringMatching(/^ENFORCING .*`clyra change grant`/), `${changeId} waits for its caller`])
  })

  test.each([
    ['denied', 'DENIED', 3],
    ['rejected', 'REJECTED', 3],
    ['expired', 'EXPIRED', 4],
    ['failed', 'FAILED', 1],
    ['enforced', 'ENFORCED', 0],
  ] as const)('is exit of the outcome when it ends %s before', async (outcome, state, exit) => {
    expect((await wait(callers({ state, outcome }))).code).toBe(exit)
  })

  test('is exit 2 when nobody approved in time', async () => {
    expect((await wait(callers({ state: 'AWAITING_APPROVAL' }), '--timeout', '0')).code).toBe(2)
  })

  test('of a change that Clyra applies has nothing to wait for: exit 2 at once', async () => {
    const { code, err } = await wait(changeView({ state: 'OPEN' }))
    expect(code).toBe(2)
    expect(err).toContain('executor caller')
  })
})

describe('in words', () => {
  test('who waits reads that it is the caller’s turn, and that it is not where Clyra applies the change', () => {
    expect(stateLine(callers({ state: 'ENFORCING' }))).toBe(
      'ENFORCING         the caller does the work, under a grant (`clyra change grant`)',
    )
    expect(stateLine(changeView({ state: 'ENFORCING' }))).toBe('ENFORCING         being applied')
  })

  test('no number of rows is made up for what a caller did', () => {
    const done = callers({ state: 'ENFORCED', outcome: 'enforced' })
    expect([stateLine(done), outcomeLine(done)]).toEqual(['ENFORCED          done by the caller under a grant', `${changeId} enforced`])
    expect(changePage(done)).not.toMatch(/^rows/m)
  })

  test('the page names the executor where it is not Clyra', () => {
    expect(changePage(callers({}))).toMatch(/^executor +caller$/m)
    expect(changePage(changeView())).not.toMatch(/^executor/m)
  })
})

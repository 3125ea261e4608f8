// What the activities ask, and what they make of each answer.
import { describe, expect, test } from '@jest/globals'
import type { ChangeView } from '../../core/generated/types.ts'
import { raiseTemplate } from './testing/environment.ts'
import { type Answers, problem, view } from './testing/gateway.ts'
import { activities, gateway, lines, self, under, wait } from './testing/started.ts'
import { changeId, site } from './testing/story.ts'

describe('ask', () => {
  const asked = { name: 'raise', args: { order: 7 }, executor: 'caller' } as const

  test('sends what the registry says, under the workflow’s own key', async () => {
    gateway.answers = () => view()
    expect(await under().run(activities.clyraAsk, asked)).toMatchObject({ change_id: changeId, outcome: null, page: expect.any(String) })
    const { headers, body } = gateway.asked[0] as (typeof gateway.asked)[number]
    expect(headers['idempotency-key']).toMatch(new RegExp(`^temporal:default:nightly:${site.firstRunId}:raise:`))
    expect(body).toMatchObject({
      kind: 'sql',
      source: 'temporal',
      executor: 'caller',
      target: raiseTemplate.target,
      reason: raiseTemplate.reason,
    })
  })

  test.each([
    ['a name nobody registered', { ...asked, name: 'nobody' }],
    ['a function that throws', { ...asked, name: 'broken' }],
    ['arguments that are no canonical JSON', { ...asked, args: { order: 0.5 } }],
  ])('%s: refused, nothing was sent', async (_, other) => {
    const failing = under().run(activities.clyraAsk, other)
    await expect(failing).rejects.toMatchObject({ type: 'ClyraRefused', nonRetryable: true, details: [{ code: 'CLYRA_TEMPORAL_CHANGE' }] })
    await expect(failing).rejects.not.toThrow('secret')
    expect(lines()).toEqual([])
  })

  test.each([
    [
      'busy',
      problem(503, 'CLYRA_API_BUSY', { 'retry-after': '3' }),
      { type: 'ClyraUnreachable', nonRetryable: false, nextRetryDelay: 3000 },
    ],
    ['a proxy in its place', { status: 502, body: 'bad gateway' }, { type: 'ClyraUnreachable', nonRetryable: false }],
    ['an answer that is none', { body: 'null' }, { type: 'ClyraUnreachable', nonRetryable: false }],
    ['a token that may not', problem(403, 'CLYRA_API_FORBIDDEN'), { type: 'ClyraRefused', nonRetryable: true }],
    ['a code of another day', problem(400, 'CLYRA_OF_TOMORROW'), { type: 'ClyraUnreachable', nonRetryable: false }],
  ])('%s', async (_, answer, failure) => {
    gateway.answers = () => answer
    await expect(under().run(activities.clyraAsk, asked)).rejects.toMatchObject(failure)
  })
})

describe('wait', () => {
  const told = (...views: Partial<ChangeView>[]): Answers => {
    const left = views.map((said, index) => ({ version: index + 1, ...said }))
    return (line, _, query) => {
      if (line !== `GET ${self}`) return problem(404, 'CLYRA_API_NOT_FOUND')
      const since = Number(query.get('since') ?? 0)
      const next = left.find(({ version }) => version > since)
      return next === undefined ? undefined : view(next)
    }
  }

  test('long-polls from version to version to the end', async () => {
    gateway.answers = told({}, { state: 'ENFORCING' }, { state: 'ENFORCED', outcome: 'enforced' }, { state: 'CLOSED', outcome: 'enforced' })
    expect(await under().run(wait('end'), changeId)).toMatchObject({ state: 'CLOSED', outcome: 'enforced' })
    expect(lines()).toHaveLength(4)
  })

  test('for the grant it ends with ENFORCING, not before', async () => {
    gateway.answers = told({}, { state: 'APPROVED' }, { state: 'ENFORCING' })
    expect(await under().run(wait('grant'), changeId)).toMatchObject({ state: 'ENFORCING' })
  })

  test.each([
    ['denied', 'ClyraDenied'],
    ['rejected', 'ClyraRejected'],
    ['expired', 'ClyraExpired'],
    ['cancelled', 'ClyraCancelled'],
    ['failed', 'ClyraFailed'],
    ['ambiguous', 'ClyraAmbiguous'],
  ] as const)('%s: %s, with the receipt and never retried', async (outcome, type) => {
    gateway.answers = told({ state: 'CLOSED', outcome, code: 'CLYRA_SOME_CODE' })
    for (const until of ['grant', 'end'] as const)
      await expect(under().run(wait(until), changeId)).rejects.toMatchObject({
        type,
        nonRetryable: true,
        details: [{ change_id: changeId, outcome }],
      })
  })

  test.each(['enforced', 'observed'] as const)('%s is an answer', async (outcome) => {
    gateway.answers = told({ state: 'CLOSED', outcome })
    expect(await under().run(wait('end'), changeId)).toMatchObject({ outcome })
  })
})

describe('complete', () => {
  const completing = (answer: ReturnType<Answers>): Answers => {
    let stopped = false
    return (line) => {
      if (line === `POST ${self}/cancel`) stopped = true
      if (line === `POST ${self}/complete`) return answer
      return view({ state: 'CLOSED', ...(stopped ? { outcome: 'failed', code: 'CLYRA_GRANT_WITHDRAWN' } : { outcome: 'enforced' }) })
    }
  }

  test('reports, and waits for the end', async () => {
    gateway.answers = completing(view({ state: 'ENFORCING' }))
    expect(await under().run(activities.clyraComplete, changeId)).toMatchObject({ outcome: 'enforced' })
  })

  test('tried again after the end: the same answer', async () => {
    gateway.answers = completing(problem(409, 'CLYRA_GRANT_NOT_OPEN'))
    expect(await under().run(activities.clyraComplete, changeId)).toMatchObject({ outcome: 'enforced' })
  })

  test('nothing was redeemed: withdrawn at once, and it failed', async () => {
    gateway.answers = completing(problem(409, 'CLYRA_GRANT_NOT_REDEEMED'))
    await expect(under().run(activities.clyraComplete, changeId)).rejects.toMatchObject({ type: 'ClyraFailed' })
    expect(lines()).toContain(`POST ${self}/cancel`)
  })
})

test('cancel answers with the end whatever it is, and cancels nothing that is over', async () => {
  gateway.answers = () => view({ state: 'CLOSED', outcome: 'rejected' })
  expect(await under().run(activities.clyraCancel, changeId)).toMatchObject({ outcome: 'rejected' })
  expect(lines()).toEqual([`GET ${self}`])
})

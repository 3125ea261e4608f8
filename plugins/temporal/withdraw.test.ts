// Who waits is cancelled, terminated, or his worker shuts down: the change is withdrawn where nobody waits any more, and there alone.
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common'
import type { ChangeView } from '../../core/generated/types.ts'
import type { Around } from './testing/environment.ts'
import { type Answers, problem, view } from './testing/gateway.ts'
import { activities, gateway, lines, self, under, wait } from './testing/started.ts'
import { changeId, site } from './testing/story.ts'

describe('cancelled while it waits', () => {
  /** Waits for approval until somebody cancels it; then it ends as said. */
  const ending = (end: Partial<ChangeView>): Answers => {
    let cancelled = false
    return (line, _, query) => {
      if (line === `POST ${self}/cancel`) cancelled = true
      if (cancelled) return view({ state: 'CLOSED', ...end })
      return query.has('wait') ? undefined : view()
    }
  }
  const waitAnd = async (stop: (environment: ReturnType<typeof under>) => void, around?: Around) => {
    const environment = under(around)
    const running = environment.run(wait('end'), changeId)
    running.catch(() => undefined)
    while (lines().length < 2) await new Promise(setImmediate)
    stop(environment)
    return running
  }
  const cancels = () => lines().filter((line) => line.endsWith('/cancel')).length

  test('the change is withdrawn', async () => {
    gateway.answers = ending({ outcome: 'cancelled' })
    await expect(waitAnd((environment) => environment.cancel())).rejects.toThrow(CancelledFailure)
    expect(cancels()).toBe(1)
  })

  test('too late: the answer is how it ended', async () => {
    gateway.answers = ending({ outcome: 'enforced' })
    expect(await waitAnd((environment) => environment.cancel())).toMatchObject({ outcome: 'enforced' })
  })

  test('somebody asked for it anew: that one is let alone', async () => {
    let looks = 0
    gateway.answers = (line, _, query) => (query.has('wait') ? undefined : view({ attempt: line.startsWith('GET') && looks++ > 0 ? 2 : 1 }))
    await expect(waitAnd((environment) => environment.cancel())).rejects.toThrow(CancelledFailure)
    expect(cancels()).toBe(0)
  })

  test('a worker that shuts down withdraws nothing: to be tried again elsewhere', async () => {
    gateway.answers = ending({ outcome: 'cancelled' })
    const shutdown = new ActivityCancellationDetails({ workerShutdown: true })
    const running = waitAnd((environment) => environment.cancel('WORKER_SHUTDOWN', shutdown))
    await expect(running).rejects.toMatchObject({ type: 'ClyraUnreachable', nonRetryable: false })
    expect(cancels()).toBe(0)
  })

  const gone = new ActivityCancellationDetails({ notFound: true })
  const first = { firstRunId: site.firstRunId, status: 'RUNNING' }

  test.each([
    ['terminated', () => ({ ...first, status: 'TERMINATED' })],
    ['over, and its id used again', (_: string, runId?: string) => (runId === undefined ? { ...first, firstRunId: 'another' } : first)],
  ])('its workflow is %s: withdrawn', async (_, runs) => {
    gateway.answers = ending({ outcome: 'cancelled' })
    await expect(waitAnd((environment) => environment.cancel('NOT_FOUND', gone), { runs })).rejects.toThrow(CancelledFailure)
    expect(cancels()).toBe(1)
  })

  test.each([
    ['goes on, with another try of the activity', () => first],
    ['goes on in a later run', (_: string, runId?: string) => (runId === undefined ? first : { ...first, status: 'CONTINUED_AS_NEW' })],
  ])('its workflow %s: nothing is withdrawn', async (_, runs) => {
    gateway.answers = ending({ outcome: 'cancelled' })
    const running = waitAnd((environment) => environment.cancel('NOT_FOUND', gone), { runs })
    await expect(running).rejects.toMatchObject({ type: 'ClyraUnreachable' })
    expect(cancels()).toBe(0)
  })
})

describe('cancelled while asking has no answer', () => {
  const asked = { name: 'raise', args: { order: 7 }, executor: 'caller' } as const
  const find = 'POST /v1/requests/find'
  const nobody = problem(404, 'CLYRA_API_NOT_FOUND')
  const looks = () => lines().filter((line) => line === find).length

  /** Not found by the first looks, so many; then there, waiting for approval until it is cancelled. */
  const thereAfter = (missed: number): Answers => {
    let cancelled = false
    return (line) => {
      if (line === find && looks() <= missed) return nobody
      if (line === `POST ${self}/cancel`) cancelled = true
      return view(cancelled ? { state: 'CLOSED', outcome: 'cancelled' } : {})
    }
  }
  const cancelAsked = () => under().run(activities.clyraCancelAsked, asked)
  /** The second between the looks passes as soon as it is waited for. */
  const cancelAskedLookingTwice = async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'setInterval', 'clearInterval', 'queueMicrotask', 'Date', 'performance'] })
    const running = cancelAsked()
    running.catch(() => undefined)
    while (jest.getTimerCount() === 0) await new Promise(setImmediate)
    expect(looks()).toBe(1)
    await jest.advanceTimersByTimeAsync(1_000)
    return running
  }
  afterEach(() => {
    jest.useRealTimers()
  })

  test('finds the very request that was sent, asks for nothing, and withdraws', async () => {
    gateway.answers = (line) => (line === 'POST /v1/changes' ? view() : undefined)
    await under().run(activities.clyraAsk, asked)
    const sent = gateway.asked.splice(0)[0]
    gateway.answers = thereAfter(0)
    expect(await cancelAsked()).toMatchObject({ change_id: changeId, outcome: 'cancelled' })
    expect(lines()).toEqual([find, `GET ${self}`, `POST ${self}/cancel`])
    expect(gateway.asked[0]?.body).toEqual(sent?.body)
    expect(gateway.asked[0]?.headers['idempotency-key']).toBe(sent?.headers['idempotency-key'])
  })

  test('what is over is left as it is, however it ended', async () => {
    gateway.answers = () => view({ state: 'CLOSED', outcome: 'denied' })
    expect(await cancelAsked()).toMatchObject({ outcome: 'denied' })
    expect(lines()).toEqual([find, `GET ${self}`])
  })

  test('still on its way at the first look: found by the second', async () => {
    gateway.answers = thereAfter(1)
    expect(await cancelAskedLookingTwice()).toMatchObject({ outcome: 'cancelled' })
    expect(looks()).toBe(2)
  })

  test('never arrived: null after two looks, and nothing is cancelled', async () => {
    gateway.answers = thereAfter(Number.POSITIVE_INFINITY)
    expect(await cancelAskedLookingTwice()).toBeNull()
    expect(lines()).toEqual([find, find])
  })

  test.each([
    ['a proxy that knows no such page', { status: 404, body: 'not found' }, { type: 'ClyraUnreachable', nonRetryable: false }],
    ['busy', problem(503, 'CLYRA_API_BUSY'), { type: 'ClyraUnreachable', nonRetryable: false }],
    ['a gateway without the call', problem(405, 'CLYRA_API_METHOD'), { type: 'ClyraRefused', nonRetryable: true }],
  ])('%s: not known, which is not null', async (_, answer, failure) => {
    gateway.answers = () => answer
    await expect(cancelAsked()).rejects.toMatchObject(failure)
    expect(looks()).toBe(1)
  })
})

// Who waits is cancelled, terminated, or his worker shuts down: the change is withdrawn where nobody waits any more, and there alone.
import { describe, expect, test } from '@jest/globals'
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common'
import type { ChangeView } from '../../core/generated/types.ts'
import type { Around } from './testing/environment.ts'
import { type Answers, view } from './testing/gateway.ts'
import { gateway, lines, self, under, wait } from './testing/started.ts'
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

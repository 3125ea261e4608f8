import { expect, test } from '@jest/globals'
import type { Part } from '../../runtime/parts/part.ts'
import { supervise } from './supervise.ts'

/** A part that ends when it is told to, by itself or by its supervisor. */
function fakePart(pid: number) {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const stopped = { value: false }
  const part: Part = {
    pid,
    ended,
    async stop() {
      stopped.value = true
      resolve()
    },
  }
  return { part, end: resolve, stopped }
}

function recorder() {
  const events: string[] = []
  const waiting: { event: string; resolve(): void }[] = []
  return {
    events,
    report(event: string, pid: number) {
      events.push(`${event} ${pid}`)
      for (const { resolve } of waiting.filter((one) => one.event === `${event} ${pid}`)) resolve()
    },
    seen: (event: string) =>
      events.includes(event) ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ event, resolve })),
  }
}

test('a part that ends by itself is started again, also when the first tries fail', async () => {
  const [first, second] = [fakePart(1), fakePart(2)]
  const starts = [() => first.part, () => Promise.reject(new Error('port taken')), () => second.part]
  const { events, report, seen } = recorder()
  const { stop } = await supervise(async () => (starts.shift() as () => Part)(), report)
  first.end()
  await seen('started 2')
  expect(events).toEqual(['ended 1', 'failed 0', 'started 2'])
  await stop()
  expect(second.stopped.value).toBe(true)
})

test('a part that was asked to stop is not started again', async () => {
  const { part } = fakePart(1)
  const { events, report } = recorder()
  const { stop } = await supervise(async () => part, report)
  await stop()
  expect(events).toEqual([])
})

test('a part that comes up while the stack stops is stopped too', async () => {
  const [first, second] = [fakePart(1), fakePart(2)]
  const coming = Promise.withResolvers<Part>()
  const trying = Promise.withResolvers<void>()
  const startSlowly = () => {
    trying.resolve()
    return coming.promise
  }
  const starts = [async () => first.part, startSlowly]
  const { report } = recorder()
  const { stop } = await supervise(() => (starts.shift() as () => Promise<Part>)(), report)
  first.end()
  await trying.promise
  const stopped = stop()
  coming.resolve(second.part)
  await stopped
  expect(second.stopped.value).toBe(true)
})

test('a first start that fails is the caller’s to hear of', async () => {
  await expect(
    supervise(
      async () => Promise.reject(new Error('no binary')),
      () => undefined,
    ),
  ).rejects.toThrow('no binary')
})

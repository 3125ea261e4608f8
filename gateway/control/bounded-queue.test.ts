import { describe, expect, test } from '@jest/globals'
import { boundedQueue } from './bounded-queue.ts'

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, open: resolve }
}

describe('boundedQueue', () => {
  test('runs so many of one key, keeps so many waiting in order, refuses the rest', async () => {
    const run = boundedQueue({ running: 2, waiting: 2 })
    const gates = [gate(), gate(), gate(), gate()]
    const began: number[] = []
    const third = gate()
    const results = gates.map(({ promise }, index) =>
      run('a', async () => {
        began.push(index)
        if (index === 2) third.open()
        await promise
        return index
      }),
    )
    await expect(run('a', async () => 'never')).rejects.toMatchObject({ code: 'CLYRA_API_BUSY' })
    expect(began).toEqual([0, 1])
    expect(await run('b', async () => 'another key')).toBe('another key')
    gates[1]?.open()
    await third.promise
    expect(began).toEqual([0, 1, 2])
    for (const { open } of gates) open()
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3])
    expect(await run('a', async () => 'free again')).toBe('free again')
  })

  test('a task that fails frees its place', async () => {
    const run = boundedQueue({ running: 1, waiting: 1 })
    const failing = run('a', async () => Promise.reject(new Error('failed')))
    const next = run('a', async () => 'next')
    await expect(failing).rejects.toThrow('failed')
    expect(await next).toBe('next')
  })
})

// Parts that are killed, and lines that are cut, while tasks wait. One after the other, when all other rows are played.
import { describe, expect, test } from '@jest/globals'
import { decide, endOf } from '../../support/airflow.ts'
import { killAndAwaitReturn } from '../../support/kill.ts'
import { type Asked, ask, changesOf, expectOne, fees, gate, limit, played, raised, world } from './world.ts'

/** Rows that would disturb others. */
export function partRows(): void {
  describe('parts are killed while tasks wait', () => {
    let waiting: Asked[]
    const next = () => waiting.shift() as Asked

    async function goesOn(run: Asked, tryNumber = 1): Promise<void> {
      await run.reach('success', tryNumber)
      await expectOne(run, await run.change(), { outcome: 'enforced', attempt: 1 }, 1)
    }

    test(
      'eight wait where six slots are: none is held',
      async () => {
        await Promise.all([...played.values()].map((done) => done.catch(() => undefined)))
        waiting = await Promise.all(Array.from({ length: 8 }, () => ask()))
        await Promise.all(waiting.map((run) => run.wait()))
        expect(await world.airflow.ana.pool()).toMatchObject({ deferred_slots: 8, running_slots: 0, occupied_slots: 0 })
        await goesOn(await ask({}, { size: 20 }))
      },
      limit,
    )

    test(
      'the triggerer: what was decided meanwhile is read when it is back',
      async () => {
        const [one, two] = [next(), next()]
        world.airflow.kill('triggerer')
        await decide(world.stack, 'ben', await one.change())
        await decide(world.stack, 'ben', await two.change(), 'reject')
        await endOf(world.stack, await one.change())
        world.airflow.start('triggerer')
        await goesOn(one)
        await two.reach('failed')
        expect(await changesOf(two)).toHaveLength(1)
      },
      limit,
    )

    for (const part of ['worker', 'gateway'])
      test(
        `the ${part} of Clyra: callers have nothing to do`,
        async () => {
          const run = next()
          await killAndAwaitReturn(world.stack, part)
          await decide(world.stack, 'ben', await run.change())
          await goesOn(run)
        },
        limit,
      )

    test(
      'the line to Clyra: the task waits on, and learns what was decided',
      async () => {
        const run = next()
        world.airflow.line.cut()
        await decide(world.stack, 'ben', await run.change())
        await endOf(world.stack, await run.change())
        expect(await run.look()).toMatchObject({ state: 'deferred' })
        world.airflow.line.mend()
        await goesOn(run)
      },
      limit,
    )

    test(
      'the line to Clyra before a task asks: it fails closed, nothing runs, and the retry asks',
      async () => {
        world.airflow.line.cut()
        const [run, work] = await Promise.all([ask(), gate(117, 118)])
        await Promise.all([run.reach('up_for_retry'), work.reach('up_for_retry')])
        expect([...(await changesOf(run)), ...(await changesOf(work))]).toEqual([])
        expect([await fees(run), await raised(work)]).toEqual([0, 0])
        world.airflow.line.mend()
        await decide(world.stack, 'ben', await run.change())
        await Promise.all([run, work].map(async (one) => one.reach('success', (await one.look()).try_number)))
        await expectOne(run, await run.change(), { outcome: 'enforced', attempt: 1 }, 1)
        expect(await raised(work)).toBe(1)
        expect(await changesOf(work)).toHaveLength(1)
      },
      limit,
    )
  })
}

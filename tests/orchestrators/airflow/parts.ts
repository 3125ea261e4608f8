// Parts that are killed, and lines that are cut, while tasks wait. One after the other, when all other rows are played.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { decide, endOf, keptByAirflow } from '../../support/airflow.ts'
import { killAndAwaitReturn } from '../../support/kill.ts'
import { type Asked, applied, ask, changesOf, expectOne, fees, gate, limit, played, raised, world } from './world.ts'

/** Rows that would disturb others. */
export function partRows(): void {
  describe('parts are killed while tasks wait', () => {
    let waiting: Asked[]
    const next = () => waiting.shift() as Asked

    test(
      'eight wait where six slots are: none is held',
      async () => {
        await Promise.all([...played.values()].map((done) => done.catch(() => undefined)))
        waiting = await Promise.all(Array.from({ length: 8 }, () => ask()))
        await Promise.all(waiting.map((run) => run.wait()))
        expect(await world.airflow.ana.pool()).toMatchObject({ deferred_slots: 8, running_slots: 0, occupied_slots: 0 })
        await applied(await ask({}, { size: 20 }))
      },
      limit,
    )

    test(
      'the triggerer: what was decided meanwhile is read when it is back',
      async () => {
        const [one, two] = [next(), next()]
        world.airflow.parts.kill('triggerer')
        await decide(world.stack, 'ben', await one.change())
        await decide(world.stack, 'ben', await two.change(), 'reject')
        await endOf(world.stack, await one.change())
        world.airflow.parts.start('triggerer')
        await applied(one)
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
          await applied(run)
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
        await applied(run)
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

    test(
      'the line to Clyra, where a target is in review and the connection has a spool: the work goes on, and Clyra is told later',
      async () => {
        const review = { target: 'shop_staging', connection: 'clyra_review' }
        world.airflow.line.cut()
        const run = await gate(119, 119, review)
        await run.reach('success')
        expect(await raised(run)).toBe(1)
        expect(await changesOf(run)).toEqual([])
        world.airflow.line.mend()
        const after = await gate(120, 120, review)
        await after.reach('success')
        const [told, ...more] = await changesOf(run)
        expect(more).toEqual([])
        expect(await endOf(world.stack, told?.change_id ?? '')).toMatchObject({ outcome: 'observed', late: true })
        expect(await endOf(world.stack, await after.change())).toMatchObject({ outcome: 'observed', late: false })
      },
      limit,
    )
  })
}

/** What must hold when all else was played. */
export function keptRows(): void {
  test(
    'after all that, no token is in what Airflow keeps',
    async () => {
      const kept = await keptByAirflow(world.stack)
      expect(kept.some((text) => text.includes('clyra_default'))).toBe(true)
      const secrets = ['pipeline.token', 'shop-etl.url'].map((name) => readFileSync(world.stack.key(name), 'utf8').trim())
      expect(kept.filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([])
    },
    limit,
  )
}

// What befalls Clyra itself, or its line, while tasks ask and wait: callers have nothing to do, and are told nothing that is not so.
import { beforeAll, describe, expect, test } from '@jest/globals'
import { decide, endOf, untilChange, untilSeen } from '../../support/airflow.ts'
import { stopped } from '../../support/kill.ts'
import { withoutStandby } from '../../support/standby.ts'
import { reset, withoutEvidence } from '../clyra-parts.ts'
import { applied, ask, changesOf, expectOne, fees, held, limit, startAnew, world } from './world.ts'

/** Rows that would disturb others. */
export function clyraRows(): void {
  describe('something befalls Clyra', () => {
    beforeAll(startAnew)

    test(
      'no worker polls: the change is taken, said to be stalled, and goes on with the worker',
      async () => {
        const goOn = stopped(world.stack, 'worker')
        const run = await ask()
        await run.wait()
        const id = await run.change()
        expect(await untilChange(world.stack, id, ({ stalled }) => stalled)).toMatchObject({ state: 'OPEN', outcome: null })
        expect(await run.look()).toMatchObject({ state: 'deferred', try_number: 1 })
        goOn()
        await decide(world.stack, 'ben', id)
        await applied(run)
      },
      limit,
    )

    test(
      'Temporal does not answer: the task fails closed and may be tried again, nothing runs, and the retry finds its change',
      async () => {
        const goOn = stopped(world.stack, 'temporal')
        const run = await ask()
        await run.reach('up_for_retry')
        expect(await fees(run)).toBe(0)
        goOn()
        await decide(world.stack, 'ben', await run.change())
        await applied(run, (await run.look()).try_number)
      },
      limit,
    )

    test(
      'the answer to the request is lost: asked again, it is the same change',
      async () => {
        world.airflow.line.cutAt('POST /v1/changes ', 'answered')
        const run = await ask()
        await decide(world.stack, 'ben', await run.change())
        await applied(run, (await run.look()).try_number)
      },
      limit,
    )

    test(
      'killed before the answer to its request came: what it had asked for is cancelled',
      async () => {
        world.airflow.line.cutAt('POST /v1/changes ', 'unanswered')
        const run = await held()
        await untilSeen('the change of a task without an answer', async () => (await changesOf(run))[0]?.state === 'AWAITING_APPROVAL')
        expect(await world.airflow.ana.links(run.dag, run.id, run.task)).toMatchObject({ 'Clyra change': null })
        await run.mark('failed')
        const id = (await changesOf(run))[0]?.change_id ?? ''
        await expectOne(run, id, { outcome: 'cancelled' }, 0)
        expect(await world.airflow.ana.log(run.dag, run.id, run.task, 1)).toContain(`the task was killed; change ${id} ended cancelled`)
      },
      limit,
    )

    test(
      'its evidence cannot be stored: applied, but not done before it is sealed',
      async () => {
        const store = withoutEvidence(world.stack)
        const run = await ask()
        const id = await run.change()
        await decide(world.stack, 'ben', id)
        await untilChange(world.stack, id, ({ state, stalled }) => state === 'RECORDED' && stalled)
        expect(await fees(run)).toBe(1)
        expect(await run.look()).toMatchObject({ state: 'deferred', try_number: 1 })
        store()
        await applied(run)
      },
      limit,
    )

    test(
      'its run is reset: what was decided before is void, what is decided anew counts',
      async () => {
        const run = await ask({ target: 'shop_pair' })
        await run.wait()
        const id = await run.change()
        expect(await decide(world.stack, 'ben', id)).toBe('counted')
        await reset(world.stack, await world.stack.story.ana.change(id))
        expect(await decide(world.stack, 'carl', id)).toBe('counted')
        expect(await world.stack.story.ana.change(id)).toMatchObject({ state: 'AWAITING_APPROVAL' })
        expect(await decide(world.stack, 'ben', id)).toBe('counted')
        await applied(run)
      },
      limit,
    )

    test(
      'nobody can tell whether it was applied: ambiguous, without a retry; cleared, it is not applied again',
      async () => {
        const mend = await withoutStandby(world.stack)
        const run = await ask({}, { size: 20 })
        const id = await run.change()
        expect(await endOf(world.stack, id)).toMatchObject({ outcome: 'ambiguous' })
        await run.reach('failed')
        await run.clear()
        await run.reach('failed', 2)
        await mend()
        expect(await world.stack.story.clyra('change', 'resolve', id)).toBe(0)
        await run.clear()
        await run.reach('failed', 3)
        await expectOne(run, id, { outcome: 'ambiguous' }, 1)
      },
      limit,
    )
  })
}

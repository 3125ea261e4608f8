// What befalls Clyra itself, or the line to it, while runs ask and wait: nobody has anything to do, and nobody is told what is not so.
import { describe, expect, test } from '@jest/globals'
import type { ChangeView } from '../../../core/generated/types.ts'
import { cuttableLine } from '../../support/cuttable-line.ts'
import { stopped, until } from '../../support/kill.ts'
import { withoutStandby } from '../../support/standby.ts'
import { reset, withoutEvidence } from '../clyra-parts.ts'
import { type Asked, clyraWith, type Row, type Suite } from './suite.ts'

/** What the suite's other rows use as well. */
export interface Tools {
  suite(): Suite
  waiting(job: string, options?: Parameters<Suite['launch']>[1], state?: ChangeView['state']): Promise<Asked>
  approved(asked: Asked): Promise<void>
  expectOne(asked: Asked, outcome: string, effect: number): Promise<void>
}

/** Rows that would disturb others. */
export function clyraRows({ suite, waiting, approved, expectOne }: Tools): void {
  const look = ({ change_id }: ChangeView) => suite().stack.story.ana.change(change_id)
  const isTriedAgain = async ({ run }: Row) => (await suite().log(run)).includes('STEP_UP_FOR_RETRY')

  describe('something befalls Clyra', () => {
    test('no worker polls: the change is taken, said to be stalled, and goes on with the worker', async () => {
      const goOn = stopped(suite().stack, 'worker')
      const { row, change } = await waiting('in_one_process', {}, 'OPEN')
      await until(async () => (await look(change)).stalled)
      expect(await look(change)).toMatchObject({ state: 'OPEN', outcome: null })
      expect(await suite().status(row.run)).toBe('STARTED')
      goOn()
      await until(async () => (await look(change)).state === 'AWAITING_APPROVAL')
      await approved({ row, change })
    }, 90_000)

    test('Temporal does not answer: the step fails closed and is tried again, nothing runs, and then its change is found', async () => {
      const goOn = stopped(suite().stack, 'temporal')
      const { row, change } = await waiting('in_one_process', {}, 'OPEN')
      await until(() => isTriedAgain(row))
      expect(await suite().effect(row)).toBe(0)
      goOn()
      await until(async () => (await look(change)).state === 'AWAITING_APPROVAL')
      await approved({ row, change })
    }, 120_000)

    test('the answer to the request is lost: asked again, it is the same change', async () => {
      const line = await cuttableLine(Number(new URL(suite().stack.run.gateway).port))
      try {
        line.cutAt('POST /v1/changes ', 'answered')
        await approved(await waiting('in_one_process', { config: clyraWith({ base_url: `http://127.0.0.1:${line.port}` }) }))
      } finally {
        await line.stop()
      }
    }, 60_000)

    test('terminated before the answer to its request came: what it had asked for is cancelled', async () => {
      const line = await cuttableLine(Number(new URL(suite().stack.run.gateway).port))
      try {
        line.cutAt('POST /v1/changes ', 'unanswered')
        const { row, change } = await waiting('in_one_process', { config: clyraWith({ base_url: `http://127.0.0.1:${line.port}` }) })
        await suite().dagster.api.terminate(row.run)
        expect(await suite().ended(row.run)).toBe('CANCELED')
        await expectOne({ row, change }, 'cancelled', 0)
        expect(await suite().log(row.run)).toMatch(`its change ${change.change_id} ended cancelled`)
      } finally {
        await line.stop()
      }
    }, 60_000)

    test('its evidence cannot be stored: applied, but not done before it is sealed', async () => {
      const { row, change } = await waiting('in_one_process')
      const store = withoutEvidence(suite().stack)
      expect(await suite().approve(change)).toBe(0)
      await until(async () => (await look(change)).stalled)
      expect(await look(change)).toMatchObject({ state: 'RECORDED', outcome: 'enforced', evidence: null })
      expect(await suite().effect(row)).toBe(1)
      expect(await suite().status(row.run)).toBe('STARTED')
      store()
      expect(await suite().ended(row.run)).toBe('SUCCESS')
      await expectOne({ row, change }, 'enforced', 1)
    }, 90_000)

    test('its run is reset: what was decided before is void, what is decided anew counts', async () => {
      const { row, change } = await waiting('pair_of_people')
      expect(await suite().approve(change)).toBe(0)
      await reset(suite().stack, change)
      expect(await suite().approve(change, 'ana')).toBe(0)
      expect(await look(change)).toMatchObject({ state: 'AWAITING_APPROVAL', approvers: ['ana@shop.example'] })
      await approved({ row, change })
    }, 60_000)

    test('nobody can tell whether it was applied: ambiguous, not tried again; run again, it is not applied again', async () => {
      const { row, change } = await waiting('in_one_process')
      const mend = await withoutStandby(suite().stack)
      expect(await suite().approve(change)).toBe(0)
      expect(await suite().ended(row.run)).toBe('FAILURE')
      expect(await isTriedAgain(row)).toBe(false)
      await mend()
      expect(await suite().stack.story.clyra('change', 'resolve', change.change_id)).toBe(0)
      expect(await suite().ended(await suite().dagster.api.reexecute(row.run, 'FROM_FAILURE'))).toBe('FAILURE')
      await expectOne({ row, change }, 'ambiguous', 1)
    }, 150_000)
  })
}

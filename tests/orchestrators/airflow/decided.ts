// What is decided, and how often: the task ends as its change does, and what is done again is not done twice.
import { expect } from '@jest/globals'
import type { ChangeView } from '../../../core/generated/types.ts'
import { decide, endOf, sendDecision, untilChange, untilSeen } from '../../support/airflow.ts'
import { ask, changesOf, expectOne, held, row, world } from './world.ts'

/** Rows of a task whose change Clyra applies, as people and policy decide. */
export function decisionRows(): void {
  row(
    'approved: links and the claimed person while it waits, a small receipt when it is done, evidence that a verifier judges valid',
    async () => {
      const run = await ask()
      await run.reach('deferred')
      const id = await run.change()
      const view = await untilChange(world.stack, id, ({ state }) => state === 'AWAITING_APPROVAL')
      expect(view).toMatchObject({ source: 'airflow', requester: { actor: 'pipeline' }, claimed_person: 'ana@shop.example' })
      expect(await world.airflow.ana.links(run.dag, run.id, run.task)).toEqual({
        'Clyra change': view.links.page,
        'Clyra run': view.links.temporal,
      })
      const judged = await world.airflow.ana.trigger('clyra_evidence', { change_id: id, folder: world.stack.home })
      await untilSeen(
        'the sensor waiting',
        async () => (await world.airflow.ana.task('clyra_evidence', judged, 'wait')).state === 'deferred',
      )
      expect(await decide(world.stack, 'ben', id)).toBe('counted')
      await run.reach('success')
      const end = await expectOne(run, id, { outcome: 'enforced', affected_rows: 130 }, 1)
      const receipt = await world.airflow.ana.xcom<object>(run.dag, run.id, run.task)
      const { change_id, attempt, outcome, code, affected_rows, bundle_id, evidence } = end
      expect(receipt).toEqual({ change_id, attempt, outcome, code, affected_rows, bundle_id, evidence })
      expect(JSON.stringify(receipt).length).toBeLessThan(1024)
      await untilSeen('the end of the judging run', async () =>
        /failed|success/.test(await world.airflow.ana.runState('clyra_evidence', judged)),
      )
      expect(await world.airflow.ana.xcom('clyra_evidence', judged, 'verify')).toEqual({ change_id: id, verdict: 'valid', bundle_id })
    },
  )

  row('cleared after success: the same change, the same receipt, no second effect', async () => {
    const run = await ask({}, { size: 20 })
    await run.reach('success')
    const id = await run.change()
    const receipt = await world.airflow.ana.xcom(run.dag, run.id, run.task)
    await run.clear()
    await run.reach('success', 2)
    expect(await world.airflow.ana.xcom(run.dag, run.id, run.task)).toEqual(receipt)
    await expectOne(run, id, { outcome: 'enforced' }, 1)
  })

  row('rejected: no retry is burnt; cleared, it is rejected again at once', async () => {
    const run = await ask()
    const id = await run.change()
    await decide(world.stack, 'ben', id, 'reject')
    await run.reach('failed')
    await run.clear()
    await run.reach('failed', 2)
    await expectOne(run, id, { outcome: 'rejected' }, 0)
  })

  row('a task that holds its slot: approved', async () => {
    const run = await held()
    const id = await run.change()
    expect(await run.look()).toMatchObject({ state: 'running' })
    await decide(world.stack, 'ben', id)
    await run.reach('success')
    await expectOne(run, id, { outcome: 'enforced' }, 1)
  })

  row('rejected where a refusal skips: skipped', async () => {
    const run = await held()
    const id = await run.change()
    await decide(world.stack, 'ben', id, 'reject')
    await run.reach('skipped')
    await expectOne(run, id, { outcome: 'rejected' }, 0)
  })

  row('nobody decides in time: failed without a retry; cleared, it is asked anew', async () => {
    const run = await ask({ target: 'shop_hasty' })
    const id = await run.change()
    await run.reach('failed')
    expect(await endOf(world.stack, id)).toMatchObject({ outcome: 'expired' })
    await run.clear()
    await untilChange(world.stack, id, ({ attempt }) => attempt === 2)
    await run.reach('failed', 2)
    await expectOne(run, id, { outcome: 'expired', attempt: 2 }, 0)
  })

  row('approved by who triggered the run: refused and recorded, the gate stays open for another', async () => {
    const run = await ask({}, { as: 'ben' })
    const id = await run.change()
    expect(await decide(world.stack, 'ben', id)).toBe('CLYRA_APPROVAL_SELF')
    expect(await decide(world.stack, 'carl', id)).toBe('counted')
    await run.reach('success')
    await expectOne(run, id, { outcome: 'enforced', claimed_person: 'ben@shop.example' } as Partial<ChangeView>, 1)
  })

  row('decided twice, and against each other: the first counts, the effect is there once', async () => {
    const run = await ask({ target: 'shop_pair' })
    const id = await run.change()
    expect(await decide(world.stack, 'ben', id)).toBe('counted')
    expect(await sendDecision(world.stack, 'ben', id, 'reject')).toMatch(/DUPLICATE|duplicate/)
    expect(await sendDecision(world.stack, 'carl', id, 'approve')).toBe('counted')
    await run.reach('success')
    await expectOne(run, id, { outcome: 'enforced' }, 1)
  })

  row('denied by policy: failed at once, no retry', async () => {
    const run = await ask({ cents: 250, first: 1, last: 4000, target: 'shop_split' })
    const id = await run.change()
    await run.reach('failed')
    expect(await endOf(world.stack, id)).toMatchObject({ outcome: 'denied' })
    expect(await changesOf(run)).toHaveLength(1)
  })
}

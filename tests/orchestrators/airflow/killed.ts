// A task that is killed, cleared or changed while it waits: its change is cancelled, or the log tells the truth.
import { expect } from '@jest/globals'
import { decide, endOf, untilChange, untilSeen } from '../../support/airflow.ts'
import { ask, askedToCancel, expectOne, fees, held, locked, row, world } from './world.ts'

/** Rows of a task that does not wait to the end. */
export function killRows(): void {
  for (const state of ['failed', 'success'] as const)
    row(`marked ${state} while it waits in the triggerer: the change is cancelled`, async () => {
      const run = await ask()
      await run.wait()
      const id = await run.change()
      await untilChange(world.stack, id, (view) => view.state === 'AWAITING_APPROVAL')
      await run.mark(state)
      await expectOne(run, id, { outcome: 'cancelled' }, 0)
      expect(await run.look()).toMatchObject({ state, try_number: 1 })
    })

  row('its run failed by a user while it waits: the change is cancelled', async () => {
    const run = await ask()
    await run.wait()
    const id = await run.change()
    await world.airflow.ana.endRun(run.dag, run.id, 'failed')
    await expectOne(run, id, { outcome: 'cancelled' }, 0)
  })

  row('marked failed while it holds its slot: the change is cancelled', async () => {
    const run = await held()
    const id = await run.change()
    await untilChange(world.stack, id, (view) => view.state === 'AWAITING_APPROVAL')
    await run.mark('failed')
    await expectOne(run, id, { outcome: 'cancelled' }, 0)
  })

  row('cleared while it waits: cancelled, and asked anew under the same id', async () => {
    const run = await ask()
    await run.wait()
    const id = await run.change()
    await untilChange(world.stack, id, (view) => view.state === 'AWAITING_APPROVAL')
    await run.clear()
    await untilChange(world.stack, id, (view) => view.attempt === 2 && view.state === 'AWAITING_APPROVAL')
    await run.reach('deferred', 2)
    await decide(world.stack, 'ben', id)
    await run.reach('success', 2)
    await expectOne(run, id, { outcome: 'enforced', attempt: 2 }, 1)
  })

  row('killed while it is being enforced: Clyra ends it, and the log says how', async () => {
    const run = await ask()
    await run.wait()
    const id = await run.change()
    const lock = await locked('select from shop.orders where order_id = $1 for update', [run.first])
    await decide(world.stack, 'ben', id)
    await untilChange(world.stack, id, ({ state }) => state === 'ENFORCING')
    await run.mark('failed')
    await untilSeen('the cancel at the gateway', async () => askedToCancel(id))
    await lock.release()
    await expectOne(run, id, { outcome: 'enforced' }, 1)
    await untilSeen('the truth in the log', async () =>
      (await world.airflow.ana.log(run.dag, run.id, run.task, 1)).includes(`the task was killed; change ${id} ended enforced`),
    )
  })

  row('its process killed -9 while it waits: the retry finds the same change', async () => {
    const run = await held()
    const id = await run.change()
    const { pid } = await run.look()
    await untilChange(world.stack, id, (view) => view.state === 'AWAITING_APPROVAL')
    process.kill(pid as number, 'SIGKILL')
    await run.reach('running', 2)
    await decide(world.stack, 'ben', id)
    await run.reach('success', 2)
    await expectOne(run, id, { outcome: 'enforced', attempt: 1 }, 1)
  })

  row('its payload changed while it waits: another change, the first is cancelled', async () => {
    const run = await ask({ target: 'shop_strict' })
    await run.wait()
    const first = await run.change()
    await world.airflow.ana.call('POST', '/variables', { key: 'shop_strict_last_order', value: String(run.last - 1) })
    await run.clear()
    await run.reach('deferred', 2)
    await run.wait()
    const second = await run.change()
    expect(second).not.toBe(first)
    expect(await endOf(world.stack, first)).toMatchObject({ outcome: 'cancelled' })
    await run.mark('failed')
    expect(await endOf(world.stack, second)).toMatchObject({ outcome: 'cancelled' })
    expect(await fees(run)).toBe(0)
  })
}

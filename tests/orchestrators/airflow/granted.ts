// Tasks that do their work themselves, under a grant.
import { expect } from '@jest/globals'
import { decide, endOf, untilSeen } from '../../support/airflow.ts'
import { changesOf, gate, locked, raised, row, world } from './world.ts'

/** Rows of `@task.clyra_gate`. */
export function grantRows(): void {
  /** True while the session that raises prices from this product on stands before a lock. */
  const works = async (first: number): Promise<boolean> => {
    const sql = `select from pg_stat_activity where usename = 'etl' and wait_event_type = 'Lock' and query like '%BETWEEN ' || $1 || ' AND%'`
    return (await world.stack.story.warehouse(sql, [String(first)])).length > 0
  }

  row('a function under a grant: it runs when the change is approved, and not before', async () => {
    const run = await gate(1, 104)
    await run.wait()
    const id = await run.change()
    expect(await raised(run)).toBe(0)
    await decide(world.stack, 'ben', id)
    await run.reach('success')
    expect(await world.airflow.ana.xcom(run.dag, run.id, run.task)).toBe(104)
    expect(await endOf(world.stack, id)).toMatchObject({ outcome: 'enforced', executor: 'caller' })
    expect(await raised(run)).toBe(1)
    expect(await changesOf(run)).toHaveLength(1)
  })

  row('a function that fails under its grant: the retry works under the same approval, the last failure withdraws it', async () => {
    const run = await gate(111, 112, { rows: 9 })
    await run.reach('failed', 2)
    const id = await run.change()
    expect(await endOf(world.stack, id)).toMatchObject({ outcome: 'failed', code: 'CLYRA_GRANT_WITHDRAWN', attempt: 1 })
    expect(await world.airflow.ana.log(run.dag, run.id, run.task, 1)).toContain('stays open for the time of its grant')
    expect(await raised(run)).toBe(0)
    expect(await changesOf(run)).toHaveLength(1)
  })

  row('its process killed -9 in the middle of its work: the retry does it, once', async () => {
    const lock = await locked('select from shop.products where product_id = 113 for update')
    const run = await gate(113, 114)
    await untilSeen('the job at its work', () => works(113))
    const { pid } = await run.look()
    process.kill(pid as number, 'SIGKILL')
    await untilSeen('the end of its session', async () => !(await works(113)))
    await lock.release()
    await run.reach('success', 2)
    const id = await run.change()
    expect(await endOf(world.stack, id)).toMatchObject({ outcome: 'enforced', attempt: 1 })
    expect(await raised(run)).toBe(1)
    expect(await changesOf(run)).toHaveLength(1)
  })

  row('a function on a target in review: held up by nobody', async () => {
    const run = await gate(115, 116, { target: 'shop_staging' })
    await run.reach('success')
    expect(await endOf(world.stack, await run.change())).toMatchObject({ outcome: 'observed', mode: 'review' })
    expect(await raised(run)).toBe(1)
  })

  row('marked failed in the middle of its work: the grant is withdrawn, nothing is applied', async () => {
    const lock = await locked('select from shop.products where product_id = 105 for update')
    const run = await gate(105, 106)
    await untilSeen('the job at its work', () => works(105))
    const id = await run.change()
    await run.mark('failed')
    expect(await endOf(world.stack, id)).toMatchObject({ outcome: 'failed', code: 'CLYRA_GRANT_WITHDRAWN' })
    await lock.release()
    expect(await raised(run)).toBe(0)
    expect(await changesOf(run)).toHaveLength(1)
    expect(await run.look()).toMatchObject({ state: 'failed', try_number: 1 })
  })
}

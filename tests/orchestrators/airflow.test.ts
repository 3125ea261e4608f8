// Each event of an orchestrator's life (who asks is the real Airflow, who answers the real stack): one change, never two, and its
// effect exactly once. The first rows run beside each other; then parts are killed, one after the other.
import { afterAll, beforeAll, describe } from '@jest/globals'
import { isAirflowInstalled } from '../../cli/quickstart/airflow/launch.ts'
import { startTestAirflow } from '../support/airflow.ts'
import { enroll, startTestStack } from '../support/stack.ts'
import { clyraRows } from './airflow/clyra-parts.ts'
import { decisionRows } from './airflow/decided.ts'
import { grantRows } from './airflow/granted.ts'
import { killRows } from './airflow/killed.ts'
import { pageRows } from './airflow/page.ts'
import { keptRows, partRows } from './airflow/parts.ts'
import { playAll, startAnew, world } from './airflow/world.ts'

const describeAirflow = isAirflowInstalled() ? describe : describe.skip

describeAirflow(isAirflowInstalled() ? 'Airflow' : 'Airflow (not installed: make python)', () => {
  beforeAll(async () => {
    const stack = await startTestStack()
    world.stack = stack
    for (const person of ['ben', 'carl']) await enroll(stack, person)
    await startAnew()
    await stack.story.warehouse('create table public.prices as select product_id, price_cents from shop.products')
    world.airflow = await startTestAirflow(stack)
    playAll(5)
  }, 120_000)

  afterAll(async () => {
    await world.airflow?.stop()
    await world.stack?.stop()
  }, 60_000)

  decisionRows()
  killRows()
  grantRows()
  pageRows()
  partRows()
  clyraRows()
  keptRows()
})

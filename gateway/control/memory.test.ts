// A gateway lives for months: what it keeps must not grow with what it has served.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestGateway, type TestGateway } from './testing/gateway.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let gateway: TestGateway
let ana: string
let sites = 0

beforeAll(async () => {
  gateway = await startTestGateway()
  ana = await gateway.token(['requester'], { actor: 'ana', person: 'ana@shop.example' })
})
afterAll(() => gateway.stop())

async function serve(): Promise<void> {
  sites += 1
  const headers = { authorization: `Bearer ${ana}`, 'idempotency-key': `memory-${sites}` }
  const payload = { kind: 'sql', target: 'shop', statements: [`UPDATE shop.orders SET x = ${sites} WHERE y = 1`] }
  const submitted = await gateway.app.inject({ method: 'POST', url: '/v1/changes', headers, payload })
  const { change_id } = submitted.json<{ change_id: string }>()
  await gateway.app.inject({ method: 'GET', url: `/v1/changes/${change_id}`, headers })
  await gateway.ledger.changes.wait(change_id, 0, 1)
}

// MiB that are still reachable after so many changes, without what the test itself remembers.
async function heldAfter(changes: number): Promise<number> {
  for (let served = 0; served < changes; served += 8) await Promise.all(Array.from({ length: 8 }, serve))
  gateway.logged.length = 0
  gateway.workflows.started.clear()
  collect()
  collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}

test('nothing is held of the changes that were served', async () => {
  let held = await heldAfter(160)
  const growth: number[] = []
  for (let batch = 0; batch < 6; batch += 1) {
    const now = await heldAfter(240)
    growth.push(now - held)
    held = now
  }
  // 440 bytes kept of each would be that much in every batch; what the engine itself keeps comes and goes.
  expect(Math.min(...growth)).toBeLessThan(0.1)
}, 120_000)

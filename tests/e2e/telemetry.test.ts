// The times of one approved change on real parts, as a collector gets them from worker and gateway.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Collector, startCollector } from '../support/collector.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'

let collector: Collector
let stack: TestStack | null = null

beforeAll(async () => {
  collector = await startCollector()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url
  stack = await startTestStack()
}, 60_000)

afterAll(async () => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT
  await stack?.stop()
  await collector?.stop()
}, 60_000)

const stop = async (): Promise<void> => {
  const running = stack
  stack = null
  await running?.stop()
}

test('leave each stage once, sent before the parts end; enforcement waits for nobody who looks from time to time', async () => {
  const { story, key } = stack as TestStack
  await enroll(stack as TestStack, 'ben')
  const statements = [`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > 1000`]
  const reason = 'a reason that goes nowhere'
  const waiting = await story.ask({ kind: 'sql', target: 'shop', statements, reason, source: 'e2e-times' }, 'verdict')
  const asked = performance.now()
  expect(await story.clyra('approve', waiting.change_id, '--key-file', key('ben.pem'), '--yes')).toBe(0)
  expect((await story.follow(waiting, 'end')).outcome).toBe('enforced')
  const took = (performance.now() - asked) / 1000
  await stop()

  const points = collector.points()
  const found = points.map(({ service, labels, count }) => [service, labels.stage, labels.outcome, count])
  expect(found.sort()).toEqual([
    ['clyra-gateway', 'deliver', 'counted', 1],
    ['clyra-worker', 'check', 'counted', 1],
    ['clyra-worker', 'record', 'counted', 1],
    ['clyra-worker', 'release', 'begun', 1],
    ['clyra-worker', 'wait', 'counted', 1],
  ])
  const seconds = (stage: string) => points.find(({ labels }) => labels.stage === stage)?.sum ?? Number.NaN
  expect(seconds('check') + seconds('record')).toBeLessThan(seconds('deliver'))
  expect(seconds('deliver')).toBeLessThan(took)
  expect(seconds('release')).toBeLessThan(took)
  // The sweeper would come by every 15 seconds.
  expect(seconds('release')).toBeLessThan(5)
  const sent = collector.sent.join('\n')
  for (const private_ of [waiting.change_id, 'shop', 'default', reason]) expect(sent).not.toContain(private_)
}, 120_000)

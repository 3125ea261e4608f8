// What a collector really gets, over HTTP.
import { afterEach, expect, test } from '@jest/globals'
import { type Collector, startCollector } from '../tests/support/collector.ts'
import { secondsBetween, startTelemetry } from './telemetry.ts'

const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'] as const
let collector: Collector | null = null
const warned: string[] = []
const log = { warn: (_fields: object, message: string) => void warned.push(message) } as Parameters<typeof startTelemetry>[2]

async function collecting(status?: number): Promise<Collector> {
  collector = await startCollector(status)
  return collector
}

afterEach(async () => {
  for (const name of endpoints) delete process.env[name]
  warned.length = 0
  await collector?.stop()
  collector = null
})

test.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', ''],
  ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', '/v1/metrics'],
])('what was noted is sent at the close, where %s says', async (name, path) => {
  const { url, points } = await collecting()
  process.env[name] = `${url}${path}`
  const { decision, close } = startTelemetry('worker', '1.2.3', log)
  decision('check', 'counted', 0.004)
  decision('check', 'counted', 0.006)
  decision('wait', 'refused', 3600)
  await close()
  const common = { service: 'clyra-worker', metric: 'clyra.decision.duration', unit: 's' }
  expect(points()).toMatchObject([
    { ...common, labels: { stage: 'check', outcome: 'counted' }, count: 2, sum: 0.01 },
    { ...common, labels: { stage: 'wait', outcome: 'refused' }, count: 1, sum: 3600 },
  ])
  const [{ bounds } = { bounds: [] }] = points()
  expect([bounds[0], bounds.at(-1)]).toEqual([0.001, 172_800])
  expect(warned).toEqual([])
})

test('two processes of one part have series of their own', async () => {
  const { url, sent } = await collecting()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url
  const parts = [startTelemetry('gateway', '1.2.3', log), startTelemetry('gateway', '1.2.3', log)]
  for (const { decision, close } of parts) {
    decision('deliver', 'counted', 0.1)
    await close()
  }
  const instances = sent.map((body) => body.match(/"service\.instance\.id","value":\{"stringValue":"([^"]+)"/)?.[1])
  expect(new Set(instances).size).toBe(2)
  expect(instances).not.toContain(undefined)
})

test('where nothing is configured nothing is sent', async () => {
  const { sent } = await collecting()
  const { decision, close } = startTelemetry('worker', '1.2.3', log)
  decision('check', 'counted', 0.004)
  await close()
  expect(sent).toEqual([])
})

test('a collector that refuses is told of in the log, without its address, and nothing fails', async () => {
  const { url } = await collecting(400)
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url.replace('http://', 'http://user:secret@')
  const { decision, close } = startTelemetry('worker', '1.2.3', log)
  decision('check', 'counted', 0.004)
  await close()
  expect(warned).toEqual(['telemetry was not taken'])
})

test('a collector that is away holds up the close for some seconds at most', async () => {
  const { url, stop } = await startCollector()
  await stop()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url
  const { decision, close } = startTelemetry('worker', '1.2.3', log)
  decision('check', 'counted', 0.004)
  await close()
  expect(warned).toEqual(['telemetry was not taken'])
}, 8000)

test('seconds between two times of the store', () => {
  expect(secondsBetween('2026-01-05T09:00:00.000Z', '2026-01-05T09:00:01.250Z')).toBe(1.25)
})

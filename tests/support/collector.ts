// A collector of OpenTelemetry metrics: takes OTLP over HTTP as JSON (opentelemetry-proto, metrics/v1) and keeps what it was sent.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A histogram's point as it was last sent. */
export interface Point {
  service: string
  metric: string
  unit: string
  labels: Record<string, string>
  count: number
  /** Seconds. */
  sum: number
  bounds: number[]
}

export interface Collector {
  url: string
  /** Every series' last point: sums are cumulative. */
  points(): Point[]
  /** All that was ever sent, as it came. */
  sent: string[]
  stop(): Promise<void>
}

interface Attribute {
  key: string
  value: { stringValue: string }
}
interface Exported {
  resourceMetrics: {
    resource: { attributes: Attribute[] }
    scopeMetrics: { metrics: { name: string; unit: string; histogram: { dataPoints: DataPoint[] } }[] }[]
  }[]
}
interface DataPoint {
  attributes: Attribute[]
  count: string | number
  sum: number
  explicitBounds: number[]
}

/** Answers every request with `status`; what is not sent to /v1/metrics as JSON is a 404. */
export async function startCollector(status = 200): Promise<Collector> {
  const sent: string[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const right = request.method === 'POST' && request.url === '/v1/metrics' && request.headers['content-type'] === 'application/json'
    if (right) sent.push(body)
    response.writeHead(right ? status : 404, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    points: () => [
      ...new Map(sent.flatMap(pointsOf).map((point) => [JSON.stringify([point.service, point.metric, point.labels]), point])).values(),
    ],
    sent,
    stop: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  }
}

const pointsOf = (body: string): Point[] =>
  (JSON.parse(body) as Exported).resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, unit, histogram }) =>
        histogram.dataPoints.map(({ attributes, count, sum, explicitBounds }) => ({
          service: labelsOf(resource.attributes)['service.name'] ?? '',
          metric: name,
          unit,
          labels: labelsOf(attributes),
          count: Number(count),
          sum,
          bounds: explicitBounds,
        })),
      ),
    ),
  )

const labelsOf = (attributes: Attribute[]): Record<string, string> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]))

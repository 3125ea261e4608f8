// How long each stage of a decision took, as OpenTelemetry metrics. Labels come from the lists below and nowhere else: no person, no
// change, no tenant, no text.
import { randomUUID } from 'node:crypto'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { readEnvironment } from './config.ts'
import type { Log } from './log.ts'

/** The stages of a decision, with what each may come to. docs/operations.md says from where to where each is measured. */
export interface DecisionStages {
  deliver: 'counted' | 'refused' | 'duplicate' | 'failed'
  check: 'counted' | 'refused'
  record: 'counted' | 'refused'
  wait: 'counted' | 'refused'
  release: 'begun'
}

/** Notes how long one stage took. Never throws. */
export type DecisionTimes = <S extends keyof DecisionStages>(stage: S, outcome: DecisionStages[S], seconds: number) => void

export interface Telemetry {
  decision: DecisionTimes
  /** Sends what was not sent yet. Never rejects; takes some seconds at most when nobody answers. */
  close(): Promise<void>
}

// A gateway and a store that are near take milliseconds; people take hours.
const boundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 1800, 7200, 43_200, 172_800]
const sendWithinMs = 4000

/**
 * Sends the metrics of one part (`worker`, `gateway`) by OTLP over HTTP to where OTEL_EXPORTER_OTLP_ENDPOINT or
 * OTEL_EXPORTER_OTLP_METRICS_ENDPOINT says; does nothing where neither is set. Headers and certificates are the exporter's own
 * (OTEL_EXPORTER_OTLP_…). A collector that takes nothing is told of in the log, and holds up nothing.
 */
export function startTelemetry(part: string, version: string, log: Pick<Log, 'warn'>): Telemetry {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT } = readEnvironment()
  if ((OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? OTEL_EXPORTER_OTLP_ENDPOINT) === undefined)
    return { decision: () => undefined, close: async () => undefined }
  // What OpenTelemetry says of an error may hold the collector's address with a password in it.
  const told = () => log.warn({}, 'telemetry was not taken')
  const nothing = () => undefined
  const logger = { error: told, warn: nothing, info: nothing, debug: nothing, verbose: nothing }
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true })
  const provider = new MeterProvider({
    // Two gateways count apart: sums of theirs that had one name would overwrite each other.
    resource: resourceFromAttributes({
      'service.name': `clyra-${part}`,
      'service.version': version,
      'service.instance.id': randomUUID(),
    }),
    readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter({ timeoutMillis: sendWithinMs }) })],
  })
  const duration = provider.getMeter('clyra', version).createHistogram('clyra.decision.duration', {
    unit: 's',
    description: 'How long one stage of a decision took',
    advice: { explicitBucketBoundaries: boundaries },
  })
  return {
    decision: (stage, outcome, seconds) => duration.record(Math.max(0, seconds), { stage, outcome }),
    close: () => provider.shutdown(),
  }
}

/** Seconds between two times of the store's clock. */
export const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000

/** Seconds since now, by this process's own clock. */
export function stopwatch(): () => number {
  const began = performance.now()
  return () => (performance.now() - began) / 1000
}

// The page of results: tables of figures, goals beside them.
import type { Cost } from '../tests/support/cost.ts'
import type { CertificateCost } from './certificate.ts'
import type { Moments, Segments } from './moments.ts'
import type { Profile } from './profile.ts'
import { loads, type Rates } from './receipts.ts'
import type { Name, Round, Rounds } from './runs.ts'
import type { Flow } from './side.ts'
import type { Look } from './snapshots.ts'
import { compare, median, percentile, shown, spread } from './stats.ts'

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const flows: readonly Flow[] = ['allow', 'approve']
const goals = { latency: 1.5, throughput: 0.6, certificate: 1.5 }

/** Latency and throughput of both sides, with their ratios and goals. */
export function changesTable(rounds: Rounds): string {
  const rows = flows.flatMap((flow) => {
    const row = (name: string, figure: (round: Round) => number, goal: string, met: (ratio: number) => boolean) => {
      const { ours, theirs, ratio } = compare(rounds[flow].governed.map(figure), rounds[flow].noop.map(figure))
      return [flow, name, shown(ours), shown(theirs), shown(ratio), `${goal}: ${met(ratio.median) ? 'met' : 'missed'}`]
    }
    const latency = (p: number) => (round: Round) => percentile(round.totals, p)
    const slower = (ratio: number) => ratio <= goals.latency
    return [
      row('latency p50, ms', latency(0.5), `≤ ${goals.latency}`, slower),
      row('latency p95, ms', latency(0.95), `≤ ${goals.latency}`, slower),
      row(
        'throughput at 8, runs/s',
        ({ throughput }) => throughput,
        `≥ ${goals.throughput}`,
        (ratio) => ratio >= goals.throughput,
      ),
    ]
  })
  return table(['flow', 'figure', 'governed', 'no-op', 'ratio', 'goal'], rows)
}

/** Request → verdict and decision → start of enforcement. */
export function momentsTable(rounds: Rounds): string {
  const row = (title: string, flow: Flow, of: (moments: Moments) => number) => {
    const figures = (name: Name, p: number) => rounds[flow][name].map(({ moments }) => percentile(moments.map(of), p))
    const cells = ([0.5, 0.95] as const).flatMap((p) => {
      const { ours, theirs } = compare(figures('governed', p), figures('noop', p))
      return [shown(ours), shown(theirs)]
    })
    return [title, ...cells]
  }
  return table(
    ['ms', 'governed p50', 'no-op p50', 'governed p95', 'no-op p95'],
    [
      row('request → verdict (allow)', 'allow', ({ verdict }) => verdict),
      row('request → verdict (approve)', 'approve', ({ verdict }) => verdict),
      row('decision → start of enforcement', 'approve', ({ enforcement }) => enforcement ?? Number.NaN),
    ],
  )
}

/** Median milliseconds of each segment of a run, and what the governed side adds. */
export function profileTable(rounds: Rounds, flow: Flow): string {
  const typical = (name: Name): Segments => {
    const all = rounds[flow][name].flatMap(({ moments }) => moments.map(({ segments }) => segments))
    return Object.fromEntries(Object.keys(all[0] ?? {}).map((key) => [key, median(all.map((segments) => segments[key] ?? 0))]))
  }
  const [ours, theirs] = [typical('governed'), typical('noop')]
  const rows = Object.entries(ours).map(([key, value]) => {
    const other = theirs[key] ?? 0
    return [key, value.toFixed(1), other.toFixed(1), (value - other).toFixed(1)]
  })
  return table([`${flow}: segment`, 'governed ms', 'no-op ms', 'added'], rows)
}

/** Segments of an allowed change with the databases' share, and the warehouse's round trips in their order. */
export function tripsTables({ parts, steps }: Profile): string {
  const rows = parts.map(({ segment, ms, store, warehouse }) => [
    segment,
    ms.toFixed(1),
    `${store.trips}: ${store.ms.toFixed(1)}`,
    `${warehouse.trips}: ${warehouse.ms.toFixed(1)}`,
    (ms - store.ms - warehouse.ms).toFixed(1),
  ])
  const begins = (text: string) => text.replace(/[\s|]+/g, ' ').slice(0, 70)
  return [
    table(['allow: segment', 'ms', 'store, trips: ms', 'warehouse, trips: ms', 'rest, ms'], rows),
    table(
      ['warehouse: statement', 'ms'],
      steps.map(({ text, ms }) => [`\`${begins(text)}\``, ms.toFixed(2)]),
    ),
  ].join('\n\n')
}

/** What one change counts. */
export function countsTable(costs: Record<Flow, Cost>): string {
  const rows = flows.map((flow) => {
    const { history, store, warehouse } = costs[flow]
    return [flow, history.workflowTasks, history.events, history.activities, history.upserts, store.total, warehouse.total].map(String)
  })
  const head = ['flow', 'workflow tasks', 'events', 'activities', 'upserts', 'store round trips', 'warehouse round trips']
  return table(head, rows)
}

/** Which statements the store's round trips are. */
export function statementsTable(costs: Record<Flow, Cost>): string {
  const names = [...new Set(flows.flatMap((flow) => Object.keys(costs[flow].store.byStatement)))]
  const count = (name: string, flow: Flow) => costs[flow].store.byStatement[name] ?? 0
  const rows = names.sort((a, b) => count(b, 'approve') - count(a, 'approve') || (a < b ? -1 : 1))
  return table(
    ['statement', ...flows],
    rows.map((name) => [name, ...flows.map((flow) => String(count(name, flow)))]),
  )
}

/** Receipts per second against bare inserts. */
export function receiptsTable(rates: Rates[][]): string {
  const rows = loads.map(({ streams, callers }, index) => {
    const rounds = rates[index] ?? []
    const { ours, theirs, ratio } = compare(
      rounds.map(({ receipts }) => receipts),
      rounds.map(({ inserts }) => inserts),
    )
    return [String(callers), String(streams), shown(ours), shown(theirs), shown(ratio)]
  })
  return table(['callers', 'streams', 'receipts/s', 'bare INSERT … COMMIT/s', 'ratio'], rows)
}

/** Verifying a certificate beside the bare signature checks in it. */
export function certificatesTable(costs: readonly CertificateCost[]): string {
  const rows = costs.map(({ grade, quorum, signatures, full, bare }) => {
    const { ours, theirs, ratio } = compare(full, bare)
    const goal = `≤ ${goals.certificate}: ${ratio.median <= goals.certificate ? 'met' : 'missed'}`
    return [grade, String(quorum), String(signatures), shown(ours), shown(theirs), shown(ratio), goal]
  })
  return table(['grade', 'approvals', 'signatures', 'certificate, µs', 'bare signatures, µs', 'ratio', 'goal'], rows)
}

/** Snapshot and anchor in round trips and milliseconds. */
export function looksTable(looks: Look[]): string {
  const rows = looks.map(({ relations, roundTrips, rounds }) => [
    String(relations),
    String(roundTrips),
    shown(spread(rounds.map(({ look }) => look))),
    shown(spread(rounds.map(({ bare }) => bare))),
  ])
  return table(['relations', 'round trips', 'snapshot and anchor, ms', 'as many `select 1`, ms'], rows)
}

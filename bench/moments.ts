// Where a run spends its time, read from the moments its history keeps.
import type { Client } from '@temporalio/client'
import type { Ran } from './side.ts'

/** Milliseconds from one named moment to the next, in the order they happen. */
export type Segments = Record<string, number>

/** `verdict` and `enforcement` count from the caller's clock, which is this machine's. */
export interface Moments {
  segments: Segments
  /** Request sent → policy stage done. */
  verdict: number
  /** Decision sent → enforcement begins; null without a gate. */
  enforcement: number | null
}

interface Event {
  eventId?: { toString(): string } | null
  eventTime?: { seconds?: { toString(): string } | null; nanos?: number | null } | null
  activityTaskScheduledEventAttributes?: { activityType?: { name?: string | null } | null } | null
  activityTaskStartedEventAttributes?: { scheduledEventId?: { toString(): string } | null } | null
  activityTaskCompletedEventAttributes?: { scheduledEventId?: { toString(): string } | null } | null
}

const millis = ({ eventTime }: Event): number => Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6

/** The moments of a run that ended. */
export async function momentsOf(client: Client, ran: Ran): Promise<Moments> {
  const { events = [] } = await client.workflow.getHandle(ran.workflowId).fetchHistory()
  const stages = new Map<string, { name: string; from: number; to: number }>()
  for (const event of (events ?? []) as Event[]) {
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name
    if (name) stages.set(String(event.eventId), { name, from: millis(event), to: Number.NaN })
    const done = stages.get(String(event.activityTaskCompletedEventAttributes?.scheduledEventId))
    if (done) done.to = millis(event)
  }
  const first = millis((events?.[0] ?? {}) as Event)
  const last = millis((events?.at(-1) ?? {}) as Event)
  const segments: Segments = { 'request → run started': first - ran.requestedAt }
  let at = first
  for (const { name, from, to } of stages.values()) {
    segments[`→ ${name} scheduled`] = from - at
    segments[name] = to - from
    at = to
  }
  segments['→ run closed'] = last - at
  const stage = (wanted: string) => [...stages.values()].find(({ name }) => name === wanted)
  const enforce = stage('enforce')?.from ?? Number.NaN
  return {
    segments,
    verdict: (stage('policy')?.to ?? Number.NaN) - ran.requestedAt,
    enforcement: ran.decidedAt === null ? null : enforce - ran.decidedAt,
  }
}

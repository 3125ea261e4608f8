// What a workflow's history counts: the budget of docs/ARCHITECTURE.md is asserted on these numbers.
import { findTemporal } from '../../runtime/parts/temporal.ts'
import { checkout, runProgram } from './stack.ts'

export interface History {
  text: string
  events: number
  workflowTasks: number
  activities: number
  upserts: number
}

/** The history of a run, as Temporal's own CLI prints it. */
export async function historyOf(address: string, workflowId: string): Promise<History> {
  const { code, out } = await runProgram(findTemporal(checkout) as string, [
    'workflow',
    'show',
    '--address',
    address,
    '-w',
    workflowId,
    '--output',
    'json',
  ])
  if (code !== 0) throw new Error(`expected a history of ${workflowId}, found exit code ${code}`)
  const { events } = JSON.parse(out) as { events: { eventType: string }[] }
  const count = (type: string) => events.filter(({ eventType }) => eventType === type).length
  return {
    text: out,
    events: events.length,
    workflowTasks: count('EVENT_TYPE_WORKFLOW_TASK_COMPLETED'),
    activities: count('EVENT_TYPE_ACTIVITY_TASK_SCHEDULED'),
    upserts: count('EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES'),
  }
}

/** A history to be kept: who recorded it, and where, is nobody's business. */
export const impersonal = (text: string): string => `${JSON.stringify(JSON.parse(text, nobody))}\n`

function nobody(key: string, value: unknown): unknown {
  if (key === 'identity') return 'worker'
  if (key === 'stackTrace') return ''
  return typeof value === 'string' ? value.replace(/^\d+@[\w.-]+/, 'worker') : value
}

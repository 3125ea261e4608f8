// One side of a comparison: runs a change to its end and says how long it took.
import { setTimeout as pause } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { type ChangeState, messages } from '../core/messages.ts'

export interface Ran {
  workflowId: string
  /** Milliseconds from the request to the end; the approver's own time (noticing, reading, signing) is left out. */
  total: number
  /** Wall clock when the request was sent, and the decision; null without a gate. */
  requestedAt: number
  decidedAt: number | null
}

export interface Side {
  allow(): Promise<Ran>
  approve(): Promise<Ran>
}

export type Flow = keyof Side

// Both sides are asked at the same pace, so that the asking costs them the same.
const paceMs = 10

/** Resolves when the gate of a run is open, and the run waits at it. */
export async function untilOpen(handle: WorkflowHandle): Promise<void> {
  while ((await handle.query<ChangeState>(messages.getState)).state !== 'AWAITING_APPROVAL') await pause(paceMs)
}

/** Times a run: `request` starts it, `decide` (where there is a gate) sends the decision that `prepare` made. */
export async function timed<T>(
  request: () => Promise<WorkflowHandle>,
  gate: { prepare(handle: WorkflowHandle): Promise<T>; decide(handle: WorkflowHandle, decision: T): Promise<unknown> } | null,
  ended: (handle: WorkflowHandle) => Promise<unknown>,
): Promise<Ran> {
  const requestedAt = Date.now()
  const began = performance.now()
  const handle = await request()
  let asking = performance.now() - began
  let last = began
  let decidedAt: number | null = null
  if (gate !== null) {
    await untilOpen(handle)
    asking = performance.now() - began
    const decision = await gate.prepare(handle)
    decidedAt = Date.now()
    last = performance.now()
    await gate.decide(handle, decision)
  } else asking = 0
  await ended(handle)
  return { workflowId: handle.workflowId, total: asking + performance.now() - last, requestedAt, decidedAt }
}

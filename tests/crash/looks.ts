// What can be seen of a change from outside: in the store, the warehouse, the evidence folder and the history.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { type Client, WorkflowFailedError } from '@temporalio/client'
import pg from 'pg'
import { verifiers } from '../../cli/quickstart/check.ts'
import { workflowId } from '../../core/messages.ts'
import { storeUrl } from '../support/locks.ts'
import type { TestStack } from '../support/stack.ts'
import type { Point } from './points.ts'

/** Rows of the store, as its owner sees it. */
export async function rows<T extends pg.QueryResultRow>(stack: TestStack, sql: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: storeUrl(stack) })
  await client.connect()
  try {
    return (await client.query<T>(sql, values)).rows
  } finally {
    await client.end()
  }
}

/** Kinds of the receipts of a change, in order. */
export const kinds = async (stack: TestStack, id: string): Promise<string[]> =>
  (await rows<{ kind: string }>(stack, 'select kind from clyra.receipts where stream = $1 order by seq', [`change/${id}`])).map(
    ({ kind }) => kind,
  )

export const seals = async (stack: TestStack, id: string): Promise<number> =>
  (await rows(stack, `select from clyra.receipts where stream = 'ledger/default' and key = $1`, [`bundle:${id}:1`])).length

export const guardRows = async ({ story }: TestStack, id: string): Promise<string[]> =>
  (await story.warehouse<{ state: string }>('select state from clyra_guard.attempts where change_id = $1', [id])).map(({ state }) => state)

const files = ({ home }: TestStack, folder: string, id: string): string[] => {
  const dir = join(home, '.clyra', folder)
  return existsSync(dir) ? readdirSync(dir).filter((name) => name.startsWith(id)) : []
}

/** Stages of a run that Temporal waits for: those that run as activities of their own. */
export async function waitingFor(client: Client, id: string): Promise<string[]> {
  const { raw } = await client.workflow.getHandle(workflowId('default', id)).describe()
  return (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name ?? '')
}

const localStages = ['listen', 'record', 'approval']

/** Asserts that the change stands where the point says. */
export async function expectToStand(stack: TestStack, client: Client, id: string, point: Point): Promise<void> {
  const { stage, last, evidence, applied } = point
  const title = `${stage}: ${point.where}`
  expect([title, (await kinds(stack, id)).at(-1) ?? null]).toEqual([title, last])
  expect([title, await waitingFor(client, id)]).toEqual([title, localStages.includes(stage) ? [] : [stage]])
  expect([title, files(stack, 'evidence', id).length, await seals(stack, id)]).toEqual([
    title,
    evidence ? 1 : 0,
    evidence === 'sealed' ? 1 : 0,
  ])
  const later = ['record', 'bundle', 'attest', 'ticket'].includes(stage) && point.change !== 'denied'
  expect([title, await guardRows(stack, id)]).toEqual([title, applied || later ? ['applied'] : []])
}

const observed = ['anchor', 'anchor', 'snapshot', 'snapshot', 'delta']
const end = ['recorded', 'attestation', 'ticket']
const path = {
  enforced: ['change', 'verdict', 'attempt', 'outcome', ...observed, ...end],
  large: ['change', 'verdict', 'decision', 'approval_certificate', 'attempt', 'outcome', ...observed, ...end],
  failed: ['change', 'verdict', 'attempt', 'outcome', ...end],
  denied: ['change', 'verdict', 'outcome', ...end],
} as const
const guarded: Record<string, string[]> = { enforced: ['applied'], failed: ['void'] }

/** How the run ended, once it has. */
export async function outcomeOf(stack: TestStack, client: Client, id: string): Promise<string | undefined> {
  const handle = client.workflow.getHandle(workflowId('default', id))
  const closed = await handle.result().then(
    () => 'COMPLETED',
    (error: unknown) => (error instanceof WorkflowFailedError ? 'FAILED' : Promise.reject(error)),
  )
  const [row] = await rows<{ outcome: string }>(stack, 'select outcome from clyra.changes where change_id = $1', [id])
  // What failed may be asked for again.
  expect([row?.outcome, closed]).toEqual([row?.outcome, row?.outcome === 'failed' ? 'FAILED' : 'COMPLETED'])
  return row?.outcome
}

/** Asserts that an ended change is as it would be without a crash: every receipt once, one seal, one ticket, nothing left over. */
export async function expectWhole(stack: TestStack, id: string, outcome: 'enforced' | 'failed' | 'denied', large: boolean): Promise<void> {
  const expected = path[large ? 'large' : outcome]
  expect(await kinds(stack, id)).toEqual(expected)
  const [head] = await rows<{ size: string; gaps: string; evidence_file: string; state: string; payloads: string }>(
    stack,
    `select h.size, (select count(*) from generate_series(0, h.size - 1) n where not exists (
         select from clyra.receipts r where r.stream = h.stream and r.seq = n)) as gaps, c.evidence_file, c.state,
       (select count(*) from clyra.payloads p where p.digest = c.payload_digest and p.sealed is not null) as payloads
     from clyra.changes c join clyra.heads h on h.stream = 'change/' || c.change_id where c.change_id = $1`,
    [id],
  )
  expect(head).toMatchObject({ size: String(expected.length), gaps: '0', state: 'CLOSED', payloads: '0' })
  expect(await seals(stack, id)).toBe(1)
  expect(files(stack, 'evidence', id)).toEqual([head?.evidence_file])
  expect(files(stack, 'tickets', id).sort()).toEqual(['csv', 'json', 'md'].map((end) => `${id}-1.${end}`))
  expect(await guardRows(stack, id)).toEqual(guarded[outcome] ?? [])
  for (const { name, verify } of verifiers())
    expect([name, verify(join(stack.home, '.clyra/evidence', head?.evidence_file ?? '')).verdict]).toEqual([name, 'valid'])
}

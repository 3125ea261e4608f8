// Whoever starts workflows can name any change in their input: no stage does anything for another tenant or for another workflow.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import pg from 'pg'
import { resolveWorkflowId, workflowId } from '../core/messages.ts'
import { changeStream } from '../core/receipts.ts'
import type { RunRef, StageActivities } from '../core/stages.ts'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import { cancelledEntries, changeIdOf, newChange } from '../tests/support/ledger-bodies.ts'
import { createActivities, type Deps } from './index.ts'

const id = changeIdOf(1)
const own: RunRef = { tenant: 'acme', change_id: id, attempt: 1 }
const foreign: RunRef = { ...own, tenant: 'other' }
const message = { id: 'a'.repeat(64), envelope: 'rubbish', delivered_by: { actor: 'eve', person: null } }
const stages = ['listen', 'policy', 'checkDecision', 'enforce', 'observe', 'record', 'bundle', 'attest', 'ticket', 'resolve'] as const
const more: Partial<Record<keyof StageActivities, unknown>> = { checkDecision: message, record: 'cancel', observe: false }

let store: TestLedger
let activities: StageActivities
const touched: string[] = []

// Every way out leaves a mark.
const marking = (part: string) =>
  new Proxy({}, { get: (_target, name) => () => Promise.reject(new Error(`touched ${touched.push(`${part}.${String(name)}`)}`)) })

beforeAll(async () => {
  store = await startTestLedger()
  await store.ledger.changes.register(newChange(id))
  await store.ledger.log.append(changeStream(id), cancelledEntries(id))
  const deps = {
    ledger: store.ledger,
    targets: { shop: { warehouse: marking('warehouse') } },
    evidence: marking('evidence'),
    ticketer: marking('ticketer'),
    signer: marking('signer'),
    times: marking('times'),
    log: new DefaultLogger('ERROR'),
  }
  activities = createActivities(deps as unknown as Deps)
})
afterAll(() => store.stop())

function call(stage: keyof StageActivities, run: RunRef, workflow: string): Promise<string> {
  const environment = new MockActivityEnvironment(
    { workflowExecution: { workflowId: workflow, runId: 'run-x' } },
    { logger: new DefaultLogger('ERROR') },
  )
  const activity = activities[stage] as (...args: unknown[]) => Promise<unknown>
  return environment.run(activity, run, more[stage]).then(
    () => 'nothing refused',
    (error: { type?: string; nonRetryable?: boolean }) => `${error.type} ${error.nonRetryable ? 'for good' : 'for now'}`,
  ) as Promise<string>
}

async function everything(): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: store.adminUrl })
  await client.connect()
  try {
    const rows = []
    for (const table of ['receipts', 'changes', 'blobs', 'payloads', 'effects', 'single_use'])
      rows.push((await client.query(`select to_jsonb(t)::text as row from clyra.${table} t order by 1`)).rows)
    return rows
  } finally {
    await client.end()
  }
}

test('every stage is asked here', () => {
  expect(Object.keys(activities).sort()).toEqual([...stages].sort())
})

describe.each(stages)('%s', (stage) => {
  test('does nothing to the change of another tenant', async () => {
    const before = await everything()
    const workflow = stage === 'resolve' ? resolveWorkflowId('other', id) : workflowId('other', id)
    expect(await call(stage, foreign, workflow)).toBe('CLYRA_API_NOT_FOUND for good')
    expect([await everything(), touched]).toEqual([before, []])
  })

  test.each([
    ['of any name', 'mine'],
    ['of another change', workflowId('acme', changeIdOf(2))],
    ['of another tenant', workflowId('other', id)],
    ['that is for another stage', stage === 'resolve' ? workflowId('acme', id) : resolveWorkflowId('acme', id)],
  ])('does nothing for a workflow %s', async (_what, workflow) => {
    const before = await everything()
    expect(await call(stage, own, workflow)).toBe('CLYRA_ENFORCE_NOT_AUTHORISED for good')
    expect([await everything(), touched]).toEqual([before, []])
  })

  test.each([null, {}, { ...own, tenant: { toString: 'x' } }, { ...own, change_id: 7 }])(
    'does nothing for an input like %j',
    async (input) => {
      expect(await call(stage, input as RunRef, workflowId('acme', id))).toBe('CLYRA_ENFORCE_NOT_AUTHORISED for good')
    },
  )

  test('does nothing for an attempt there is not', async () => {
    const before = await everything()
    const workflow = stage === 'resolve' ? resolveWorkflowId('acme', id) : workflowId('acme', id)
    expect(await call(stage, { ...own, attempt: 99 }, workflow)).toMatch(/^(CLYRA_[A-Z_]+ for good|nothing refused)$/)
    expect([await everything(), touched]).toEqual([before, []])
  })
})

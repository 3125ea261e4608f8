import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ClyraError } from '../../core/errors.ts'
import type { NewChange } from '../../ledger/types.ts'
import { sweep } from './sweep.ts'
import { askForApproval, close, digestOf, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

const change = (letter: string, tenant = 'default'): NewChange => ({
  change_id: `chg_${letter.repeat(26)}`,
  tenant,
  kind: 'sql',
  source: 'api',
  site_key_digest: digestOf('a'),
  revision: 1,
  target: 'shop',
  mode: 'gate',
  executor: 'clyra',
  role: 'dml',
  statements: 1,
  payload_digest: digestOf('b'),
  requester: { actor: 'ana', person: null },
  claimed_person: null,
  reason: 'a test',
})

test('each change without a run gets the run it needs, and every other is left alone', async () => {
  const { ledger, workflows } = gateway
  const fates = { a: 'unknown', b: 'running', c: 'ended', d: 'unknown', e: 'ended', f: 'ended' } as const
  for (const [letter, fate] of Object.entries(fates)) {
    const registered = change(letter, letter === 'c' ? 'other' : 'default')
    await ledger.changes.register(registered)
    if (letter !== 'a' && letter !== 'f') await askForApproval(ledger, registered.tenant, registered.change_id)
    if (fate !== 'unknown') workflows.fates.set(`${registered.change_id}:1`, fate)
  }
  await close(ledger, 'default', change('e').change_id, 'expired')
  await sweep({ ...gateway.deps })
  const started = [...workflows.started.values()].map(({ run, terminated = false }) => [run.tenant, run.change_id.at(-1), terminated])
  expect(started).toEqual([
    ['default', 'a', false],
    ['other', 'c', true],
    ['default', 'd', true],
    ['default', 'f', true],
  ])
})

test('a run that completed without closing its change is seen, and the change is sealed all the same', async () => {
  const { ledger, workflows, logged } = gateway
  await ledger.changes.register(change('g'))
  workflows.fates.set(`${change('g').change_id}:1`, 'completed')
  workflows.started.clear()
  await sweep({ ...gateway.deps })
  expect(workflows.started.get(`${change('g').change_id}:1`)).toMatchObject({ terminated: true, unsealed: true })
  expect(logged.filter((line) => line.includes('somebody else answered') && line.includes(change('g').change_id))).toHaveLength(1)
})

test('a second attempt is not sealed because the first one’s run has ended', async () => {
  const { ledger, workflows } = gateway
  await ledger.changes.register(change('e'))
  workflows.started.clear()
  await sweep({ ...gateway.deps })
  expect(workflows.started.get(`${change('e').change_id}:2`)).toMatchObject({ run: { attempt: 2 }, target: 'shop' })
  expect(workflows.started.get(`${change('e').change_id}:2`)).not.toHaveProperty('terminated')
})

test('no answer of Temporal is not read as an end', async () => {
  const { workflows } = gateway
  workflows.started.clear()
  workflows.failure = new ClyraError('CLYRA_API_BUSY', 'no answer')
  await sweep({ ...gateway.deps })
  workflows.failure = new ClyraError('CLYRA_API_UNREACHABLE', 'nobody there')
  await expect(sweep({ ...gateway.deps })).rejects.toThrow('nobody there')
  expect(workflows.started.size).toBe(0)
})

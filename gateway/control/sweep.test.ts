import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ClyraError } from '../../core/errors.ts'
import { changeStream, receiptKey } from '../../core/receipts.ts'
import type { NewChange } from '../../ledger/types.ts'
import { sha256Hex } from '../../runtime/digest.ts'
import { certificateBody, decisionBody } from '../../tests/support/approvals.ts'
import { newChange } from '../../tests/support/ledger-bodies.ts'
import { sweep } from './sweep.ts'
import { askForApproval, close, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

const change = (letter: string, tenant = 'default'): NewChange => ({
  ...newChange(`chg_${letter.repeat(26)}`, tenant),
  requester: { actor: 'ana', person: null },
  reason: 'a test',
})

test('each change without a run gets the run it needs, and every other is left alone', async () => {
  const { ledger, workflows } = gateway
  const fates = { a: 'unknown', k: 'unknown', b: 'running', c: 'ended', d: 'unknown', e: 'ended', f: 'ended' } as const
  for (const [letter, fate] of Object.entries(fates)) {
    const registered = change(letter, letter === 'c' ? 'other' : 'default')
    await ledger.changes.register({ ...registered, mode: letter === 'a' ? 'review' : 'gate' })
    if (letter !== 'a' && letter !== 'k' && letter !== 'f') await askForApproval(ledger, registered.tenant, registered.change_id)
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

test('what was asked for at a gate and never started is left to whoever asks again, for a minute; then it is sealed and not done', async () => {
  const { ledger, workflows, deps } = gateway
  const id = `${change('k').change_id}:1`
  workflows.started.clear()
  await sweep({ ...deps })
  expect(workflows.started.has(id)).toBe(false)
  const now = async () => new Date(Date.parse(await ledger.log.now()) + 60_000).toISOString()
  await sweep({ ...deps, ledger: { ...ledger, log: { ...ledger.log, now } } })
  expect(workflows.started.get(id)).toMatchObject({ terminated: true, unsealed: true })
})

test('a second attempt is not sealed because the first one’s run has ended', async () => {
  const { ledger, workflows } = gateway
  await ledger.changes.register({ ...change('e'), mode: 'review' })
  workflows.started.clear()
  await sweep({ ...gateway.deps })
  expect(workflows.started.get(`${change('e').change_id}:2`)).toMatchObject({ run: { attempt: 2 }, target: 'shop' })
  expect(workflows.started.get(`${change('e').change_id}:2`)).not.toHaveProperty('terminated')
})

test('an approved change whose run still waits is told again, once the news had its time; every other is let alone', async () => {
  const { ledger, workflows, deps } = gateway
  const envelope = 'an envelope'
  for (const letter of ['h', 'i', 'j']) {
    await ledger.changes.register(change(letter))
    const { verdict } = await askForApproval(ledger, 'default', change(letter).change_id)
    workflows.fates.set(`${change(letter).change_id}:1`, letter === 'i' ? 'running' : 'waiting')
    if (letter !== 'j') await approveIt(change(letter).change_id, verdict.leaf, await ledger.blobs.put('default', envelope))
  }
  workflows.started.clear()
  await sweep({ ...deps })
  expect(workflows.left).toEqual([])
  await sweep({ ...deps, ledger: { ...ledger, log: { ...ledger.log, readNow: tenSecondsLater } } })
  const run = { tenant: 'default', change_id: change('h').change_id, attempt: 1 }
  expect(workflows.left).toEqual([{ run, message: { id: sha256Hex(envelope), envelope, delivered_by: ben } }])
  expect(['h', 'i', 'j'].filter((letter) => workflows.started.has(`${change(letter).change_id}:1`))).toEqual([])
})

const ben = { actor: 'approver:ben', person: 'ben' }

const tenSecondsLater = async (stream: string) => {
  const { receipts, now } = await gateway.ledger.log.readNow(stream)
  return { receipts, now: new Date(Date.parse(now) + 10_000).toISOString() }
}

/** Writes what a worker would: the decision that completes the quorum, and the certificate. */
async function approveIt(change_id: string, predecessor: string, envelope_digest: string): Promise<void> {
  const decision = decisionBody({ change_id, predecessor, envelope_digest, delivered_by: ben })
  const named = { person: 'ben', key_id: decision.key_id, subject_id: null, grade: 'standard' as const, envelope_digest }
  await gateway.ledger.log.append(changeStream(change_id), [
    {
      key: receiptKey.decision(1, 'run-1', 'd'),
      kind: 'decision',
      actor: ben,
      body: decision,
    },
    {
      key: receiptKey.certificate(1, 'run-1'),
      kind: 'approval_certificate',
      actor: { actor: 'clyra-worker', person: null },
      body: certificateBody({ change_id, predecessor, decisions: [named] }),
    },
  ])
}

test('no answer of Temporal is not read as an end', async () => {
  const { workflows } = gateway
  workflows.started.clear()
  workflows.failure = new ClyraError('CLYRA_API_BUSY', 'no answer')
  await sweep({ ...gateway.deps })
  workflows.failure = new ClyraError('CLYRA_API_UNREACHABLE', 'nobody there')
  await expect(sweep({ ...gateway.deps })).rejects.toThrow('nobody there')
  expect(workflows.started.size).toBe(0)
})

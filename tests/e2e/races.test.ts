// Many hands at once on real parts: whatever comes first, there is one change, one run, one effect, and evidence of it that verifies.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate, setTimeout as until } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createClient } from '../../cli/client.ts'
import { verifiers } from '../../cli/quickstart/check.ts'
import type { ApprovalView, ChangeRequest, ChangeView, DecisionResult } from '../../core/generated/types.ts'
import { signDecision } from '../../evidence/decision.ts'
import { decisionsOfOneActor } from '../../gateway/control/decide.ts'
import { fileSigner } from '../../runtime/keys.ts'
import { findTemporal } from '../../runtime/parts/temporal.ts'
import { type Answer, countOf, encodings, post, shuffled, times, untilAnswered } from '../support/crowd.ts'
import { checkout, runProgram, startTestStack, type TestStack } from '../support/stack.ts'

const crowd = 200
let stack: TestStack

// Each change adds 1 to a range of orders of its own, wide enough that policy wants an approver: what was applied can be counted.
const width = 200
let ranges = 0
interface Asked {
  view: ChangeView
  applied(): Promise<number>
}
const additions = (first: number) => async (): Promise<number> => {
  const [row] = await stack.story.warehouse<{ most: number; least: number }>(
    `select max(o.total_cents - b.total_cents)::int as most, min(o.total_cents - b.total_cents)::int as least
     from shop.orders o join public.orders_before b using (order_id) where order_id between ${first} and ${first + width - 1}`,
  )
  expect(row?.most).toBe(row?.least)
  return row?.most ?? Number.NaN
}

function wideChange(target: string): { request: ChangeRequest; applied: Asked['applied'] } {
  ranges += 1
  const first = ranges * width
  const statement = `UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id BETWEEN ${first} AND ${first + width - 1}`
  return { request: { kind: 'sql', target, statements: [statement], reason: 'a race', source: 'races' }, applied: additions(first) }
}

async function ask(target: string): Promise<Asked> {
  const { request, applied } = wideChange(target)
  const view = await stack.story.ask(request, 'verdict')
  expect(view.state).toBe('AWAITING_APPROVAL')
  return { view, applied }
}

const token = (name: string) => readFileSync(stack.key(`${name}.token`), 'utf8').trim()
const submit = (who: string, request: ChangeRequest, site: string) => () =>
  post<ChangeView>(stack.run.gateway, '/v1/changes', token(who), request, { 'idempotency-key': site })

async function envelope(person: string, view: ApprovalView, decision: 'approve' | 'reject' = 'approve'): Promise<object> {
  const said = {
    decision,
    person: `${person}@shop.example`,
    reason: 'seen',
    decision_id: randomUUID(),
    signed_at: '2026-01-01T00:00:00.000Z',
  }
  const signed = await signDecision(
    { change_id: view.change_id, binding: view.binding, ...said },
    await fileSigner(stack.key(`${person}.pem`)),
  )
  return { envelope: JSON.parse(signed) as object }
}
const decide = (changeId: string, person: string, body: object | string) => () =>
  post<DecisionResult>(stack.run.gateway, `/v1/approvals/${changeId}/decisions`, token(`${person}-approver`), body)

// Temporal's own list is written a moment after the run: asked until the run stands in it as ended.
async function runsOf({ workflow_id }: ChangeView): Promise<{ status: string }[]> {
  const words = [
    'workflow',
    'list',
    '--query',
    `WorkflowId = "${workflow_id}"`,
    '--output',
    'json',
    '--address',
    stack.run.temporal.address,
  ]
  for (;;) {
    const { out } = await runProgram(findTemporal(checkout) as string, words)
    const runs = JSON.parse(out) as { status: string }[]
    if (runs.some(({ status }) => !status.endsWith('RUNNING'))) return runs
    await setImmediate()
  }
}

function expectValid(view: ChangeView): void {
  const file = join(stack.home, '.clyra/evidence', view.evidence ?? 'no evidence')
  const judged = verifiers().map(({ name, verify }) => `${name}: ${verify(file).verdict} ${verify(file).failed}`)
  expect(judged).toEqual(verifiers().map(({ name }) => `${name}: valid null`))
}

function enroll(person: string): Promise<number> {
  const files = ['--key-file', stack.key(`${person}.pem`), '--token-file', stack.key(`${person}-approver.token`)]
  return stack.story.clyra('approver', 'enroll', '--person', `${person}@shop.example`, ...files)
}

beforeAll(async () => {
  stack = await startTestStack()
  await stack.story.warehouse('create table public.orders_before as select order_id, total_cents from shop.orders')
  expect(await Promise.all(['ana', 'ben', 'carla'].map(enroll))).toEqual([0, 0, 0])
}, 180_000)

afterAll(async () => {
  await stack?.stop()
}, 60_000)

describe('the same request, two hundred times at once', () => {
  test('is one change, one run, one effect', async () => {
    const statement = 'UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = 7'
    const request: ChangeRequest = { kind: 'sql', target: 'shop', statements: [statement], reason: 'a race', source: 'races' }
    const answers = await untilAnswered(times(crowd, () => submit('ana', request, 'submit-race')))
    expect(new Set(answers.map(({ body }) => body.change_id)).size).toBe(1)
    expect(
      countOf(
        answers.map(({ status }) => status),
        202,
      ),
    ).toBe(1)
    expect(
      countOf(
        answers.map(({ status }) => status),
        200,
      ),
    ).toBe(crowd - 1)

    const end = await stack.story.follow((answers[0] as Answer<ChangeView>).body, 'end')
    expect(end).toMatchObject({ outcome: 'enforced', affected_rows: 1, attempt: 1 })
    expect(await runsOf(end)).toHaveLength(1)
    expect(await stack.story.store(`select from clyra.changes where source = 'races'`)).toBe(1)
    const [row] = await stack.story.warehouse<{ more: number }>(
      'select (o.total_cents - b.total_cents)::int as more from shop.orders o join public.orders_before b using (order_id) where order_id = 7',
    )
    expect(row?.more).toBe(1)
    expectValid(end)
  }, 60_000)

  test('from two callers is one change that both of them asked for', async () => {
    const { request, applied } = wideChange('shop')
    const answers = await untilAnswered(times(crowd, (index) => submit(index % 2 === 0 ? 'ana' : 'pipeline', request, 'two-callers')))
    expect(new Set(answers.map(({ body }) => body.change_id)).size).toBe(1)
    const { body } = answers[0] as Answer<ChangeView>
    const { change_id } = await stack.story.follow(body, 'verdict')
    const joined = `select from clyra.receipts where stream = 'change/${change_id}' and kind = 'requester'`
    expect(await stack.story.store(joined)).toBe(1)
    const approved = await decide(change_id, 'ben', await envelope('ben', await stack.story.ana.approval(change_id)))()
    expect(approved.body).toMatchObject({ status: 'counted' })
    const end = await stack.story.follow(body, 'end')
    expect(end.outcome).toBe('enforced')
    expect(await runsOf(end)).toHaveLength(1)
    expect(await applied()).toBe(1)
    expectValid(end)
  }, 60_000)
})

describe('two hundred decisions on one gate', () => {
  test('each person counts once, whatever he sends; so many more are refused and recorded, and the rest is not taken', async () => {
    const { view, applied } = await ask('shop_pair')
    const shown = await stack.story.ana.approval(view.change_id)
    const sent = await Promise.all(
      times(crowd - 1, async (index) => {
        const person = index % 4 === 0 ? 'ana' : 'ben'
        return decide(view.change_id, person, await envelope(person, shown))
      }),
    )
    const answers = await untilAnswered(sent)
    expect([...new Set(answers.map(({ status }) => status))].sort()).toEqual([200, 429])
    const codes = answers.map(({ body }) => body.code ?? body.status)
    expect(codes).toHaveLength(crowd - 1)
    expect(countOf(codes, 'counted')).toBe(1)
    expect(countOf(codes, 'CLYRA_APPROVAL_SELF')).toBe(decisionsOfOneActor)
    expect(countOf(codes, 'CLYRA_APPROVAL_DUPLICATE')).toBe(decisionsOfOneActor - 1)
    expect(countOf(codes, 'CLYRA_APPROVAL_TOO_MANY')).toBe(crowd - 1 - 2 * decisionsOfOneActor)
    const overflow = `select from clyra.receipts where stream = 'ledger/default' and kind = 'decision_overflow' and line like '%${view.change_id}%'`
    expect(await stack.story.store(overflow)).toBe(2)

    const last = await decide(view.change_id, 'carla', await envelope('carla', shown))()
    expect(last.body).toMatchObject({ status: 'counted', approvals: 2, quorum: 2 })
    const end = await stack.story.follow(view, 'end')
    expect(end.outcome).toBe('enforced')
    expect(await applied()).toBe(1)
    const counted = `select from clyra.receipts where stream = 'change/${end.change_id}' and kind = 'decision' and line like '%"status":"counted"%'`
    expect(await stack.story.store(counted)).toBe(2)
    expectValid(end)
  }, 60_000)

  test('of many persons, in several encodings, make one certificate, taken once, for one effect', async () => {
    const persons = times(10, (index) => `crowd${index}`)
    expect(new Set(await Promise.all(persons.map(enroll)))).toEqual(new Set([0]))
    const { view, applied } = await ask('shop')
    const shown = await stack.story.ana.approval(view.change_id)
    const sent = await Promise.all(
      persons.map(async (person) => {
        const bodies = await Promise.all(times(10, () => envelope(person, shown)))
        return bodies.flatMap((body) => encodings(body).map((text) => decide(view.change_id, person, text)))
      }),
    )
    const answers = await untilAnswered(shuffled(sent.flat()))
    expect(answers).toHaveLength(crowd)
    const counted = answers.filter(({ body }) => body.status === 'counted')
    expect(new Set(counted.map(({ body }) => body.decision_id)).size).toBe(1)
    const end = await stack.story.follow(view, 'end')
    expect(end.outcome).toBe('enforced')
    expect(await applied()).toBe(1)
    const certificates = `select from clyra.receipts where stream = 'change/${end.change_id}' and kind = 'approval_certificate'`
    const taken = `select from clyra.single_use where purpose = 'certificate' and owner like '${end.change_id} %'`
    expect([await stack.story.store(certificates), await stack.story.store(taken)]).toEqual([1, 1])
    expectValid(end)
  }, 120_000)

  test('one envelope two hundred times is one decision', async () => {
    const { view, applied } = await ask('shop')
    const body = await envelope('ben', await stack.story.ana.approval(view.change_id))
    const answers = await untilAnswered(times(crowd, () => decide(view.change_id, 'ben', body)))
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([200])
    expect(new Set(answers.map(({ body: { decision_id } }) => decision_id)).size).toBe(1)
    expect(answers.filter(({ body: { status } }) => status === 'refused')).toEqual([])
    const end = await stack.story.follow(view, 'end')
    expect(end.outcome).toBe('enforced')
    expect(await applied()).toBe(1)
    const kept = `select from clyra.receipts where stream = 'change/${end.change_id}' and kind = 'decision'`
    expect(await stack.story.store(kept)).toBe(1)
    expectValid(end)
  }, 60_000)
})

describe('a decision', () => {
  test('against a cancel: enforced or cancelled, never half', async () => {
    const asked = await Promise.all(times(4, () => ask('shop')))
    for (const { view, applied } of asked) {
      const body = await envelope('ben', await stack.story.ana.approval(view.change_id))
      const [decided] = await Promise.all([decide(view.change_id, 'ben', body)(), stack.story.ana.cancel(view.change_id, 'a race')])
      const end = await stack.story.follow(view, 'end')
      expect(['enforced', 'cancelled']).toContain(end.outcome)
      expect(await applied()).toBe(end.outcome === 'enforced' ? 1 : 0)
      expect(decided.status).toBe(200)
      if (end.outcome === 'enforced') expect(decided.body.status).toBe('counted')
      expectValid(end)
    }
  }, 60_000)

  test('against a freeze, fifty times: enforced before it or refused by it, never half', async () => {
    const { request, applied } = wideChange('shop')
    const admin = createClient({ base: stack.run.gateway, token: token('admin') })
    const freeze = (frozen: boolean) => () => admin.freeze({ target: 'shop', frozen, reason: 'a race' })
    const ends: ChangeView[] = []
    for (const round of times(10, (index) => index)) {
      const asked = await Promise.all(times(5, () => stack.story.ask(request, 'verdict')))
      const shown = await Promise.all(asked.map(({ change_id }) => stack.story.ana.approval(change_id)))
      const sent = await Promise.all(shown.map(async (view) => decide(view.change_id, 'ben', await envelope('ben', view))))
      // Before all of them, after some, after all.
      await Promise.all([...sent.slice(0, round % 6), freeze(true), ...sent.slice(round % 6)].map((call) => call()))
      ends.push(...(await Promise.all(asked.map((view) => stack.story.follow(view, 'end')))))
      await freeze(false)()
    }
    const codes = ends.map(({ outcome, code }) => code ?? outcome)
    expect(codes.filter((code) => code !== 'enforced' && code !== 'CLYRA_ENFORCE_FROZEN')).toEqual([])
    expect(await applied()).toBe(countOf(codes, 'enforced'))
    for (const end of ends) expectValid(end)
  }, 180_000)

  // The clock is aimed at: each decision leaves some milliseconds before or after the instant the gate closes.
  test.each([-100, -30, 0, 100, 240, 260])(
    '%i ms from the deadline: what was counted is enforced, all else expires',
    async (offset) => {
      const { view, applied } = await ask('shop_hasty')
      const shown = await stack.story.ana.approval(view.change_id)
      const body = await envelope('ben', shown)
      await until(Math.max(0, Date.parse(shown.deadline ?? '') + offset - Date.now()))
      const { status, body: result } = await decide(view.change_id, 'ben', body)()
      const end = await stack.story.follow(view, 'end')
      expect(status).toBe(200)
      expect(end.outcome).toBe(result.status === 'counted' ? 'enforced' : 'expired')
      expect(await applied()).toBe(end.outcome === 'enforced' ? 1 : 0)
      expectValid(end)
    },
    30_000,
  )
})

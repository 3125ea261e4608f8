// What may stop enforcement late: a freeze, a policy that became stricter, clocks that disagree. The ledger is real.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { ClyraError, codeOf } from '../core/errors.ts'
import type { EnforceRequest, Prepared, Settled, Warehouse } from '../core/ports.ts'
import { changeStream, receiptKey } from '../core/receipts.ts'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import { someActor } from '../tests/support/ledger-bodies.ts'
import { type Deps, lastTry } from './deps.ts'
import { enforce } from './enforce.ts'
import { activity, allowedChange, shopPolicy } from './testing/changes.ts'

const first = shopPolicy()
const prepared: Prepared = {
  affected_rows: 1,
  rows_by_statement: [1],
  before: { relations: [] } as unknown as Prepared['before'],
  after: { relations: [] } as unknown as Prepared['after'],
  anchors: [] as unknown as Prepared['anchors'],
}

let store: TestLedger
let asked: EnforceRequest[]
let clock: () => Promise<string>
let beforeCommit: () => Promise<void>
let afterPrepare: () => void
let applied: Set<string>

beforeAll(async () => {
  store = await startTestLedger()
})
afterAll(() => store.stop())
beforeEach(async () => {
  asked = []
  applied = new Set()
  clock = () => store.ledger.log.now()
  beforeCommit = () => Promise.resolve()
  afterPrepare = () => undefined
  for (const target of [null, 'shop', 'other']) await freeze(target, false)
})

const freeze = (target: string | null, frozen = true) => store.ledger.freezes.set('acme', { target, frozen, reason: 'a test' }, someActor)
const settled = (outcome: Settled['outcome'], code: string | null, settled_by: Settled['settled_by']): Settled => ({
  outcome,
  code,
  sqlstate: null,
  statement: null,
  settled_by,
})

// Keeps the port's word: once per change, and nothing when `prepare` throws.
const warehouse: Pick<Warehouse, 'now' | 'enforce'> = {
  now: () => clock(),
  async enforce(request, prepare) {
    asked.push(request)
    if (applied.has(request.change_id)) return settled('enforced', null, 'guard_row')
    await beforeCommit()
    try {
      await prepare({ ...prepared, affected_rows: asked.length })
    } catch (error) {
      return settled('failed', codeOf(error), 'tombstone')
    }
    afterPrepare()
    applied.add(request.change_id)
    return settled('enforced', null, 'commit')
  },
}

const allowed = () => allowedChange(store.ledger, first)
const run = (change_id: string, policy = first, attempt = 1) => {
  const deps = { ledger: store.ledger, targets: { shop: { warehouse, policy } }, times: () => undefined } as unknown as Deps
  return activity(attempt).run(() => enforce(deps, { tenant: 'acme', change_id, attempt: 1 }))
}
const kinds = async (change_id: string) => (await store.ledger.log.read(changeStream(change_id))).map(({ receipt }) => receipt.kind)
const outcomeOf = async (change_id: string) => (await store.ledger.log.find(changeStream(change_id), receiptKey.outcome(1)))?.receipt.body

/** Enforcement that broke off after COMMIT, before the outcome was recorded. */
async function crashed(change_id: string): Promise<void> {
  const append = store.ledger.log.append
  store.ledger.log.append = async (stream, entries) => {
    if (entries.some(({ kind }) => kind === 'outcome'))
      throw new ClyraError('CLYRA_LEDGER_UNAVAILABLE', 'expected the store, found it away')
    return append(stream, entries)
  }
  await expect(run(change_id)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_UNAVAILABLE' })
  store.ledger.log.append = append
}

describe('a try that dies between what it saw and COMMIT', () => {
  test('leaves nothing behind that the next try could stumble over', async () => {
    const change = await allowed()
    afterPrepare = () => {
      afterPrepare = () => undefined
      throw new ClyraError('CLYRA_POSTGRES_UNAVAILABLE', 'expected the warehouse, found it away')
    }
    await expect(run(change)).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_UNAVAILABLE' })
    expect(await run(change)).toMatchObject({ outcome: 'enforced', affected_rows: 2 })
    expect(await kinds(change)).toEqual(['change', 'verdict', 'attempt', 'outcome'])
  })
})

test('a warehouse that went away in the middle is asked again before anybody says that nobody can tell', async () => {
  const change = await allowed()
  const { enforce: present } = warehouse
  warehouse.enforce = async () => settled('ambiguous', 'CLYRA_ENFORCE_UNREACHABLE', 'guard_row')
  try {
    await expect(run(change)).rejects.toMatchObject({ code: 'CLYRA_ENFORCE_UNREACHABLE' })
    expect(await kinds(change)).toEqual(['change', 'verdict', 'attempt'])
    warehouse.enforce = present
    expect(await run(change, first, 2)).toMatchObject({ outcome: 'enforced' })
    const lost = await allowed()
    warehouse.enforce = async () => settled('ambiguous', 'CLYRA_ENFORCE_UNREACHABLE', 'guard_row')
    expect(await run(lost, first, 2 * lastTry)).toMatchObject({ outcome: 'ambiguous', code: 'CLYRA_ENFORCE_UNREACHABLE' })
  } finally {
    warehouse.enforce = present
  }
})

describe('a freeze', () => {
  test.each([null, 'shop'])('of %s stops a change before it begins', async (target) => {
    const change = await allowed()
    await freeze(target)
    expect(await run(change)).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_FROZEN' })
    expect([await kinds(change), asked]).toEqual([['change', 'verdict', 'outcome'], []])
    expect(await outcomeOf(change)).toMatchObject({ settled_by: 'not_started' })
  })

  test('that comes while statements run stops it before COMMIT', async () => {
    const change = await allowed()
    beforeCommit = () => freeze('shop')
    expect(await run(change)).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_FROZEN' })
    expect(await kinds(change)).toEqual(['change', 'verdict', 'attempt', 'outcome'])
    expect(await outcomeOf(change)).toMatchObject({ settled_by: 'tombstone', effect: null })
    expect(applied).toEqual(new Set())
  })

  test('of another target, or one that was lifted, stops nothing', async () => {
    const change = await allowed()
    await freeze('other')
    await freeze('shop')
    await freeze('shop', false)
    expect(await run(change)).toMatchObject({ outcome: 'enforced', affected_rows: 1 })
  })

  test('does not deny what was applied before it: a retry settles that', async () => {
    const change = await allowed()
    await crashed(change)
    await freeze(null)
    expect(await run(change)).toMatchObject({ outcome: 'enforced' })
  })
})

describe('a policy that changed since the verdict', () => {
  test.each(['deny', 'needs_approval'])('and says %s now refuses', async (outcome) => {
    const change = await allowed()
    expect(await run(change, shopPolicy(outcome))).toMatchObject({
      outcome: 'failed',
      code: 'CLYRA_ENFORCE_POLICY_CHANGED',
    })
    expect([await kinds(change), asked]).toEqual([['change', 'verdict', 'outcome'], []])
  })

  test.each([
    ['lowers', 7, 7],
    ['does not raise', 500, 100],
  ])('%s the limit of rows', async (_, limit, expected) => {
    const change = await allowed()
    expect(await run(change, shopPolicy('allow', limit))).toMatchObject({ outcome: 'enforced' })
    expect(asked.map(({ row_limit }) => row_limit)).toEqual([expected])
  })

  test('does not deny what was applied under the verdict, and stops what was only begun', async () => {
    const stricter = shopPolicy('deny')
    const done = await allowed()
    await crashed(done)
    expect(await run(done, stricter)).toMatchObject({ outcome: 'enforced' })
    const begun = await allowed()
    await crashed(begun)
    applied.delete(begun)
    expect(await run(begun, stricter)).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_POLICY_CHANGED' })
    expect(applied).toEqual(new Set([done]))
  })
})

describe('clocks', () => {
  const shifted = (ms: number) => async () => new Date(Date.parse(await store.ledger.log.now()) + ms).toISOString()

  test.each([-60_000, 60_000])('that differ by %i ms refuse', async (ms) => {
    const change = await allowed()
    clock = shifted(ms)
    expect(await run(change)).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_CLOCK_SKEW' })
    expect([await kinds(change), asked]).toEqual([['change', 'verdict', 'outcome'], []])
  })

  test('that differ by less do not', async () => {
    clock = shifted(-1_000)
    expect(await run(await allowed())).toMatchObject({ outcome: 'enforced' })
  })

  test('a warehouse that does not tell the time is asked again, and in the end refused', async () => {
    const change = await allowed()
    clock = () => Promise.reject(new ClyraError('CLYRA_POSTGRES_UNAVAILABLE', 'expected an answer, found none'))
    await expect(run(change)).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_UNAVAILABLE' })
    expect(await run(change, first, lastTry)).toMatchObject({ outcome: 'failed', code: 'CLYRA_POSTGRES_UNAVAILABLE' })
    expect(asked).toEqual([])
  })
})

// A change whose work its caller does: the window is opened once, and what became of it the warehouse tells. The ledger is real.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { ClyraError } from '../core/errors.ts'
import type { Attempt, Effect, Outcome, Payload } from '../core/generated/types.ts'
import { changeStream, receiptKey } from '../core/receipts.ts'
import type { Enforced } from '../core/stages.ts'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import { someActor } from '../tests/support/ledger-bodies.ts'
import { payloadOf } from '../tests/support/shop.ts'
import { type Deps, lastTry } from './deps.ts'
import { enforce } from './enforce.ts'
import { observe } from './observe.ts'
import { resolve } from './resolve.ts'
import { type CallerWarehouse, callerWarehouse } from './testing/caller-warehouse.ts'
import { activity, allowedChange, shopPolicy } from './testing/changes.ts'

let store: TestLedger
let shop: CallerWarehouse

beforeAll(async () => {
  store = await startTestLedger()
})
afterAll(() => store.stop())
beforeEach(async () => {
  shop = callerWarehouse(() => store.ledger.log.now())
  await freeze(false)
})

const freeze = (frozen = true) => store.ledger.freezes.set('acme', { target: 'shop', frozen, reason: 'a test' }, someActor)
const limits = (grant_seconds?: number): Payload['limits'] => ({
  ...payloadOf('dml', []).limits,
  ...(grant_seconds === undefined ? {} : { grant_seconds }),
})
const forCaller = (seconds?: number) => allowedChange(store.ledger, shopPolicy(), { executor: 'caller', limits: limits(seconds) })
const deps = () => ({ ledger: store.ledger, targets: { shop: { warehouse: shop.warehouse, policy: shopPolicy() } } }) as unknown as Deps
const ref = (change_id: string) => ({ tenant: 'acme', change_id, attempt: 1 })
const begin = (change: string, attempt = 1): Promise<Enforced> => activity(attempt).run(enforce, deps(), ref(change))
const look = (change: string, withdrawn = false, attempt = 1): Promise<Enforced> =>
  activity(attempt).run(observe, deps(), ref(change), withdrawn)
const kinds = async (change: string) => (await store.ledger.log.read(changeStream(change))).map(({ receipt }) => receipt.kind)
const bodyOf = async <T>(change: string, key: string) =>
  (await store.ledger.log.find(changeStream(change), key))?.receipt.body as unknown as T
const attemptOf = (change: string) => bodyOf<Attempt>(change, receiptKey.attempt(1))
const outcomeOf = (change: string) => bodyOf<Outcome>(change, receiptKey.outcome(1))

/** A change whose caller has the work. */
async function granted(seconds = 60): Promise<string> {
  const change = await forCaller(seconds)
  expect(await begin(change)).toMatchObject({ outcome: 'granted', code: null })
  return change
}

describe('the window', () => {
  test('is as long as the payload says, and the warehouse was looked at before it opened', async () => {
    const change = await forCaller(60)
    const { wait_ms } = await begin(change)
    expect(wait_ms).toBeGreaterThan(50_000)
    expect(wait_ms).toBeLessThanOrEqual(60_250)
    const { window, executor } = await attemptOf(change)
    expect([executor, window?.anchor.position, window?.anchor.xid, shop.surveys]).toEqual(['caller', 'before', null, ['before']])
    expect(await store.ledger.blobs.get('acme', window?.before.digest ?? '')).not.toBeNull()
  })

  test('is opened once: a retry finds the first one and does not look again', async () => {
    const change = await granted()
    const before = await attemptOf(change)
    shop.fails.before = 'CLYRA_POSTGRES_UNAVAILABLE'
    const { outcome, wait_ms } = await begin(change, 2)
    expect([outcome, await attemptOf(change), shop.surveys]).toEqual(['granted', before, ['before']])
    expect(wait_ms).toBeLessThanOrEqual(60_250)
    expect(await kinds(change)).toEqual(['change', 'verdict', 'attempt'])
  })

  test('of two tries at once is the one that was written first', async () => {
    const change = await forCaller(60)
    const { survey } = shop.warehouse
    let first: Attempt | null = null
    shop.warehouse.survey = async (...asked) => {
      shop.warehouse.survey = survey
      await begin(change)
      first = await attemptOf(change)
      return survey(...asked)
    }
    expect(await begin(change)).toMatchObject({ outcome: 'granted' })
    expect([await attemptOf(change), shop.surveys]).toEqual([first, ['before', 'before']])
    expect(await kinds(change)).toEqual(['change', 'verdict', 'attempt'])
  })

  test('is not opened where the warehouse cannot be looked at: asked again, and refused in the end', async () => {
    const change = await forCaller(60)
    shop.fails.before = 'CLYRA_POSTGRES_UNAVAILABLE'
    await expect(begin(change)).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_UNAVAILABLE' })
    expect(await kinds(change)).toEqual(['change', 'verdict'])
    expect(await begin(change, lastTry)).toMatchObject({ outcome: 'failed', code: 'CLYRA_POSTGRES_UNAVAILABLE' })
    expect(await kinds(change)).toEqual(['change', 'verdict', 'outcome'])
    expect(await outcomeOf(change)).toMatchObject({ settled_by: 'not_started', enforcement: null, redemption: null })
  })

  test('is refused at once for what will not mend itself', async () => {
    const change = await forCaller(60)
    shop.fails.before = 'CLYRA_SQL_UNKNOWN_RELATION'
    expect(await begin(change)).toMatchObject({ outcome: 'failed', code: 'CLYRA_SQL_UNKNOWN_RELATION' })
    expect(await kinds(change)).toEqual(['change', 'verdict', 'outcome'])
  })

  test('is refused to a payload that does not say how long it is', async () => {
    const change = await forCaller()
    expect(await begin(change)).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_NOT_AUTHORISED' })
    expect(await kinds(change)).toEqual(['change', 'verdict', 'outcome'])
  })
})

describe('while the window is open', () => {
  test('nothing is decided; the caller keeps what is left of his time', async () => {
    const change = await granted()
    const { outcome, wait_ms } = await look(change)
    expect(outcome).toBe('granted')
    expect(wait_ms).toBeGreaterThan(50_000)
    expect(await kinds(change)).toEqual(['change', 'verdict', 'attempt'])
    expect(shop.commit(change)).toBe(true)
  })

  test('what was committed is observed: the effect is what was seen before the first grant and after the transaction', async () => {
    const change = await granted()
    shop.commit(change)
    expect(await look(change)).toEqual({ outcome: 'enforced', code: null, affected_rows: null, wait_ms: 0 })
    const outcome = await outcomeOf(change)
    expect(outcome).toMatchObject({ enforcement: 'observed', settled_by: 'guard_row', redemption: { login: 'etl', xid: '742' } })
    const effect = JSON.parse((await store.ledger.blobs.get('acme', outcome.effect ?? '')) ?? '') as Effect
    const { window } = await attemptOf(change)
    expect(effect).toMatchObject({ change_id: change, affected_rows: null, rows_by_statement: [], before: window?.before })
    expect(effect.anchors).toEqual([window?.anchor, { ...window?.anchor, position: 'after', xid: '742' }])
    expect(shop.surveys).toEqual(['before', 'after 742'])
  })
})

describe('once it is over', () => {
  const ways: [string, string, (change: string) => Promise<unknown>][] = [
    ['withdrawn', 'CLYRA_GRANT_WITHDRAWN', (change) => look(change, true)],
    ['frozen', 'CLYRA_ENFORCE_FROZEN', (change) => freeze().then(() => look(change))],
  ]
  test.each(ways)('%s, nothing committed: failed, and no grant is worth anything', async (_, code, end) => {
    const change = await granted()
    expect(await end(change)).toMatchObject({ outcome: 'failed', code, wait_ms: 0 })
    expect(await outcomeOf(change)).toMatchObject({ settled_by: 'tombstone', effect: null, enforcement: null, redemption: null })
    expect(shop.commit(change)).toBe(false)
  })

  test.each(ways)('%s, but committed before: it is observed', async (_name, _code, end) => {
    const change = await granted()
    shop.commit(change)
    expect(await end(change)).toMatchObject({ outcome: 'enforced', code: null })
  })

  test('because its time has passed: failed', async () => {
    const change = await granted(0)
    expect(await look(change)).toMatchObject({ outcome: 'failed', code: 'CLYRA_GRANT_EXPIRED' })
    expect(shop.commit(change)).toBe(false)
  })

  test('the first outcome stays, whatever is said later', async () => {
    const [done, failed] = [await granted(), await granted()]
    shop.commit(done)
    const first = [await look(done), await look(failed, true)]
    await freeze()
    expect([await look(done, true), await look(failed)]).toEqual(first)
    expect([await begin(done), await begin(failed)]).toEqual(first)
    expect(await kinds(done)).toEqual(['change', 'verdict', 'attempt', 'outcome'])
  })
})

test('committed, but the warehouse cannot be looked at afterwards: asked again, and in the end nobody can tell', async () => {
  const change = await granted()
  shop.commit(change)
  shop.fails.after = 'CLYRA_POSTGRES_UNAVAILABLE'
  await expect(look(change)).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_UNAVAILABLE' })
  expect(await kinds(change)).toEqual(['change', 'verdict', 'attempt'])
  expect(await look(change, false, 2 * lastTry)).toMatchObject({ outcome: 'ambiguous', code: 'CLYRA_POSTGRES_UNAVAILABLE' })
  expect(await outcomeOf(change)).toMatchObject({ effect: null, enforcement: null, redemption: null })
})

test('committed, but what it touched cannot be looked at any more: nobody can tell, at once, and resolving reads it back', async () => {
  const change = await granted()
  shop.commit(change)
  shop.fails.after = 'CLYRA_SQL_UNKNOWN_RELATION'
  expect(await look(change)).toMatchObject({ outcome: 'ambiguous', code: 'CLYRA_SQL_UNKNOWN_RELATION' })
  const { leaf } = (await store.ledger.log.find(changeStream(change), receiptKey.outcome(1))) ?? { leaf: '' }
  const governance = { reliability: [0], transparency: [0], accuracy: [0], oversight: [0] }
  const body = { change_id: change, attempt: 1, predecessor: leaf, outcome: 'ambiguous', receipts: 5, governance }
  await store.ledger.log.append(changeStream(change), [{ key: 'recorded', kind: 'recorded', actor: someActor, body }])
  expect(await activity().run(resolve, deps(), ref(change))).toEqual({ outcome: 'enforced', code: null })
})

describe('a change that Clyra applies', () => {
  test.each([false, true])('is not to be observed (withdrawn: %s): nothing is settled under the one who applies it', async (withdrawn) => {
    const change = await allowedChange(store.ledger, shopPolicy())
    const seen: unknown[] = []
    shop.warehouse.settle = () => Promise.reject(new Error('settled'))
    shop.warehouse.enforce = async (_request, prepare) => {
      seen.push(await look(change, withdrawn).catch(({ code }: ClyraError) => code))
      await prepare({ affected_rows: 1, rows_by_statement: [1], before: empty, after: empty, anchors: [] as never })
      return { outcome: 'enforced', code: null, sqlstate: null, statement: null, settled_by: 'commit' }
    }
    expect(await begin(change)).toMatchObject({ outcome: 'enforced' })
    expect(seen).toEqual(['CLYRA_ENFORCE_NOT_AUTHORISED'])
    expect(await kinds(change)).toEqual(['change', 'verdict', 'attempt', 'outcome'])
  })

  const empty = { relations: [] } as never
})

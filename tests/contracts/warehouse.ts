// What every warehouse Clyra governs must do, whatever it is. A plugin's contract test calls this with a warehouse of its own.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { canonical } from '../../core/canonical.ts'
import type { Payload } from '../../core/generated/types.ts'
import type { EnforceRequest, Prepared, Warehouse } from '../../core/ports.ts'
import { again, grantOf } from '../support/grants.ts'

export interface WarehouseUnderTest {
  warehouse: Warehouse
  /** Affects exactly one row each time it applies. */
  one: Payload
  /** Affects more than ten rows each time it applies. */
  many: Payload
  /** Readable, but the warehouse refuses to run it. */
  refused: Payload
  /** Texts no warehouse may accept: not one statement, hidden, or not SQL at all. */
  bad: Payload[]
  /** Does `one` in a transaction of the caller's login, which redeems the token first. Rejects when the token is refused. */
  caller: { login: string; work(token: string, end: 'commit' | 'rollback'): Promise<void> }
  /** A number that grows by one with every row `one` or `many` affects. */
  applied(): Promise<number>
  stop(): Promise<void>
}

/** Declares the contract's tests; `make` is called once. */
export function warehouseContract(make: () => Promise<WarehouseUnderTest>): void {
  let under: WarehouseUnderTest
  let changes = 0
  const live = { aborted: false }
  const nothing = () => Promise.resolve()

  beforeAll(async () => {
    under = await make()
  })
  afterAll(() => under.stop())

  function requestOf(payload: Payload, row_limit = 1_000): EnforceRequest {
    changes += 1
    return {
      change_id: `chg_contract${changes}`,
      attempt: 1,
      payload,
      payload_digest: `sha256:${changes}`,
      row_limit,
      certificate_id: null,
    }
  }

  async function grown(work: () => Promise<void>): Promise<number> {
    const before = await under.applied()
    await work()
    return (await under.applied()) - before
  }

  describe('a clock', () => {
    test('goes on, in RFC 3339 UTC with milliseconds', async () => {
      const first = await under.warehouse.now()
      let next = first
      while (next === first) next = await under.warehouse.now()
      for (const time of [first, next]) expect(new Date(time).toISOString()).toBe(time)
      expect(next > first).toBe(true)
    })
  })

  describe('an analyser', () => {
    test('says what a payload would do, in canonical JSON, and does none of it', async () => {
      const rows = await grown(async () => {
        const facts = await under.warehouse.analyse(under.many)
        expect(facts).toMatchObject({ parsed: 'parsed', role: under.many.role, refusals: [], platform: under.warehouse.platform })
        expect(facts.statements).toHaveLength(under.many.statements.length)
        expect(facts.simulated).toBe(under.warehouse.simulated)
        expect(canonical(facts)).not.toContain(under.many.statements[0])
      })
      expect(rows).toBe(0)
    })

    test('answers bad text with refusals and never throws', async () => {
      for (const payload of under.bad) {
        const facts = await under.warehouse.analyse(payload)
        expect(facts.refusals.length).toBeGreaterThan(0)
        expect(facts.refusals.every(({ code }) => /^CLYRA_[A-Z0-9_]+$/.test(code))).toBe(true)
      }
    })
  })

  describe('an enforcer', () => {
    test('applies once, and shows before COMMIT what it did', async () => {
      let prepared: Prepared | undefined
      const rows = await grown(async () => {
        const settled = await under.warehouse.enforce(
          requestOf(under.one),
          async (seen) => {
            prepared = seen
          },
          live,
        )
        expect(settled).toEqual({ outcome: 'enforced', code: null, sqlstate: null, statement: null, settled_by: 'commit' })
      })
      expect(rows).toBe(1)
      expect(prepared?.affected_rows).toBe(1)
      expect(prepared?.rows_by_statement).toHaveLength(under.one.statements.length)
      expect(prepared?.anchors.map(({ position }) => position)).toEqual(['before', 'after'])
      expect(canonical(prepared)).not.toContain(under.one.statements[0])
      const names = prepared?.before.relations.map(({ schema, name }) => `${schema}.${name}`)
      expect(names).toEqual([...(names ?? [])].sort())
    })

    test('a second call settles and does not apply again', async () => {
      const request = requestOf(under.one)
      const rows = await grown(async () => {
        expect(await under.warehouse.enforce(request, nothing, live)).toMatchObject({ outcome: 'enforced' })
        expect(await under.warehouse.enforce(request, nothing, live)).toMatchObject({ outcome: 'enforced', settled_by: 'guard_row' })
        expect(await under.warehouse.settle(request)).toMatchObject({ outcome: 'enforced', settled_by: 'guard_row' })
      })
      expect(rows).toBe(1)
    })

    test('two calls at once apply at most once, and both say the same of it in the end', async () => {
      const request = requestOf(under.one)
      const rows = await grown(async () => {
        await Promise.all([1, 2].map(() => under.warehouse.enforce(request, nothing, live)))
      })
      const { outcome } = await under.warehouse.settle(request)
      expect(outcome).toBe(rows === 1 ? 'enforced' : 'failed')
    })

    test('a tombstone holds: what settled as failed never applies, the next attempt may', async () => {
      const request = requestOf(under.one)
      const rows = await grown(async () => {
        expect(await under.warehouse.settle(request)).toMatchObject({ outcome: 'failed', settled_by: 'tombstone' })
        expect(await under.warehouse.enforce(request, nothing, live)).toMatchObject({ outcome: 'failed' })
        expect(await under.warehouse.enforce({ ...request, attempt: 2 }, nothing, live)).toMatchObject({ outcome: 'enforced' })
      })
      expect(rows).toBe(1)
    })

    test('a certificate serves one attempt: any other that names it applies nothing, at once or later', async () => {
      const part = { certificate_id: randomUUID() }
      const [one, two, later] = [1, 2, 3].map(() => ({ ...requestOf(under.one), ...part })) as [
        EnforceRequest,
        EnforceRequest,
        EnforceRequest,
      ]
      const used = { outcome: 'failed', code: 'CLYRA_ENFORCE_CERTIFICATE_USED' }
      const rows = await grown(async () => {
        const settled = await Promise.all([one, two].map((request) => under.warehouse.enforce(request, nothing, live)))
        expect(settled.map(({ outcome }) => outcome).sort()).toEqual(['enforced', 'failed'])
        const first = settled[0]?.outcome === 'enforced' ? one : two
        for (const request of [later, { ...first, attempt: 2 }])
          expect(await under.warehouse.enforce(request, nothing, live)).toMatchObject(used)
        expect(await under.warehouse.enforce(first, nothing, live)).toMatchObject({ outcome: 'enforced', settled_by: 'guard_row' })
      })
      expect(rows).toBe(1)
    })

    test('an attempt that applied nothing leaves its certificate free: the same may go on', async () => {
      const request = { ...requestOf(under.one), certificate_id: randomUUID() }
      const thrown = Object.assign(new Error('no'), { code: 'CLYRA_LEDGER_UNAVAILABLE' })
      const rows = await grown(async () => {
        await expect(under.warehouse.enforce(request, () => Promise.reject(thrown), live)).rejects.toBe(thrown)
        expect(await under.warehouse.settle({ ...request, attempt: 2 })).toMatchObject({ outcome: 'failed', settled_by: 'tombstone' })
        expect(await under.warehouse.enforce(request, nothing, live)).toMatchObject({ outcome: 'enforced', settled_by: 'commit' })
      })
      expect(rows).toBe(1)
    })

    test('nothing is applied above the row limit, and the failure is final', async () => {
      const request = requestOf(under.many, 10)
      const rows = await grown(async () => {
        expect(await under.warehouse.enforce(request, nothing, live)).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_ROW_LIMIT' })
        expect(await under.warehouse.enforce({ ...request, row_limit: 1_000 }, nothing, live)).toMatchObject({ outcome: 'failed' })
      })
      expect(rows).toBe(0)
    })

    test('nothing is applied when prepare throws, when the signal aborts, or when the warehouse refuses', async () => {
      const rows = await grown(async () => {
        const thrown = Object.assign(new Error('no'), { code: 'CLYRA_LEDGER_UNAVAILABLE' })
        await expect(under.warehouse.enforce(requestOf(under.one), () => Promise.reject(thrown), live)).rejects.toBe(thrown)
        expect(await under.warehouse.enforce(requestOf(under.one), nothing, { aborted: true })).toMatchObject({
          outcome: 'failed',
          code: 'CLYRA_ENFORCE_CANCELLED',
        })
        expect(await under.warehouse.enforce(requestOf(under.refused), nothing, live)).toMatchObject({ outcome: 'failed', statement: 0 })
      })
      expect(rows).toBe(0)
    })

    test('takes nobody’s word for the payload: bad text is refused here too', async () => {
      for (const payload of under.bad) {
        const settled = await under.warehouse.enforce(requestOf(payload), nothing, live)
        expect(settled).toMatchObject({ outcome: 'failed', code: expect.stringMatching(/^CLYRA_SQL_/) })
      }
    })
  })

  describe('a granter', () => {
    const granted = () => grantOf(under.caller.login)

    test('a grant is redeemed once, in the caller’s own transaction, and is seen afterwards', async () => {
      const { request, token } = granted()
      const rows = await grown(async () => {
        expect(await under.warehouse.issue(request)).toBe('issued')
        await under.caller.work(token, 'rollback')
        expect(await under.warehouse.redemption(request)).toBeNull()
        await under.caller.work(token, 'commit')
        await expect(under.caller.work(token, 'commit')).rejects.toThrow('CLYRA_GRANT_')
      })
      expect(rows).toBe(1)
      const redemption = await under.warehouse.redemption(request)
      expect(redemption).toMatchObject({ grant_id: request.grant_id, login: under.caller.login })
      expect(new Date(redemption?.redeemed_at ?? '').toISOString()).toBe(redemption?.redeemed_at)
      expect((redemption?.redeemed_at ?? '') < request.expires_at).toBe(true)
      expect(await under.warehouse.settle(request)).toMatchObject({ outcome: 'enforced' })
      expect(await under.warehouse.issue(again({ request, token }).request)).toBe('redeemed')
    })

    test('a later grant of the attempt takes the place of an earlier one', async () => {
      const first = granted()
      const second = again(first)
      const rows = await grown(async () => {
        for (const { request } of [first, second]) expect(await under.warehouse.issue(request)).toBe('issued')
        await expect(under.caller.work(first.token, 'commit')).rejects.toThrow('CLYRA_GRANT_')
        await under.caller.work(second.token, 'commit')
      })
      expect(rows).toBe(1)
    })

    test('a redemption takes the certificate its grant came with', async () => {
      const [one, two] = [granted(), granted()]
      two.request.certificate_id = one.request.certificate_id
      const rows = await grown(async () => {
        for (const { request } of [one, two]) expect(await under.warehouse.issue(request)).toBe('issued')
        await under.caller.work(one.token, 'rollback')
        await under.caller.work(two.token, 'commit')
        await expect(under.caller.work(one.token, 'commit')).rejects.toThrow('CLYRA_ENFORCE_CERTIFICATE_USED')
        const enforcing = { ...requestOf(under.one), certificate_id: one.request.certificate_id }
        expect(await under.warehouse.enforce(enforcing, nothing, live)).toMatchObject({ code: 'CLYRA_ENFORCE_CERTIFICATE_USED' })
      })
      expect(rows).toBe(1)
    })

    test('an attempt that was closed is redeemed never again', async () => {
      const { request, token } = granted()
      const rows = await grown(async () => {
        await under.warehouse.issue(request)
        expect(await under.warehouse.settle(request)).toMatchObject({ outcome: 'failed', settled_by: 'tombstone' })
        await expect(under.caller.work(token, 'commit')).rejects.toThrow('CLYRA_GRANT_')
        expect(await under.warehouse.issue(again({ request, token }).request)).toBe('void')
      })
      expect(rows).toBe(0)
      expect(await under.warehouse.redemption(request)).toBeNull()
    })

    test('a survey changes nothing, and its anchor is a bound, not the transaction’s own', async () => {
      const rows = await grown(async () => {
        const before = await under.warehouse.survey(under.one, 'before', null)
        const after = await under.warehouse.survey(under.one, 'after', '7')
        expect(after.snapshot).toEqual(before.snapshot)
        expect([before.anchor, after.anchor]).toMatchObject([
          { position: 'before', strength: 'bounded', xid: null },
          { position: 'after', strength: 'bounded', xid: '7' },
        ])
      })
      expect(rows).toBe(0)
    })
  })

  test('a warehouse that can be used says so', async () => {
    await expect(under.warehouse.check()).resolves.toBeUndefined()
  })
}

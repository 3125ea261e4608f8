import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type pgDriver from 'pg'
import { ClyraError } from '../../core/errors.ts'
import type { EnforceRequest, Settled, Warehouse } from '../../core/ports.ts'
import { requestOf } from '../../tests/support/attempts.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { again, connected, type Granted, grantOf, inFlight, issued, redeem, redeemed, work } from '../../tests/support/grants.ts'
import { until } from '../../tests/support/kill.ts'
import { payloadOf, shop } from '../../tests/support/shop.ts'
import { postgresWarehouse } from './index.ts'

// One certificate, one attempt that applied. fsync stays on: a server is killed.
let pg: GovernedPostgres
let warehouse: Warehouse
const open: pgDriver.Client[] = []

beforeAll(async () => {
  pg = await governedPostgres(shop, { fsync: 'on' })
  warehouse = postgresWarehouse(pg)
})
afterAll(async () => {
  await Promise.all(open.map((client) => client.end().catch(() => undefined)))
  await pg.stop()
})

let changes = 0
/** A change that leaves its own name in shop.audit once for each time it is applied. */
function change(certificate_id: string | null, lock_timeout_ms = 5_000): EnforceRequest {
  changes += 1
  const change_id = `chg_certified${changes}`
  const payload = payloadOf('dml', [`insert into shop.audit (what) values ('${change_id}')`], { lock_timeout_ms })
  return { ...requestOf(payload), change_id, certificate_id }
}
const enforce = (request: EnforceRequest, prepare: () => Promise<void> = () => Promise.resolve()): Promise<Settled> =>
  warehouse.enforce(request, prepare, { aborted: false })
const session = async (login = pg.caller): Promise<pgDriver.Client> => {
  const client = await connected(login)
  open.push(client)
  return client
}
/** The start of an attempt by a worker that is not heard of again. */
async function entered(request: EnforceRequest): Promise<pgDriver.Client> {
  const client = await session(pg.dml)
  await client.query('begin')
  await client.query('select clyra_guard.enter($1, $2, $3, $4)', values(request))
  return client
}
const values = ({ change_id, attempt, payload_digest, certificate_id }: EnforceRequest) => [
  change_id,
  attempt,
  payload_digest,
  certificate_id,
]
const written = async ({ change_id }: { change_id: string }): Promise<number> =>
  (await pg.sql('select from shop.audit where what = $1', [change_id])).length
const holder = async (certificate: string) =>
  (await pg.sql('select change_id, attempt::int, state from clyra_guard.attempts where certificate_id = $1', [certificate]))[0]
const waiting = () => until(async () => (await pg.sql("select from pg_stat_activity where wait_event = 'transactionid'")).length === 1)
const enforced = { outcome: 'enforced', code: null }
const used = { outcome: 'failed', code: 'CLYRA_ENFORCE_CERTIFICATE_USED', settled_by: 'tombstone' }

describe('an attempt under a certificate', () => {
  test('that another change was made under fails, applies nothing, and never will', async () => {
    const certificate = randomUUID()
    const [one, two] = [change(certificate), change(certificate)]
    expect(await enforce(one)).toMatchObject(enforced)
    expect(await enforce(two)).toEqual({ ...used, sqlstate: 'CY002', statement: null })
    expect(await enforce({ ...two, certificate_id: randomUUID() })).toMatchObject({ outcome: 'failed' })
    expect([await written(one), await written(two)]).toEqual([1, 0])
    expect(await holder(certificate)).toEqual({ change_id: one.change_id, attempt: 1, state: 'applied' })
  })

  test('fails as a second attempt of the change as well; the first settles as ever', async () => {
    const one = change(randomUUID())
    expect(await enforce(one)).toMatchObject(enforced)
    expect(await enforce({ ...one, attempt: 2 })).toMatchObject(used)
    expect(await enforce(one)).toMatchObject({ ...enforced, settled_by: 'guard_row' })
    expect(await written(one)).toBe(1)
  })

  test('is not in the way of those nobody had to approve', async () => {
    for (const request of [change(null), change(null)]) expect(await enforce(request)).toMatchObject(enforced)
  })

  test('leaves the certificate free when it applied nothing: a tombstone holds none', async () => {
    const certificate = randomUUID()
    const [settled, refused, next] = [change(certificate), change(certificate), change(certificate)]
    await warehouse.settle(settled)
    expect(await enforce({ ...refused, row_limit: 0 })).toMatchObject({ code: 'CLYRA_ENFORCE_ROW_LIMIT', settled_by: 'tombstone' })
    expect(await holder(certificate)).toBeUndefined()
    expect(await enforce(next)).toMatchObject(enforced)
  })
})

describe('two changes at once under one certificate', () => {
  test('twenty times: one is applied', async () => {
    for (let round = 0; round < 20; round += 1) {
      const certificate = randomUUID()
      const two = [change(certificate), change(certificate)]
      const settled = await Promise.all(two.map((request) => enforce(request)))
      expect(settled.map(({ outcome }) => outcome).sort()).toEqual(['enforced', 'failed'])
      expect(settled.find(({ outcome }) => outcome === 'failed')).toMatchObject(used)
      const counts = await Promise.all(two.map(written))
      expect(counts.sort()).toEqual([0, 1])
    }
  })

  test('the second waits for the first: goes on when that rolls back, fails when its own time is up', async () => {
    const certificate = randomUUID()
    const first = await entered(change(certificate))
    const [hasty, patient] = [change(certificate, 50), change(certificate)]
    expect(await enforce(hasty)).toMatchObject({ outcome: 'failed', code: 'CLYRA_ENFORCE_NOT_APPLIED' })
    const second = enforce(patient)
    await waiting()
    await first.query('rollback')
    expect(await second).toMatchObject(enforced)
    expect([await written(hasty), await written(patient)]).toEqual([0, 1])
  })
})

describe('a death between enter and COMMIT', () => {
  const deaths: [string, (client: pgDriver.Client) => Promise<unknown>][] = [
    ['of the session', () => pg.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'clyra_dml'")],
    ['of the server', () => pg.crash()],
    ['of the worker', (client) => client.end()],
  ]
  test.each(deaths)('%s: the same attempt goes on under its certificate, any other fails', async (_, die) => {
    const one = change(randomUUID())
    await die(await entered(one))
    expect(await enforce(one)).toMatchObject({ ...enforced, settled_by: 'commit' })
    expect(await enforce(change(one.certificate_id))).toMatchObject(used)
    expect(await written(one)).toBe(1)
  })

  test('by what the ledger said: the same attempt goes on', async () => {
    const one = change(randomUUID())
    const away = new ClyraError('CLYRA_LEDGER_UNAVAILABLE', 'expected the store, found none')
    await expect(enforce(one, () => Promise.reject(away))).rejects.toBe(away)
    expect(await enforce(one)).toMatchObject(enforced)
  })
})

describe('a redemption', () => {
  const two = async (): Promise<[Granted, Granted]> => {
    const part = { certificate_id: randomUUID() }
    return [await issued(warehouse, grantOf('shop_etl', part)), await issued(warehouse, grantOf('shop_etl', part))]
  }

  test('takes the certificate of its grant in the caller’s own transaction; another change’s grant is refused', async () => {
    const [one, other] = await two()
    await (await inFlight(await session(), one)).query('commit')
    expect(await holder(one.request.certificate_id ?? '')).toEqual({ change_id: one.request.change_id, attempt: 1, state: 'applied' })
    const client = await session()
    await client.query('begin')
    await expect(redeem(client, other.token)).rejects.toMatchObject({
      code: 'CY001',
      message: expect.stringMatching(/^CLYRA_ENFORCE_CERTIFICATE_USED /),
    })
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' })
    expect(await warehouse.redemption(other.request)).toBeNull()
    expect(await enforce(change(one.request.certificate_id))).toMatchObject(used)
    expect(await work(pg.caller, one.token, [])).toBe('CLYRA_GRANT_SETTLED')
  })

  test('is refused under a certificate the executor applied a change with', async () => {
    const one = change(randomUUID())
    await enforce(one)
    const granted = await issued(warehouse, grantOf('shop_etl', { certificate_id: one.certificate_id }))
    expect(await work(pg.caller, granted.token, [])).toBe('CLYRA_ENFORCE_CERTIFICATE_USED')
  })

  test('of two at once: one commits, the other waits and is refused', async () => {
    const [one, other] = await two()
    const first = await inFlight(await session(), one)
    const client = await session()
    await client.query('begin')
    const second = redeemed(client, other.token)
    await waiting()
    await first.query('commit')
    expect(await second).toBe('CLYRA_ENFORCE_CERTIFICATE_USED')
  })

  test('rolled back has taken nothing; a later grant of the attempt redeems under the same certificate', async () => {
    const [one, other] = await two()
    await (await inFlight(await session(), one)).query('rollback')
    const later = await issued(warehouse, again(one))
    expect(await work(pg.caller, later.token, [])).toMatch(/^\d+$/)
    expect(await work(pg.caller, other.token, [])).toBe('CLYRA_ENFORCE_CERTIFICATE_USED')
  })

  test('in a transaction with an older snapshot gets 40001, and begins again', async () => {
    const [one, other] = await two()
    const client = await session()
    await client.query('begin isolation level repeatable read')
    await client.query('select from shop.audit')
    await work(pg.caller, one.token, [])
    await expect(redeem(client, other.token)).rejects.toMatchObject({ code: '40001' })
    await client.query('rollback')
  })
})

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import { modeEntry } from '../tests/support/ledger-bodies.ts'
import { migrate, openLedger } from './index.ts'

let store: TestLedger
let service: pg.Client
let admin: pg.Client

beforeAll(async () => {
  store = await startTestLedger()
  await store.ledger.log.append('ledger/acme', [modeEntry('a')])
  await store.ledger.blobs.put('acme', '{}')
  await store.ledger.singleUse.consume('acme', 'nonce', 'n', 'me')
  await store.ledger.effects.put('chg', 1, 'sha256:x')
  await store.ledger.payloads.put('acme', 'sha256:x', Buffer.from('{}'))
  service = new pg.Client({ connectionString: store.options.url })
  admin = new pg.Client({ connectionString: store.adminUrl })
  await service.connect()
  await admin.connect()
})

afterAll(async () => {
  await service.end()
  await admin.end()
  await store.stop()
})

const insertOnly = ['receipts', 'blobs', 'single_use', 'effects']
const columnOf: Record<string, string> = { receipts: 'line', blobs: 'content', single_use: 'owner', effects: 'effect_digest' }
const alterations = (table: string): string[] => [
  `update clyra.${table} set ${columnOf[table]} = 'x'`,
  `update clyra.${table} set ${columnOf[table]} = 'x' where false`,
  `delete from clyra.${table}`,
  `truncate clyra.${table}`,
]

describe.each(insertOnly)('%s', (table) => {
  test.each(alterations(table))('the service role has no grant for: %s', async (sql) => {
    await expect(service.query(sql)).rejects.toMatchObject({ code: '42501' })
  })

  test.each(alterations(table))('triggers refuse even the owner: %s', async (sql) => {
    await admin.query('set role clyra_owner')
    await expect(admin.query(sql)).rejects.toThrow(/is refused/)
    await admin.query('reset role')
  })

  test.each(alterations(table))('and a superuser, also as a replica: %s', async (sql) => {
    await admin.query('set session_replication_role = replica')
    await expect(admin.query(sql)).rejects.toThrow(/is refused/)
    await admin.query('reset session_replication_role')
  })
})

describe('the service role', () => {
  test.each([
    'alter table clyra.receipts disable trigger refuse',
    'alter table clyra.receipts disable trigger all',
    'drop trigger refuse on clyra.receipts',
    'drop table clyra.receipts',
    'alter table clyra.receipts owner to clyra_service',
    'alter function clyra.refuse() owner to clyra_service',
    'set session_replication_role = replica',
    'set role clyra_owner',
    'create table clyra.mine (a int)',
    'create table public.mine (a int)',
    'create temporary table mine (a int)',
    'create schema mine',
    'create rule r as on delete to clyra.receipts do instead nothing',
    'delete from clyra.heads',
    'truncate clyra.heads cascade',
    `update clyra.heads set stream = 'x'`,
    'delete from clyra.changes',
    `update clyra.changes set payload_digest = 'x'`,
    `update clyra.changes set tenant = 'x'`,
    'delete from clyra.payloads',
    `update clyra.payloads set digest = 'x'`,
    'delete from clyra.tokens',
    'delete from clyra.writes',
    `update clyra.writes set requester_actor = 'x'`,
    'delete from clyra.notices',
    `update clyra.notices set tenant = 'x'`,
    `update clyra.notices set change_id = 'x'`,
    `update clyra.tokens set roles = '{admin}'`,
    'insert into clyra.migrations values (99, $$x$$)',
    'grant select on clyra.receipts to public',
  ])('may not: %s', async (sql) => {
    if (sql.startsWith('grant')) {
      // PostgreSQL answers a grant without the right to it with a warning; what counts is that nothing was given.
      await service.query(sql).catch(() => undefined)
      const { rows } = await admin.query(
        `select 1 from information_schema.role_table_grants where table_schema = 'clyra' and grantee = 'PUBLIC'`,
      )
      expect(rows).toEqual([])
    } else await expect(service.query(sql)).rejects.toMatchObject({ code: '42501' })
  })

  test('owns nothing and is nothing special', async () => {
    const { rows: owned } = await admin.query(
      `select c.relname from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = 'clyra_service'`,
    )
    expect(owned).toEqual([])
    const { rows } = await admin.query(
      `select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication from pg_roles where rolname in ('clyra_service', 'clyra_writer')`,
    )
    expect(rows).toHaveLength(2)
    for (const role of rows) expect(Object.values(role)).toEqual([false, false, false, false, false])
    const { rows: owner } = await admin.query(`select rolcanlogin from pg_roles where rolname = 'clyra_owner'`)
    expect(owner).toEqual([{ rolcanlogin: false }])
  })

  test('a second receipt in a place that is taken stops everything: the head was turned back', async () => {
    await store.ledger.log.append('ledger/turned', [modeEntry('a'), modeEntry('b')])
    await service.query(`update clyra.heads set size = 1 where stream = 'ledger/turned'`)
    await expect(store.ledger.log.append('ledger/turned', [modeEntry('c')])).rejects.toMatchObject({ code: 'CLYRA_LEDGER_CORRUPT' })
  })
})

describe('tampering by someone who owns the machine', () => {
  test('a line that was edited never gets out of the store', async () => {
    await store.ledger.log.append('ledger/edited', [modeEntry('a'), modeEntry('b')])
    await admin.query('alter table clyra.receipts disable trigger refuse')
    await admin.query(`update clyra.receipts set line = replace(line, 'because', 'instead') where stream = 'ledger/edited' and seq = 1`)
    await admin.query('alter table clyra.receipts enable always trigger refuse')
    await expect(store.ledger.log.read('ledger/edited')).rejects.toMatchObject({ code: 'CLYRA_LEDGER_CORRUPT' })
    await expect(store.ledger.log.append('ledger/edited', [modeEntry('c')])).rejects.toMatchObject({ code: 'CLYRA_LEDGER_CORRUPT' })
    expect(await store.ledger.log.read('ledger/edited', 0, 1)).toHaveLength(1)
  })
})

describe('migrations', () => {
  test('run again and beside each other without harm, and set the password', async () => {
    const servicePassword = randomBytes(8).toString('hex')
    await Promise.all([1, 2, 3].map(() => migrate(store.adminUrl, { serviceRole: 'clyra_service', servicePassword })))
    const url = new URL(store.options.url)
    url.password = servicePassword
    const again = await openLedger({ ...store.options, url: url.href })
    expect(await again.log.read('ledger/acme')).toHaveLength(1)
    await again.close()
    await expect(openLedger(store.options)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_UNAVAILABLE' })
  })

  test('a store of another schema version is not used', async () => {
    await admin.query(`insert into clyra.migrations (version, name) values (9999, 'from the future')`)
    await expect(store.ledger.check()).rejects.toMatchObject({ code: 'CLYRA_LEDGER_UNAVAILABLE', message: expect.stringContaining('9999') })
    await admin.query('delete from clyra.migrations where version = 9999')
    await store.ledger.check()
  })
})

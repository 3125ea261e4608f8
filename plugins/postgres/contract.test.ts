import { describe, expect, test } from '@jest/globals'
import { warehouseContract } from '../../tests/contracts/warehouse.ts'
import { requestOf } from '../../tests/support/attempts.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { connected, redeem } from '../../tests/support/grants.ts'
import { payloadOf, shop } from '../../tests/support/shop.ts'
import { postgresWarehouse } from './index.ts'

let pg: GovernedPostgres

describe('the PostgreSQL warehouse', () => {
  warehouseContract(async () => {
    pg = await governedPostgres(shop)
    return {
      warehouse: postgresWarehouse(pg),
      one: payloadOf('dml', ["insert into shop.audit (what) values ('contract')"]),
      many: payloadOf('dml', ["insert into shop.audit (what) select 'contract' from shop.products where id <= 20"]),
      refused: payloadOf('dml', ['insert into shop.orders values (1, 1, 1)']),
      bad: ['', 'deleet', 'select 1; select 2', 'do $$ begin end $$', 'commit'].map((text) => payloadOf('dml', [text])),
      caller: {
        login: 'shop_etl',
        work: async (token, end) => {
          const client = await connected(pg.caller)
          try {
            await client.query('begin')
            await redeem(client, token)
            await client.query("insert into shop.audit (what) values ('contract')")
            await client.query(end)
          } finally {
            await client.end()
          }
        },
      },
      applied: async () => Number((await pg.sql<{ n: string }>("select count(*) as n from shop.audit where what = 'contract'"))[0]?.n),
      stop: () => pg.stop(),
    }
  })

  test.each([
    [
      'the guard is missing',
      'revoke usage on schema clyra_guard from clyra_dml',
      'grant usage on schema clyra_guard to clyra_dml',
      'CLYRA_POSTGRES_GUARD_MISSING',
    ],
    [
      'the dml login may make temporary tables',
      'grant temporary on database shopdb to clyra_dml',
      'revoke temporary on database shopdb from clyra_dml',
      'CLYRA_POSTGRES_UNSAFE',
    ],
    [
      'the login owns a table',
      'alter table shop.fresh owner to clyra_dml',
      'alter table shop.fresh owner to shop_owner',
      'CLYRA_POSTGRES_UNSAFE',
    ],
    ['the login is a superuser', 'alter role clyra_ddl superuser', 'alter role clyra_ddl nosuperuser', 'CLYRA_POSTGRES_UNSAFE'],
    [
      'the server is another one',
      "update clyra_guard.server set system_identifier = 'x'",
      'update clyra_guard.server set system_identifier = (select system_identifier::text from pg_control_system())',
      'CLYRA_ENFORCE_FAILED_OVER',
    ],
  ])('check() says when %s', async (_, spoil, mend, code) => {
    const warehouse = postgresWarehouse(pg)
    await pg.sql(spoil)
    const found = await warehouse.check().then(
      () => null,
      (error: { code: string }) => error.code,
    )
    await pg.sql(mend)
    expect(found).toBe(code)
    await warehouse.check()
  })

  test('check() says when the logins are exchanged', async () => {
    await expect(postgresWarehouse({ dml: pg.ddl, ddl: pg.dml }).check()).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_UNSAFE' })
  })

  test('an attempt without the guard applies nothing and says what is missing', async () => {
    const request = requestOf(payloadOf('dml', ['select 1']))
    await pg.sql('revoke usage on schema clyra_guard from clyra_dml')
    const attempt = postgresWarehouse(pg).enforce(request, () => Promise.resolve(), { aborted: false })
    await expect(attempt).rejects.toMatchObject({ code: 'CLYRA_POSTGRES_GUARD_MISSING' })
    await pg.sql('grant usage on schema clyra_guard to clyra_dml')
  })
})

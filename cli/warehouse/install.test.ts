import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { freePort } from '../../runtime/parts/port.ts'
import { type GovernedPostgres, governedPostgres } from '../../tests/support/governed-postgres.ts'
import { shop } from '../../tests/support/shop.ts'
import type { Check } from '../checks.ts'
import { cli } from '../testing/console.ts'

const before = process.env.CLYRA_HOME
let pg: GovernedPostgres
let home: string

beforeAll(async () => {
  pg = await governedPostgres(`${shop} create role dbt login password 'dbt-pw' in role shop_owner`)
  await pg.sql('create database empty')
  home = mkdtempSync(join(tmpdir(), 'clyra-install-'))
  process.env.CLYRA_HOME = home
  mkdirSync(join(home, 'keys'))
  const target = (mode: string) =>
    `{ kind: postgres, dml: 'file:made/dml.url', ddl: 'file:made/ddl.url', mode: ${mode}, policy: p.yaml,
       limits: { max_rows: 1, statement_timeout_ms: 1, lock_timeout_ms: 1 } }`
  writeFileSync(
    join(home, 'clyra.yaml'),
    `{ spec: 0, tenant: t, log_name: l, store: { url: 'env:NONE' }, targets: { gated: ${target('gate')}, heard: ${target('review')} } }`,
  )
  writeFileSync(join(home, 'admin.url'), `postgres://postgres:admin-pw@127.0.0.1:${pg.port}/shopdb`)
})
afterAll(async () => {
  if (before === undefined) delete process.env.CLYRA_HOME
  else process.env.CLYRA_HOME = before
  rmSync(home, { recursive: true })
  await pg.stop()
})

const install = (...words: string[]) => cli(['target', 'install', 'gated', '--admin', 'file:admin.url', '--json', ...words])
const doctor = (...words: string[]) => cli(['warehouse', 'doctor', '--platform', 'postgres', '--json', ...words])
const checksOf = (out: string): Check[] => (JSON.parse(out) as { checks: Check[] }).checks
const statusOf = (out: string, check: string) => checksOf(out).find((one) => one.check === check)?.status

describe('clyra target install', () => {
  test('makes the secrets that clyra.yaml names, and says what is in force', async () => {
    const { code, out } = await install('--schema', 'shop', '--guard', 'shop.orders,shop.notes', '--caller', 'dbt')
    expect(code).toBe(0)
    for (const name of ['dml', 'ddl']) expect(statSync(join(home, `made/${name}.url`)).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(home, 'made/dml.url'), 'utf8')).toMatch(/^postgres:\/\/clyra_dml:[0-9a-f]{64}@/)
    expect(checksOf(out).find(({ check }) => check === 'gated tables')?.found).toMatch(/^2 of /)
    expect(checksOf(out).find(({ check }) => check === 'gated callers')?.found).toBe('may redeem grants: dbt, shop_etl')
    expect([statusOf(out, 'gated event triggers'), statusOf(out, 'gated logins')]).toEqual(['ok', 'ok'])
  })

  test('again, without being told anything, changes nothing', async () => {
    const state = async () => [
      readFileSync(join(home, 'made/dml.url'), 'utf8'),
      await pg.sql("select tgrelid, oid from pg_trigger where tgname = 'clyra_guard' order by 1"),
      await pg.sql('select nspname, nspacl::text from pg_namespace order by 1'),
      await pg.sql('select relname, relacl::text from pg_class order by oid'),
      await pg.sql('select login, act_as from clyra_guard.logins order by 1'),
    ]
    const first = await state()
    expect((await install()).code).toBe(0)
    expect(await state()).toEqual(first)
  })

  test.each([
    ['a table that is none', ['--guard', 'shop.nowhere'], 'CLYRA_GUARD_INSTALL', 'shop.nowhere'],
    ['a caller that is none', ['--caller', 'nobody'], 'CLYRA_GUARD_INSTALL', 'nobody'],
    ['a schema that is none', ['--owner', 'shop_owner', '--schema', 'nowhere'], 'CLYRA_GUARD_INSTALL', 'nowhere'],
    ['an owner without schemas', ['--owner', 'dbt'], 'CLYRA_GUARD_INSTALL', '--schema'],
  ])('changes nothing for %s and names it', async (_, words, code, named) => {
    const result = await install(...words)
    expect(result.code).toBe(1)
    expect(JSON.parse(result.out)).toMatchObject({ code, message: expect.stringContaining(named) })
  })

  test('does not guess an owner, and leaves no secret behind', async () => {
    rmSync(join(home, 'made'), { recursive: true })
    writeFileSync(join(home, 'empty.url'), `postgres://postgres:admin-pw@127.0.0.1:${pg.port}/empty`)
    const { code, out } = await cli(['target', 'install', 'gated', '--admin', 'file:empty.url', '--json'])
    expect([code, JSON.parse(out).code]).toEqual([2, 'CLYRA_CLI_USAGE'])
    expect(existsSync(join(home, 'made'))).toBe(false)
    await install('--schema', 'shop')
  })

  test('takes references alone and repeats no secret', async () => {
    writeFileSync(join(home, 'rubbish.url'), 'h4nds-0ff')
    writeFileSync(join(home, 'wrong.url'), `postgres://postgres:h4nds-0ff@127.0.0.1:${pg.port}/shopdb`)
    writeFileSync(join(home, 'gone.url'), `postgres://postgres:h4nds-0ff@127.0.0.1:${await freePort()}/shopdb`)
    const answers: Record<string, string> = {
      'postgres://postgres:h4nds-0ff@127.0.0.1/shopdb': 'CLYRA_CLI_USAGE',
      'file:rubbish.url': 'CLYRA_CONFIG_INVALID',
      'file:nowhere.url': 'CLYRA_CONFIG_SECRET_MISSING',
      'file:wrong.url': 'CLYRA_POSTGRES_UNAVAILABLE',
      'file:gone.url': 'CLYRA_POSTGRES_UNAVAILABLE',
    }
    for (const [admin, code] of Object.entries(answers)) {
      const { out, err } = await cli(['target', 'install', 'gated', '--admin', admin, '--json'])
      expect([admin, JSON.parse(out).code]).toEqual([admin, code])
      expect(out + err).not.toContain('h4nds-0ff')
    }
    expect((await cli(['target', 'install', 'other', '--admin', 'file:admin.url'])).err).toContain('CLYRA_CONFIG_UNKNOWN_TARGET')
  })
})

describe('clyra warehouse doctor', () => {
  test('fails for a hole in a gate, not in review, and says how to close it; closed, it is content', async () => {
    expect((await doctor('--target', 'heard')).code).toBe(0)
    const { code, out } = await doctor()
    expect(code).toBe(1)
    expect([statusOf(out, 'gated other writers'), statusOf(out, 'heard other writers')]).toEqual(['fail', 'warn'])
    expect((await install('--guard-all')).code).toBe(0)
    const closed = await doctor()
    expect(closed.code).toBe(0)
    expect(statusOf(closed.out, 'gated other writers')).toBe('ok')
  })

  test('names an unsafe login, a missing secret, an unknown target', async () => {
    await pg.sql('grant temporary on database shopdb to clyra_dml')
    const { code, out } = await doctor('--target', 'heard')
    await pg.sql('revoke temporary on database shopdb from clyra_dml')
    expect([code, statusOf(out, 'heard logins')]).toEqual([1, 'fail'])
    expect(out).toContain('temporary objects')
    expect((await doctor('--target', 'other')).code).toBe(2)
  })
})

import { describe, expect, test } from '@jest/globals'
import type { Audit } from '../../plugins/postgres/audit.ts'
import { judge } from './judge.ts'

const quiet: Audit['settings'] = {
  log_min_error_statement: 'panic',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '-1',
  log_parameter_max_length_on_error: '0',
  log_error_verbosity: 'terse',
  max_prepared_transactions: '0',
}
const tight: Audit = {
  database: 'shop',
  login: 'clyra_dml',
  current: true,
  tables: [{ name: 'shop.orders', guarded: true }],
  event_triggers: true,
  callers: [],
  superusers: [],
  writers: [],
  owners: [],
  powerful: [],
  settings: quiet,
}
const found = (part: Partial<Audit>, mode: 'gate' | 'review' = 'gate') =>
  judge('shop', mode, { ...tight, ...part }).filter(({ status }) => status !== 'ok')
const dbt = { login: 'dbt', tables: 2, example: 'shop.orders' }
const bare = [{ name: 'shop.orders', guarded: false }]

describe('a warehouse', () => {
  test('that holds has nothing to close', () => expect(found({})).toEqual([]))

  test('in which others may write past Clyra has a hole in a gate; in review it is told', () => {
    const [hole] = found({ tables: bare, writers: [dbt], event_triggers: false })
    expect(hole).toEqual({
      check: 'other writers',
      status: 'fail',
      found: 'past Clyra, without guard: dbt to 2 tables (shop.orders …)',
      remedy: 'Run clyra target install shop --admin REF --guard-all, or REVOKE the rights.',
    })
    expect(found({ tables: bare, writers: [dbt], event_triggers: false }, 'review')).toMatchObject([{ status: 'warn' }])
  })

  test('in which nobody else may write needs no guard on its tables', () => {
    expect(found({ tables: bare, event_triggers: false })).toEqual([])
  })

  test('whose owner has members is held by the event triggers, and only by them', () => {
    expect(found({ owners: [dbt] })).toEqual([])
    const statuses = found({ owners: [dbt], event_triggers: false }).map(({ check, status }) => [check, status])
    expect(statuses).toEqual([
      ['event triggers', 'warn'],
      ['owners', 'fail'],
    ])
  })

  test('names superusers, powers and an older guard, which are no failure', () => {
    const powerful = [{ login: 'ops', powers: ['CREATEROLE', 'BYPASSRLS'] }]
    const checks = found({ superusers: ['a', 'b', 'c', 'd', 'e'], powerful, current: false })
    expect(checks.map(({ status, found }) => [status, found])).toEqual([
      ['warn', 'in shop, of another version'],
      ['warn', 'can switch the guard off: a, b, c and 2 more'],
      ['warn', 'ops: CREATEROLE, BYPASSRLS'],
    ])
  })

  test.each([
    [{ log_min_error_statement: 'error' }, 'holds failing statements', 'SET log_min_error_statement = panic;'],
    [
      { log_statement: 'ddl' },
      'holds statements, their parameters',
      'SET log_statement = none; ALTER ROLE clyra_dml SET log_parameter_max_length = 0;',
    ],
    [
      { log_min_duration_statement: '250ms', log_parameter_max_length: '0' },
      'holds slow statements',
      'SET log_min_duration_statement = -1;',
    ],
    [{ log_error_verbosity: 'default' }, 'holds details of errors', 'SET log_error_verbosity = terse;'],
    [{ log_parameter_max_length_on_error: '-1' }, 'holds parameters of failing ones', 'SET log_parameter_max_length_on_error = 0;'],
  ])('whose log takes too much, %j, says which and how to close it', (settings, what, remedy) => {
    const [log] = found({ settings: { ...quiet, ...settings } })
    expect(log).toMatchObject({ check: 'server log', status: 'warn', found: expect.stringContaining(what) })
    expect(log?.remedy).toContain(`ALTER ROLE clyra_dml ${remedy}`)
  })

  test('with callers and prepared transactions is told about', () => {
    const settings = { ...quiet, max_prepared_transactions: '5' }
    expect(found({ settings })).toEqual([])
    expect(found({ settings, callers: ['dbt'] })).toMatchObject([{ check: 'prepared transactions', status: 'warn' }])
  })
})

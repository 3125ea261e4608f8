import { describe, expect, test } from '@jest/globals'
import { siteKeyOf } from './site-key.ts'
import { site } from './testing/story.ts'

test('it is readable where it can be', () => {
  // printf '{"order":7}' | sha256sum
  const digest = '8bcbace4a85bfd655264d50663d1000092824d9421d416b685402a8a18ea32d3'
  expect(siteKeyOf(site, 'raise', { order: 7 })).toBe(`temporal:default:nightly:${site.firstRunId}:raise:${digest}`)
})

test('the order of an object’s names is no other change', () => {
  expect(siteKeyOf(site, 'raise', { a: 1, b: 2 })).toBe(siteKeyOf(site, 'raise', { b: 2, a: 1 }))
})

describe('hashed, and within what the API takes', () => {
  test.each([
    ['a long workflow id', { ...site, workflowId: 'w'.repeat(200) }, 'raise'],
    ['letters beyond ASCII', { ...site, workflowId: 'nächtlich' }, 'raise'],
    ['a line break', { ...site, workflowId: 'a\nb' }, 'raise'],
    ['a colon in the namespace', { ...site, namespace: 'a:b' }, 'raise'],
    ['a colon in the name', site, 'raise:all'],
  ])('%s', (_, where, name) => {
    expect(siteKeyOf(where, name, null)).toMatch(/^temporal:[0-9a-f]{64}$/)
  })

  test('no two places share one', () => {
    const ids = ['w'.repeat(200), `${'w'.repeat(199)}x`, 'nächtlich', 'nachtlich']
    expect(new Set(ids.map((workflowId) => siteKeyOf({ ...site, workflowId }, 'raise', null))).size).toBe(ids.length)
    expect(siteKeyOf({ ...site, namespace: 'a:b', workflowId: 'c' }, 'raise', null)).not.toBe(
      siteKeyOf({ ...site, namespace: 'a', workflowId: 'b:c' }, 'raise', null),
    )
  })
})

test.each([
  ['a fraction', 1.5],
  ['nothing', undefined],
  ['a fraction inside', { rows: [0.5] }],
])('%s is no argument', (_, args) => {
  expect(() => siteKeyOf(site, 'raise', args as never)).toThrow(expect.objectContaining({ code: 'CLYRA_TEMPORAL_CHANGE' }))
})

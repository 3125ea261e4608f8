import { describe, expect, test } from '@jest/globals'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { canonical } from './canonical.ts'

const key = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}))

describe('canonical JSON', () => {
  test('agrees with an RFC 8785 library on everything it accepts', () => {
    fc.assert(
      fc.property(value, (json) => {
        expect(canonical(json)).toBe(canonicalize(json))
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test.each([
    ['a fraction', { a: 1.5 }],
    ['negative zero', -0],
    ['an integer above 2^53 - 1', 2 ** 53],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['a lone surrogate', '\ud800'],
    ['a key that is not an identifier', { 'a-b': 1 }],
    ['undefined', { a: undefined }],
    ['a function', { a: () => 1 }],
  ])('refuses %s', (_what, json) => {
    expect(() => canonical(json)).toThrow(/canonical JSON: expected/)
  })

  test('refuses more than 32 levels and says where', () => {
    const deep = Array.from({ length: 40 }).reduce((inner) => [inner], 1 as unknown)
    expect(() => canonical({ a: deep })).toThrow(/at \/a\/0\/0/)
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nesting } from './nesting.ts'

const of = (text: string) => nesting(text.match(/\S/g) ?? [])

describe('nesting', () => {
  test.each([
    ['', 0],
    ['a + b + c', 5],
    ['( ( a ) )', 3],
    ['( a , b , c )', 2],
    ['( ( a + b ) + c )', 7],
    ['( a + b ) , ( c + d )', 4],
    [') ) a', 3],
  ])('%s nests %i deep at most', (text, bound) => expect(of(text)).toBe(bound))

  test('a list of rows stays shallow however long it is', () => {
    expect(of('( 1 , 2 ) , '.repeat(1000))).toBeLessThan(10)
  })

  test('never less than the brackets open at once, nor than the longest run without a comma', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('(', ')', ',', 'a')), (tokens) => {
        let open = 0
        let most = 0
        for (const token of tokens) {
          open = token === '(' ? open + 1 : token === ')' ? Math.max(0, open - 1) : open
          most = Math.max(most, open)
        }
        const runs = tokens
          .join('')
          .split(/[(),]/)
          .map(({ length }) => length)
        expect(nesting(tokens)).toBeGreaterThanOrEqual(Math.max(most, ...runs))
      }),
      { seed: 7 },
    )
  })
})

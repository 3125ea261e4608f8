import { describe, expect, test } from '@jest/globals'
import { compare, median, percentile, shown, spread } from './stats.ts'

describe('figures', () => {
  test('percentiles are nearest rank, whatever the order of the samples', () => {
    expect([0.5, 0.95, 1].map((p) => percentile([5, 1, 4, 2, 3], p))).toEqual([3, 5, 5])
    expect(percentile([7], 0.05)).toBe(7)
    expect(() => percentile([], 0.5)).toThrow(RangeError)
  })

  test('the median of an even count lies between the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([9, 1, 5])).toBe(5)
  })

  test('ratios are taken round by round', () => {
    const { ratio } = compare([10, 40, 30], [10, 20, 10])
    expect(ratio).toEqual({ median: 2, lowest: 1, highest: 3 })
    expect(shown(spread([120, 101, 99]))).toBe('101 (99–120)')
  })
})

import { describe, expect, test } from '@jest/globals'
import { clocksAgree, maxClockSkewMs } from './clock.ts'

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString()

describe('two clocks', () => {
  test.each([
    ['between the readings, however long it took', 0, 20_000, 60_000, true],
    ['behind, at the limit', 0, -maxClockSkewMs, 100, true],
    ['behind, beyond it', 0, -maxClockSkewMs - 1, 100, false],
    ['ahead, at the limit', 0, 100 + maxClockSkewMs, 100, true],
    ['ahead, beyond it', 0, 101 + maxClockSkewMs, 100, false],
  ])('%s', (_, before, other, after, agree) => {
    expect(clocksAgree(at(before), at(other), at(after))).toBe(agree)
  })

  test('what is no time agrees with nothing', () => {
    expect(clocksAgree(at(0), '', at(0))).toBe(false)
    expect(clocksAgree('soon', at(0), at(0))).toBe(false)
  })
})

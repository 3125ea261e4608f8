// Figures from samples, and from rounds.

/** The value below which the share `p` of the samples lies (nearest rank). */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]
  if (value === undefined) throw new RangeError('expected samples, found none')
  return value
}

export const median = (samples: readonly number[]): number => {
  const sorted = [...samples].sort((a, b) => a - b)
  const half = sorted.length / 2
  return Number.isInteger(half) ? (percentile(sorted, 0.5) + (sorted[half] as number)) / 2 : percentile(sorted, 0.5)
}

/** Median over the rounds, and the lowest and highest round beside it. */
export interface Spread {
  median: number
  lowest: number
  highest: number
}

export const spread = (rounds: readonly number[]): Spread => ({
  median: median(rounds),
  lowest: Math.min(...rounds),
  highest: Math.max(...rounds),
})

/** `12.3 (11.8–14.0)`. */
export function shown({ median, lowest, highest }: Spread): string {
  const digits = highest >= 100 ? 0 : highest >= 10 ? 1 : 2
  return `${median.toFixed(digits)} (${lowest.toFixed(digits)}–${highest.toFixed(digits)})`
}

/** Two sides measured in the same rounds. Ratios are taken round by round, since a round shares its disturbances. */
export function compare(ours: readonly number[], theirs: readonly number[]): { ours: Spread; theirs: Spread; ratio: Spread } {
  return { ours: spread(ours), theirs: spread(theirs), ratio: spread(ours.map((value, round) => value / (theirs[round] as number))) }
}

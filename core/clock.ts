// Two clocks compared: the store's decides expiry, so a warehouse that lives in another time must not be changed by it.

/** Milliseconds the clocks of store and warehouse may differ by. */
export const maxClockSkewMs = 5_000

// How long it took to ask is no skew: `other` counts by how far it lies outside the two readings of our own clock around it.
const skewMs = (before: string, other: string, after: string): number =>
  Math.max(Date.parse(before) - Date.parse(other), Date.parse(other) - Date.parse(after), 0)

/** True when the clocks agree within the limit; what is no time agrees with nothing. */
export const clocksAgree = (before: string, other: string, after: string): boolean => skewMs(before, other, after) <= maxClockSkewMs

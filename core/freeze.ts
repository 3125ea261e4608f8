// What a freeze holds back: the target it names, or every target when it names none.

/** The freezes among these that hold the target back. */
export const freezesOf = <F extends { target: string | null }>(freezes: readonly F[], target: string): F[] =>
  freezes.filter((freeze) => freeze.target === null || freeze.target === target)

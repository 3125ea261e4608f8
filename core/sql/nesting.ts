// How deep can the tree of a text be, judged by its tokens? Asked before the parser, whose stack a hostile text could exhaust:
// it survives that a few dozen times and is then of no use to anybody.

/** Deepest possible nesting that is still parsed. PostgreSQL's parser stands about six times this in a default stack. */
export const maxNesting = 2_500

interface Level {
  /** Tokens since the last comma of this level, brackets closed since then included: a chain of operators nests at each of them. */
  chain: number
  deepest: number
}

/** An upper bound of the depth of the tree: every token may nest once more; only commas and closed brackets set siblings apart. */
export function nesting(tokens: Iterable<string>): number {
  const levels: Level[] = [{ chain: 0, deepest: 0 }]
  let open = 0
  let bound = 0
  for (const token of tokens) {
    const level = levels.at(-1) as Level
    if (token === '(' || token === '[') {
      open += level.chain + 1
      levels.push({ chain: 0, deepest: 0 })
    } else if ((token === ')' || token === ']') && levels.length > 1) {
      levels.pop()
      const outer = levels.at(-1) as Level
      open -= outer.chain + 1
      outer.chain += 1 + Math.max(level.deepest, level.chain)
    } else if (token === ',') {
      level.deepest = Math.max(level.deepest, level.chain)
      level.chain = 0
    } else {
      level.chain += 1
    }
    bound = Math.max(bound, open + (levels.at(-1) as Level).chain)
  }
  return bound
}

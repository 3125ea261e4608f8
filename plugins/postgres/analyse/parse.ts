// From the text of a statement to PostgreSQL's own parse tree (libpg_query).
import { loadModule, parseSync, scanSync } from 'libpg-query'
import { maxNesting, nesting } from '../../../core/sql/nesting.ts'
import { type Refusal, refusal } from '../../../core/sql/refusals.ts'
import type { Tree } from '../../../core/sql/tree.ts'

/** Statements above this size are refused unread. */
export const maxBytes = 16 * 1024

/** One statement: its tree, and its text without what follows the semicolon. */
export interface Parsed {
  readonly tree: Tree
  readonly text: string
}

/** Parses exactly one statement. What is not one statement of PostgreSQL's grammar is a refusal; never throws for bad SQL. */
export async function parseStatement(text: string): Promise<Parsed | Refusal> {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length > maxBytes) return refusal('CLYRA_SQL_TOO_LARGE', `expected at most ${maxBytes} bytes, found ${bytes.length}`)
  // A NUL ends the text for the parser; what stood behind it would be unread.
  if (text.includes('\0') || !text.isWellFormed()) return refusal('CLYRA_SQL_UNPARSED', 'expected well-formed text without NUL')
  if (text.trim() === '') return refusal('CLYRA_SQL_UNPARSED', 'expected a statement, found none')
  await loadModule()
  const tokens = accepted(() => scanSync(text).tokens)
  if (typeof tokens === 'string') return refusal('CLYRA_SQL_UNPARSED', tokens)
  const depth = nesting(tokens.map((token) => token.text))
  if (depth > maxNesting) return refusal('CLYRA_SQL_TOO_COMPLEX', `expected a nesting of at most ${maxNesting}, found up to ${depth}`)
  const statements = accepted(() => parseSync(text).stmts ?? [])
  if (typeof statements === 'string') return refusal('CLYRA_SQL_UNPARSED', statements)
  const [only] = statements
  if (only?.stmt === undefined) return refusal('CLYRA_SQL_UNPARSED', 'expected a statement, found none')
  if (statements.length > 1) return refusal('CLYRA_SQL_MULTIPLE', `expected one statement, found ${statements.length}`)
  const start = only.stmt_location ?? 0
  const end = only.stmt_len === undefined ? bytes.length : start + only.stmt_len
  return { tree: only.stmt as unknown as Tree, text: bytes.subarray(start, end).toString('utf8') }
}

function accepted<T>(work: () => T): T | string {
  try {
    return work()
  } catch (error) {
    // The parser's message quotes the text; only the place may leave.
    const position = (error as { sqlDetails?: { cursorPosition?: number } }).sqlDetails?.cursorPosition
    return position === undefined ? 'not accepted by the grammar' : `not accepted by the grammar at character ${position}`
  }
}

// Cuts a text into its SQL statements at the semicolons between them. Only a convenience: the gateway parses each piece anew,
// and a piece that is not one whole statement is refused there.

// A string, an E-string, a quoted name, a dollar-quoted body, a comment, or the semicolon between statements.
const token =
  /(?<![A-Za-z0-9_$])[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![A-Za-z0-9_$])\$([A-Za-z_][A-Za-z0-9_]*)?\$[\s\S]*?\$\1\$|--[^\n]*|\/\*|;/g

/** The statements in order, without the semicolons; pieces of only blanks and comments are left out. */
export function splitStatements(text: string): string[] {
  const pieces: string[] = []
  let start = 0
  let bare = ''
  let seen = 0
  const finish = (end: number) => {
    if (bare.trim() !== '') pieces.push(text.slice(start, end).trim())
    start = end + 1
    bare = ''
  }
  token.lastIndex = 0
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    bare += text.slice(seen, match.index)
    seen = match[0] === '/*' ? commentEnd(text, match.index) : token.lastIndex
    token.lastIndex = seen
    if (match[0] === ';') finish(match.index)
    else if (!match[0].startsWith('--') && match[0] !== '/*') bare += match[0]
  }
  bare += text.slice(seen)
  finish(text.length)
  return pieces
}

/** Block comments nest in PostgreSQL. */
function commentEnd(text: string, start: number): number {
  const marks = /\/\*|\*\//g
  marks.lastIndex = start
  let depth = 0
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return marks.lastIndex
  }
  return text.length
}

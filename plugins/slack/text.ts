// Text in Slack: whatever came from outside stands as plain text, escaped and cut, so that it can neither ping, link nor format.
import { visible } from '../../core/visible.ts'

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const cutMark = ' …'

/**
 * The text with Slack's three control characters as entities, invisible characters written out, at most `limit` characters long;
 * cut between characters, never inside an entity. Line breaks are the caller's: one in `text` is written out.
 */
export function escaped(text: string, limit: number): string {
  // No character becomes shorter: what lies beyond the limit is not looked at.
  const parts = Array.from(visible(text.slice(0, limit + 1)), (character) => entities[character] ?? character)
  if (parts.join('').length <= limit) return parts.join('')
  let kept = ''
  for (const part of parts) {
    if (kept.length + part.length > limit - cutMark.length) break
    kept += part
  }
  return kept + cutMark
}

/** A plain_text object; `:names:` stay as they are. */
export const plain = (text: string) => ({ type: 'plain_text' as const, text, emoji: false })

/** Lines, as many as fit into `limit`, each cut at `each`; how many are left out is said. */
export function lines(all: readonly string[], limit: number, each: number): string {
  const cut = all.map((line) => escaped(line, each))
  const first = (count: number) => [...cut.slice(0, count), ...(count < cut.length ? [`… and ${cut.length - count} more`] : [])].join('\n')
  let count = cut.length
  while (count > 0 && first(count).length > limit) count -= 1
  return first(count)
}

// HTML as a value. Whatever stands in a template is escaped; only what a template made goes in as it is.

/** Markup that is safe to send. */
export interface Html {
  readonly markup: string
}

type Part = string | number | Html | null | readonly Part[]

/** A template tag: texts and numbers are escaped, null is nothing, lists stand one after the other. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  markup: texts.map((text, index) => text + (index < parts.length ? markupOf(parts[index] ?? null) : '')).join(''),
})

function markupOf(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return part.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  if ('markup' in part) return part.markup
  return part.map(markupOf).join('')
}

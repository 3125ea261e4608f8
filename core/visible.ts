// Text as a person must see it: what a terminal would hide, reorder or obey is written out.

// Fixed ranges, not \p{…} classes: those grow with the Unicode version, and the text is hashed.
const written: readonly (readonly [number, number])[] = [
  [0x0000, 0x001f], // control characters
  [0x007f, 0x00a0], // delete, C1 controls, no-break space
  [0x00ad, 0x00ad], // soft hyphen
  [0x0300, 0x036f], // combining marks, which can draw over neighbours
  [0x0483, 0x0489],
  [0x0590, 0x08ff], // right-to-left letters and marks: they reorder what stands beside them
  [0x115f, 0x1160], // fillers
  [0x1680, 0x1680],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x2000, 0x200f], // spaces, zero widths, direction marks
  [0x2028, 0x202f], // separators, direction overrides
  [0x205f, 0x206f], // invisible operators, isolates
  [0x20d0, 0x20ff],
  [0x21e5, 0x21e5], // stands for a tab below
  [0x27e8, 0x27e9], // the brackets of the escape itself
  [0x2800, 0x2800], // blank braille
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xd800, 0xf8ff], // lone surrogates, private use
  [0xfb1d, 0xfdff],
  [0xfe00, 0xfe0f], // variation selectors
  [0xfe20, 0xfe2f],
  [0xfe70, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xffff],
  [0x10800, 0x10fff],
  [0x1d173, 0x1d17a],
  [0x1e800, 0x1efff],
  [0xe0000, 0x10ffff], // tags, private use
]

/**
 * One line in which every control, direction-changing and invisible character stands as `⟨U+202E⟩` and a tab as `⇥`.
 * Injective: two texts never look the same because of the escape.
 */
export function visible(text: string): string {
  return Array.from(text, shown).join('')
}

function shown(character: string): string {
  if (character === '\t') return '⇥'
  const point = character.codePointAt(0) as number
  if (!written.some(([from, to]) => point >= from && point <= to)) return character
  return `⟨U+${point.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

// Letters that may pass for others. The text stays as it is, since its hash is signed; what is strange in it is said beside it.

// Everything but plain letters of the Latin alphabet, digits and signs; and what is only another shape of one of those.
const strange = (character: string): boolean =>
  !/[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u.test(character) || /[A-Za-z0-9]/.test(unlike(character))

const unlike = (character: string): string => (character.normalize('NFKC') === character ? '' : character.normalize('NFKC'))

/** Each such letter of a text once, with its code point, such as `а U+0430`. */
export const lookAlikes = (text: string): string[] =>
  [...new Set(text)]
    .filter(strange)
    .map((character) => `${character} U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`)

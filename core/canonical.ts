// Canonical JSON (spec/canonical.md): RFC 8785 restricted to integers and ASCII keys. Hashing is not here: the sandbox has none.

/** A value canonical JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const key = /^[A-Za-z_][A-Za-z0-9_]*$/
const maxDepth = 32

/**
 * The canonical text of a value. Properties that are undefined are refused, not dropped.
 * Throws TypeError with the place (a JSON pointer) for anything outside the profile.
 */
export function canonical(value: unknown): string {
  return write(value, '', 0)
}

// Strings first and loops throughout: every signature of an approval is checked over canonical text, beside which this must not show.
function write(value: unknown, place: string, depth: number): string {
  if (depth > maxDepth) throw fault(place, `at most ${maxDepth} levels`)
  if (typeof value === 'string') return writeString(value, place)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return writeInteger(value, place)
  if (Array.isArray(value)) return writeArray(value, place, depth)
  if (typeof value === 'object') return writeObject(value, place, depth)
  throw fault(place, `a JSON value, got ${typeof value}`)
}

function writeArray(value: readonly unknown[], place: string, depth: number): string {
  let text = ''
  for (const [index, item] of value.entries()) text += `${index === 0 ? '' : ','}${write(item, `${place}/${index}`, depth + 1)}`
  return `[${text}]`
}

function writeObject(value: object, place: string, depth: number): string {
  let text = ''
  for (const name of Object.keys(value).sort()) {
    if (!key.test(name)) throw fault(place, `keys of the form ${key.source}`)
    text += `${text === '' ? '' : ','}"${name}":${write((value as Record<string, unknown>)[name], `${place}/${name}`, depth + 1)}`
  }
  return `{${text}}`
}

// Text that JSON writes as it is.
const plain = /^[ !#-[\]-~]*$/

function writeString(value: string, place: string): string {
  if (plain.test(value)) return `"${value}"`
  if (!value.isWellFormed()) throw fault(place, 'Unicode scalar values, got a lone surrogate')
  return JSON.stringify(value)
}

function writeInteger(value: number, place: string): string {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw fault(place, 'an integer of at most 2^53 - 1 in size')
  return String(value)
}

const fault = (place: string, expected: string): TypeError => new TypeError(`canonical JSON: expected ${expected} at ${place || '/'}`)

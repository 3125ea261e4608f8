// Canonical JSON, profile JCS-I (spec/canonical.md), judged on the bytes: what this reader refuses, no language gets to interpret.

/** A value canonical JSON can carry. Objects have no prototype, so that a key is only ever a key. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const maxDepth = 32
const keyToken = /"([A-Za-z_][A-Za-z0-9_]*)":/y
const literalToken = /null|true|false/y
const integerToken = /0|-?[1-9][0-9]*/y
const escapeToken = /\\(?:[btnfr"\\]|u00(?:0[0-7bef]|1[0-9a-f]))/y

/** The text of UTF-8 bytes, or undefined where they are not. A byte order mark is kept as a character. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The value of a canonical JSON text, or undefined where the bytes are anything else. */
export function readCanonical(bytes: Uint8Array): Json | undefined {
  const text = utf8(bytes) ?? '' // the empty text is refused as well
  let at = 0

  function token(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    at += match?.[0].length ?? 0
    return match
  }

  function skip(char: string): boolean {
    if (text[at] !== char) return false
    at++
    return true
  }

  function value(depth: number): Json | undefined {
    if (depth > maxDepth) return undefined
    if (skip('{')) return object(depth)
    if (skip('[')) return array(depth)
    if (skip('"')) return string()
    const word = token(literalToken) ?? token(integerToken)
    const plain = word === null ? undefined : JSON.parse(word[0])
    return typeof plain !== 'number' || Number.isSafeInteger(plain) ? plain : undefined
  }

  function object(depth: number): Json | undefined {
    const members: { [key: string]: Json } = Object.create(null)
    if (skip('}')) return members
    for (let last = ''; ; ) {
      const key = token(keyToken)?.[1]
      const member = key === undefined || key <= last ? undefined : value(depth + 1)
      if (key === undefined || member === undefined) return undefined
      members[key] = member
      if (skip('}')) return members
      if (!skip(',')) return undefined
      last = key
    }
  }

  function array(depth: number): Json | undefined {
    const items: Json[] = []
    if (skip(']')) return items
    for (;;) {
      const item = value(depth + 1)
      if (item === undefined) return undefined
      items.push(item)
      if (skip(']')) return items
      if (!skip(',')) return undefined
    }
  }

  function string(): string | undefined {
    const from = at - 1
    for (;;) {
      const code = text.charCodeAt(at)
      if (skip('"')) return JSON.parse(text.slice(from, at))
      if (code === 0x5c ? token(escapeToken) === null : !(code >= 0x20)) return undefined
      if (code !== 0x5c) at++
    }
  }

  const result = value(0)
  return at === text.length ? result : undefined
}

/** True for two values read by `readCanonical` that are the same. Keys are sorted already. */
export const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

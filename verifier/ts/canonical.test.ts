import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import canonicalize from 'canonicalize'
import { readCanonical } from './canonical.ts'
import { describeShared, sharedFolder } from './testing/shared.ts'

const read = (text: string) => readCanonical(Buffer.from(text))

// The profile by another road: the platform's parser and an RFC 8785 writer.
function isInProfile(bytes: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value = JSON.parse(text)
    return isPlain(value, 0) && canonicalize(value) === text
  } catch {
    return false
  }
}

function isPlain(value: unknown, depth: number): boolean {
  if (depth > 32) return false
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(
    ([key, item]) => (Array.isArray(value) || /^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) && isPlain(item, depth + 1),
  )
}

describe('canonical JSON', () => {
  test('reads what it should, key by key', () => {
    expect(read('{"_a":[1,-2,0,true,false,null,"x"],"b":{}}')).toEqual({ _a: [1, -2, 0, true, false, null, 'x'], b: {} })
    expect(read('"\\b\\t\\n\\f\\r\\"\\\\\\u0000\\u001f€\u{1f600}\u007f"')).toBe('\b\t\n\f\r"\\\u0000\u001f€\u{1f600}\u007f')
    expect(read(String(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('a key is only ever a key', () => {
    const value = read('{"__proto__":{"polluted":1},"constructor":2}') as Record<string, unknown>
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
  })

  test.each([
    ['white space', ['{ }', '[1, 2]', ' 1', '1\n', '{"a": 1}']],
    ['keys', ['{"b":1,"a":2}', '{"a":1,"a":2}', '{"1":1}', '{"":1}', '{"a-b":1}', '{"é":1}', '{"\\u0061":1}', '{"a":1,}', '{,}']],
    ['numbers', ['1.0', '1e1', '-0', '01', '+1', '9007199254740992', '-9007199254740992', '.5', '1.', '0x1', 'NaN', 'Infinity', '-']],
    ['escapes', ['"\\/"', '"\\u000a"', '"\\u001F"', '"\\u0041"', '"\\ud800"', '"\\x41"', '"\\u00e9"', '"\n"', '"\t"', '"\\"', '"']],
    ['more or less than one text', ['', '1 2', '{}{}', '[', '[1', '[1,', '{"a"', '{"a":', 'nul', 'truefalse', '\ufeff1']],
  ])('refuses %s', (_, texts) => {
    for (const text of texts) expect([text, read(text)]).toEqual([text, undefined])
  })

  test('refuses bytes that are not UTF-8', () => {
    for (const hex of ['22ff22', '22c08022', '22eda08022', '22f490808022', '22c322'])
      expect(readCanonical(Buffer.from(hex, 'hex'))).toBeUndefined()
  })

  test('allows depth 32 and no more', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}0${']'.repeat(depth)}`
    expect(read(nested(32))).toBeDefined()
    expect(read(nested(33))).toBeUndefined()
    expect(read(`${'['.repeat(33)}${']'.repeat(33)}`)).toBeDefined()
    expect(read('['.repeat(100000))).toBeUndefined()
  })

  test('a long string does not exhaust the stack', () => {
    expect(read(`"${'\\n'.repeat(500000)}"`)).toBe('\n'.repeat(500000))
  })
})

describeShared('jcs', () => {
  // Keys and floats of the RFC 8785 texts lie outside the profile; each of their single values is judged on its own.
  const valuesOf = (value: unknown): unknown[] =>
    typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(valuesOf)] : [value]

  test('the RFC 8785 texts, and each value in them, are read exactly when they are in the profile; their sources never', () => {
    const names = readdirSync(join(sharedFolder('jcs'), 'output'))
    let [values, inProfile] = [0, 0]
    for (const name of names) {
      const [output = Buffer.of(), input = Buffer.of()] = ['output', 'input'].map((folder) =>
        readFileSync(join(sharedFolder('jcs'), folder, name)),
      )
      const hex = readFileSync(join(sharedFolder('jcs'), 'outhex', name.replace('.json', '.txt')), 'utf8')
      expect(output.toString('hex')).toBe(hex.replace(/\s/g, ''))
      expect(readCanonical(input)).toBeUndefined()
      for (const value of valuesOf(JSON.parse(String(output)))) {
        const bytes = Buffer.from(canonicalize(value) as string)
        expect([String(bytes), readCanonical(bytes)]).toEqual([String(bytes), isInProfile(bytes) ? value : undefined])
        values++
        inProfile += isInProfile(bytes) ? 1 : 0
      }
    }
    console.log(`vectors: jcs ${names.length} texts, ${values} values, ${inProfile} of them in the integer profile`)
    expect(inProfile).toBeGreaterThan(20)
  })
})

describeShared('json-parsing', () => {
  const folder = join(sharedFolder('json-parsing'), 'test_parsing')
  const names = existsSync(folder) ? readdirSync(folder).sort() : []

  test('every n_ text is refused, and the rest is judged as the profile says', () => {
    const accepted = names.filter((name) => readCanonical(readFileSync(join(folder, name))) !== undefined)
    console.log(`vectors: json-parsing ${names.length} texts, ${accepted.length} accepted, ${names.length - accepted.length} refused`)
    expect(accepted.filter((name) => name.startsWith('n_'))).toEqual([])
    expect(accepted).toEqual(names.filter((name) => isInProfile(readFileSync(join(folder, name)))))
    // The Go verifier's tests read the same list.
    const list = readFileSync(join(import.meta.dirname, '../../tests/conformance/json-parsing.accepted.txt'), 'utf8')
    expect(accepted).toEqual(list.trim().split('\n'))
  })
})

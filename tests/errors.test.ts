// Every error that exists is documented, and every documented error exists.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { errorKinds } from '../core/errors.ts'

const root = join(import.meta.dirname, '..')
const documented = (): string[] =>
  [...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^\| `(CLYRA_[A-Z0-9_]+)`/gm)].map((match) => match[1] as string)

test('docs/errors.md lists exactly the codes that exist', () => {
  expect(documented().sort()).toEqual(Object.keys(errorKinds).sort())
})

test('every error says what to do next, in a sentence', () => {
  for (const [code, { remedy, http }] of Object.entries(errorKinds)) {
    expect([code, /^[A-Z].*\.$/s.test(remedy)]).toEqual([code, true])
    expect(http).toBeGreaterThanOrEqual(400)
  }
})

test('every code the source names exists', () => {
  const unknown = sources(root)
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/'(CLYRA_[A-Z0-9_]+)'/g)].map((match) => `${file} ${match[1]}`))
    .filter((place) => !Object.keys(errorKinds).includes(place.split(' ')[1] as string))
  expect(unknown).toEqual([])
})

function sources(dir: string): string[] {
  return readdirSync(dir).flatMap((entry) => {
    if (entry.startsWith('.') || ['node_modules', 'tests', 'vectors', 'verifier'].includes(entry)) return []
    const path = join(dir, entry)
    if (statSync(path).isDirectory()) return sources(path)
    return entry.endsWith('.ts') && !entry.includes('.test.') ? [path] : []
  })
}

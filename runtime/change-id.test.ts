import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { changeId } from './change-id.ts'

const identity = { tenant: 'default', source: 'cli', siteKey: 'run-1', payloadDigest: `sha256:${'0'.repeat(64)}`, revision: 1 }

describe('changeId', () => {
  test('is base32 of the hash of the canonical array, as coreutils writes it', () => {
    const text = `["default","cli","run-1","sha256:${'0'.repeat(64)}",1]`
    const base32 = execFileSync('base32', ['-w0'], { input: createHash('sha256').update(text).digest() }).toString()
    expect(changeId(identity)).toBe(`chg_${base32.toLowerCase().slice(0, 26)}`)
  })

  test('differs when any part differs, also where the parts join to the same text', () => {
    const ids = [
      identity,
      { ...identity, tenant: 'other' },
      { ...identity, source: 'clir', siteKey: 'un-1' },
      { ...identity, payloadDigest: `sha256:${'1'.repeat(64)}` },
      { ...identity, revision: 2 },
    ].map(changeId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('always has the form of the schemas', () => {
    fc.assert(
      fc.property(fc.string(), (siteKey) => /^chg_[a-z2-7]{26}$/.test(changeId({ ...identity, siteKey }))),
      { seed: 3 },
    )
  })
})

// The number is HKDF-Expand as RFC 5869 has it, by another implementation.
import { createHmac } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { matchCode } from './match-code.ts'

test.each([1, 2, 3, 4, 5])('of nonce %i is the first block of HKDF-Expand, six digits', (seed) => {
  const nonce = String(seed).repeat(64)
  const display_hash = `sha256:${'d'.repeat(64)}`
  const info = Buffer.concat([Buffer.from(`clyra.match_code/0 ${display_hash}`), Buffer.from([1])])
  const block = createHmac('sha256', Buffer.from(nonce, 'hex')).update(info).digest()
  const code = matchCode({ grade: 'enhanced', nonce, display_hash })
  expect(code).toMatch(/^[0-9]{6}$/)
  expect(Number(code)).toBe(Number(block.readBigUInt64BE(0) % 1_000_000n))
})

test('is none where the gate asks for none', () => {
  const verdict = { nonce: '5'.repeat(64), display_hash: `sha256:${'d'.repeat(64)}` }
  expect(matchCode({ ...verdict, grade: 'standard' })).toBeNull()
  expect(matchCode({ ...verdict, grade: 'enhanced', nonce: null })).toBeNull()
})

import { describe, expect, test } from '@jest/globals'
import { codeOf } from '../../core/errors.ts'
import { type DoorPurpose, mintToken, readToken } from './tokens.ts'

const tenantKey = new Uint8Array(32).fill(7)
const now = '2026-01-05T09:00:00.000Z'
const ben = { tenant: 'default', person: 'ben@shop.example' }
const { text, expires_at } = mintToken(tenantKey, 'invite', ben, 900, now)

const codeFor = (token: string, { key = tenantKey, purpose = 'invite' as DoorPurpose, at = now } = {}): string => {
  try {
    readToken(key, purpose, token, at)
    return 'read'
  } catch (error) {
    return codeOf(error)
  }
}

describe('door tokens', () => {
  test('what was minted is read until its time is over', () => {
    expect(expires_at).toBe('2026-01-05T09:15:00.000Z')
    const claims = readToken(tenantKey, 'invite', text, '2026-01-05T09:14:59.999Z')
    expect(claims).toEqual({ ...ben, id: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/), exp: expires_at })
    expect(codeFor(text, { at: expires_at })).toBe('CLYRA_API_UNAUTHENTICATED')
  })

  test('two tokens of one person are two', () => {
    expect(mintToken(tenantKey, 'invite', ben, 900, now).text).not.toBe(text)
  })

  test('a token of another purpose or another key is refused', () => {
    expect(codeFor(text, { purpose: 'session' })).toBe('CLYRA_API_UNAUTHENTICATED')
    expect(codeFor(text, { key: new Uint8Array(32).fill(8) })).toBe('CLYRA_API_UNAUTHENTICATED')
  })

  test('a forged token is refused, however it is bent', () => {
    const [said = '', mac = ''] = text.split('.')
    const claims = JSON.parse(Buffer.from(said, 'base64url').toString())
    const other = Buffer.from(JSON.stringify({ ...claims, person: 'eve' })).toString('base64url')
    // The last character of 32 bytes in base64url has two bits that a lenient decoder ignores.
    const [alphabet, last] = ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', mac.slice(-1)]
    const lenient = `${mac.slice(0, -1)}${alphabet[alphabet.indexOf(last) ^ 1]}`
    const bent = [
      `${other}.${mac}`,
      `${said}.`,
      `${said}`,
      `${said}.${mac}.`,
      `${said}=.${mac}`,
      `${said}.${mac}=`,
      `${said}.${lenient}`,
      '',
      '.',
    ]
    expect(bent.map((token) => codeFor(token))).toEqual(bent.map(() => 'CLYRA_API_UNAUTHENTICATED'))
  })
})

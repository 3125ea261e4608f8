import { createPublicKey, sign, verify } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { ed25519, es256, es256Of, rsa, signEs256 } from './keys.ts'

describe('vector keys', () => {
  test('RFC 6979 A.2.5: P-256 with SHA-256, message "sample"', async () => {
    const d = Buffer.from('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721', 'hex')
    const signature = Buffer.from(await es256Of(d).sign(Buffer.from('sample'))).toString('hex')
    expect(signature).toContain('efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716')
    expect(signature).toContain('f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8')
  })

  test('a name has one key, and the key one signature a message', async () => {
    for (const make of [es256, ed25519]) {
      const message = Buffer.from('message')
      expect(make('ada').keyId).toBe(make('ada').keyId)
      expect(make('ada').keyId).not.toBe(make('bob').keyId)
      expect(await make('ada').sign(message)).toEqual(await make('ada').sign(message))
    }
    expect(signEs256('ada', Buffer.from('message'))).toEqual(Buffer.from(await es256('ada').sign(Buffer.from('message'))))
  })

  test('an RSA key signs what its public half verifies', () => {
    const key = rsa('provider')
    expect(key.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048, publicExponent: 65537n })
    const message = Buffer.from('message')
    expect(verify('sha256', message, createPublicKey(key), sign('sha256', message, key))).toBe(true)
    expect(rsa('provider').equals(key)).toBe(true)
    expect(rsa('another').equals(key)).toBe(false)
  })
})

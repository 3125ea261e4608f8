import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import nacl from 'tweetnacl'
import { type PublicKey, passesPrecheck, readEd25519, readSpki, verifySignature } from './keys.ts'
import { keys, signWith } from './testing/keys.ts'
import { describeShared, sharedFolder } from './testing/shared.ts'

const message = Buffer.from('a message')
const p256 = readSpki('ES256', keys.anna.spki) as PublicKey
const n = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')

const der = (r: Buffer, s: Buffer): Buffer => {
  const integer = (value: Buffer) => {
    const trimmed = value.subarray(value.findIndex((byte) => byte !== 0))
    const body = (trimmed[0] as number) > 127 ? Buffer.concat([Buffer.of(0), trimmed]) : trimmed
    return Buffer.concat([Buffer.of(2, body.length), body])
  }
  const body = Buffer.concat([integer(r), integer(s)])
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

describe('ES256', () => {
  test('takes its own signature and no other', () => {
    const signature = signWith(keys.anna, message)
    expect(verifySignature(p256, message, signature)).toBe(true)
    expect(verifySignature(p256, Buffer.from('another'), signature)).toBe(false)
    expect(verifySignature(readSpki('ES256', keys.ben.spki) as PublicKey, message, signature)).toBe(false)
  })

  test('takes DER and nothing around it; (r, n-s) is the same signature to it', () => {
    const raw = sign('sha256', message, { key: keys.anna.privateKey, dsaEncoding: 'ieee-p1363' })
    const [r, s] = [raw.subarray(0, 32), raw.subarray(32)]
    const other = Buffer.from((n - BigInt(`0x${s.toString('hex')}`)).toString(16).padStart(64, '0'), 'hex')
    expect(verifySignature(p256, message, der(r, s))).toBe(true)
    expect(verifySignature(p256, message, der(r, other))).toBe(true)
    for (const wrong of [raw, Buffer.concat([der(r, s), Buffer.of(0)]), der(r, s).subarray(0, -1), Buffer.of(), der(Buffer.of(0), s)]) {
      expect(verifySignature(p256, message, wrong)).toBe(false)
    }
  })

  test('a key has one encoding, on the curve', () => {
    const off = Buffer.from(keys.anna.spki)
    off[90] = (off[90] as number) ^ 1
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'der', type: 'spki' })
    for (const wrong of [off, p384, keys.anna.spki.subarray(0, 90), Buffer.concat([keys.anna.spki, Buffer.of(0)]), keys.log.spki]) {
      expect(readSpki('ES256', wrong)).toBeNull()
    }
    expect(readSpki('Ed25519', keys.anna.spki)).toBeNull()
  })
})

const le = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()

describe('the pre-check of Ed25519', () => {
  test('refuses the 14 encodings of low order, as key and as R', () => {
    const p = 2n ** 255n - 19n
    const eight = [
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    ]
    const unsigned = [...[0n, 1n, p - 1n, p, p + 1n].map(le), ...eight.map((hex) => Buffer.from(hex, 'hex'))]
    const encodings = unsigned.flatMap((bytes) => {
      const signed = Buffer.from(bytes)
      signed[31] = (signed[31] as number) | 0x80
      return [bytes, signed]
    })
    const good = keys.log.spki.subarray(-32)
    const signature = signWith(keys.log, message)
    expect(passesPrecheck(good, signature)).toBe(true)
    expect(new Set(encodings.map((bytes) => bytes.toString('hex'))).size).toBe(14)
    for (const point of encodings) {
      expect(passesPrecheck(point, signature)).toBe(false)
      expect(passesPrecheck(good, Buffer.concat([point, signature.subarray(32)]))).toBe(false)
    }
  })

  test('a key of low order signs every message without it, and none behind it', () => {
    const identity = le(1n)
    const signature = Buffer.concat([identity, le(0n)])
    expect(nacl.sign.detached.verify(message, signature, identity)).toBe(true)
    expect(verifySignature(readEd25519(identity) as PublicKey, message, signature)).toBe(false)
  })

  test('refuses S from L on and other lengths', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const good = keys.log.spki.subarray(-32)
    const r = signWith(keys.log, message).subarray(0, 32)
    expect(passesPrecheck(good, Buffer.concat([r, le(order - 1n)]))).toBe(true)
    expect(passesPrecheck(good, Buffer.concat([r, le(order)]))).toBe(false)
    expect(passesPrecheck(good, r)).toBe(false)
    expect(passesPrecheck(good.subarray(1), Buffer.concat([r, le(1n)]))).toBe(false)
  })
})

interface Group {
  publicKey: { pk: string }
  tests: { tcId: number; msg: string; sig: string; result: string }[]
}

describeShared('wycheproof', () => {
  test('every Ed25519 vector is judged as it says, and tweetnacl agrees behind the pre-check', () => {
    const file = JSON.parse(readFileSync(join(sharedFolder('wycheproof'), 'ed25519_test.json'), 'utf8')) as { testGroups: Group[] }
    let [valid, invalid] = [0, 0]
    for (const { publicKey, tests } of file.testGroups) {
      const raw = Buffer.from(publicKey.pk, 'hex')
      const key = readEd25519(raw) as PublicKey
      for (const { tcId, msg, sig, result } of tests) {
        const [text, signature] = [Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex')]
        const verified = verifySignature(key, text, signature)
        const peer = passesPrecheck(raw, signature) && nacl.sign.detached.verify(text, signature, raw)
        expect([tcId, verified, peer]).toEqual([tcId, result === 'valid', result === 'valid'])
        if (verified) valid++
        else invalid++
      }
    }
    console.log(`vectors: wycheproof ed25519 ${valid + invalid} signatures, ${valid} valid, ${invalid} refused`)
    expect(valid + invalid).toBe(151)
  })
})

import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { build } from './testing/bundle.ts'
import { failures, judge } from './testing/judge.ts'
import { passkey } from './testing/keys.ts'
import { type Assertion, assertionOf } from './testing/passkeys.ts'
import { approvedByPasskey } from './testing/stories.ts'
import { signedBytes } from './webauthn.ts'

const message = Buffer.from('a message')
const honest = assertionOf(message)
const wire = ({ authenticatorData, clientData }: Assertion) => ({
  authenticator_data: authenticatorData.toString('base64'),
  client_data: clientData.toString('base64'),
})
const signed = (bend: Partial<Assertion>) => signedBytes(message, passkey, wire({ ...honest, ...bend }))
const start = String(honest.clientData).replace(/,"other.*$/, '')
const client = (rest: string) => signed({ clientData: Buffer.from(start + rest) })

describe('an assertion', () => {
  test('is over authenticator data and the SHA-256 of client data', () => {
    const digest = createHash('sha256').update(honest.clientData).digest()
    expect(signed({})).toEqual(Buffer.concat([honest.authenticatorData, digest]))
    expect(failures(judge(build(approvedByPasskey())))).toEqual([])
  })

  test('stands under a passkey, and nothing else does', () => {
    expect(signedBytes(message, undefined, undefined)).toBe(message)
    expect(signedBytes(message, undefined, wire(honest))).toBeNull()
    expect(signedBytes(message, passkey, undefined)).toBeNull()
    expect(signedBytes(Buffer.from('another'), passkey, wire(honest))).toBeNull()
  })

  test.each<[string, boolean]>([
    ['}', true],
    [',}', true],
    // Only what stands before is read (§5.8.1.2): an authenticator signs no such client data of a browser's.
    [',"challenge":"another"}', true],
    ['', false],
    [',', false],
    [' }', false],
    ['}}', false],
    ['},"a":1}', false],
    [',"a":1} ', false],
    ['0}', false],
  ])('client data that go on with %p: %p', (rest, right) => {
    expect(client(rest) !== null).toBe(right)
  })

  test('client data and authenticator data have at most 2,048 bytes, and authenticator data at least 37', () => {
    const sized = (size: number) => signed({ clientData: Buffer.from(`${start},${' '.repeat(size - start.length - 2)}}`) })
    const data = (size: number) => signed({ authenticatorData: Buffer.concat([honest.authenticatorData, Buffer.alloc(2100)], size) })
    expect([2048, 2049].map((size) => sized(size) !== null)).toEqual([true, false])
    expect([32, 36, 37, 2048, 2049].map((size) => data(size) !== null)).toEqual([false, false, true, true, false])
  })

  test('the user is present and verified; other flags say nothing', () => {
    const right = Array.from({ length: 256 }, (_, flags) => flags).filter((flags) => {
      const authenticatorData = Buffer.from(honest.authenticatorData)
      authenticatorData[32] = flags
      return signed({ authenticatorData }) !== null
    })
    expect(right).toEqual(Array.from({ length: 256 }, (_, flags) => flags).filter((flags) => (flags & 5) === 5))
  })

  test('both parts are base64 that re-encodes to itself', () => {
    const good = wire(honest)
    for (const part of ['authenticator_data', 'client_data'] as const) {
      for (const bent of [`${good[part]}=`, `${good[part]}\n`, ''])
        expect(signedBytes(message, passkey, { ...good, [part]: bent })).toBeNull()
    }
  })
})

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { keySigner } from '../runtime/keys.ts'
import { strictBase64 } from './base64.ts'
import { pae, signStatement, verifyEnvelope } from './dsse.ts'

const p256 = () => keySigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)
const signer = p256()

describe('dsse', () => {
  test('PAE of the example in the DSSE protocol', () => {
    expect(pae('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    )
  })

  test('lengths count bytes, not characters', () => {
    expect(pae('é', Buffer.from('é')).toString()).toBe('DSSEv1 2 é 2 é')
  })

  test.each(['ES256', 'Ed25519'] as const)('%s: a signed statement verifies over its raw bytes', async (alg) => {
    const one = alg === 'ES256' ? signer : keySigner(generateKeyPairSync('ed25519').privateKey)
    const envelope = await signStatement({ b: 1, a: 'x' }, one)
    expect(Buffer.from(envelope.payload, 'base64').toString()).toBe('{"a":"x","b":1}')
    expect(Object.keys(envelope.signatures[0] ?? {})).toEqual(['sig'])
    expect(verifyEnvelope(envelope, one)).toBe(true)
  })

  test('another payload, type, key, or a second signature does not verify', async () => {
    const envelope = await signStatement({ a: 1 }, signer)
    const [signature = { sig: '' }] = envelope.signatures
    expect(verifyEnvelope({ ...envelope, payload: Buffer.from('{"a":2}').toString('base64') }, signer)).toBe(false)
    expect(verifyEnvelope({ ...envelope, payloadType: 'application/json' }, signer)).toBe(false)
    expect(verifyEnvelope(envelope, p256())).toBe(false)
    expect(verifyEnvelope(envelope, { alg: 'Ed25519', spki: signer.spki })).toBe(false)
    expect(verifyEnvelope({ ...envelope, signatures: [signature, signature] }, signer)).toBe(false)
    expect(verifyEnvelope({ ...envelope, signatures: [] }, signer)).toBe(false)
  })

  test.each(['aGk', 'aGl=', 'a-_=', 'aG k=', 'aGk=!!', 'aGk=\n'])('base64 %j is refused', (text) => {
    expect(strictBase64(text)).toBeNull()
  })

  test('refuses to sign more than 4,096 bytes of PAE', async () => {
    const overhead = pae('application/vnd.in-toto+json', Buffer.alloc(4000)).length - 4000 + '{"a":""}'.length
    await expect(signStatement({ a: 'x'.repeat(4096 - overhead) }, signer)).resolves.toBeDefined()
    await expect(signStatement({ a: 'x'.repeat(4097 - overhead) }, signer)).rejects.toMatchObject({ code: 'CLYRA_EVIDENCE_INVALID' })
  })
})

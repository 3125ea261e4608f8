import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { type Envelope, openEnvelope, pae, strictBase64 } from './dsse.ts'
import { type PublicKey, readSpki, verifySignature } from './keys.ts'
import { sha256Hex } from './sums.ts'
import { envelope } from './testing/bundle.ts'
import { keys } from './testing/keys.ts'
import { describeShared, sharedFolder } from './testing/shared.ts'

const anna = readSpki('ES256', keys.anna.spki) as PublicKey

describe('DSSE', () => {
  test('PAE is the protocol text of the specification', () => {
    expect(pae('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    )
    expect(pae('ü', Buffer.of()).toString()).toBe('DSSEv1 2 ü 0 ')
  })

  test('base64 must re-encode to itself', () => {
    for (const wrong of ['aGk', 'aGl=', 'a-_=', 'aG k=', 'aGk=!!', 'aGk=\n', '=', 'aGk==', 'ā'])
      expect([wrong, strictBase64(wrong)]).toEqual([wrong, null])
    expect(strictBase64('aGk=')?.toString()).toBe('hi')
    expect(strictBase64('')?.length).toBe(0)
  })

  test('opens the payload that was signed, and no other', () => {
    const good = envelope({ a: 1 }, keys.anna) as unknown as Envelope
    expect(openEnvelope(good, anna)?.toString()).toBe('{"a":1}')
    const payload = Buffer.from('{"a":2}').toString('base64')
    for (const wrong of [
      { ...good, payload },
      { ...good, payloadType: 'application/json' },
      { ...good, payload: `${good.payload}\n` },
      { ...good, signatures: [{ sig: `${good.signatures[0]?.sig}\n` }] },
    ]) {
      expect(openEnvelope(wrong, anna)).toBeNull()
    }
    expect(openEnvelope(good, readSpki('ES256', keys.ben.spki) as PublicKey)).toBeNull()
  })

  test('signs at most 4,096 bytes', () => {
    const room = 4096 - pae('application/vnd.in-toto+json', Buffer.alloc(1000)).length + 1000 - '{"a":""}'.length
    const sized = (extra: number) => envelope({ a: 'x'.repeat(room + extra) }, keys.anna) as unknown as Envelope
    expect(openEnvelope(sized(0), anna)).not.toBeNull()
    expect(openEnvelope(sized(1), anna)).toBeNull()
  })
})

interface Conformance {
  verificationMaterial: { publicKey?: { hint: string }; certificate?: { rawBytes: string } }
  dsseEnvelope?: Envelope
  messageSignature?: { signature: string }
}

describeShared('sigstore-conformance', () => {
  // Their transparency-log and certificate rules are no part of DEF v0: two cases rest on them alone.
  const outside = ['dsse-mismatch-envelope_fail', 'dsse-mismatch-sig_fail']
  const folder = sharedFolder('sigstore-conformance')

  test('managed keys and DSSE signatures are judged as their names say', () => {
    const artifact = readFileSync(join(folder, 'a.txt'))
    const names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !outside.includes(entry.name))
      .map(({ name }) => name)
    for (const name of names) {
      const bundle = JSON.parse(readFileSync(join(folder, name, 'bundle.sigstore.json'), 'utf8')) as Conformance
      expect([name, judge(join(folder, name), bundle, artifact)]).toEqual([name, !name.endsWith('_fail')])
    }
    console.log(
      `vectors: sigstore-conformance ${names.length + outside.length} bundles, ${names.length} judged, ${outside.length} outside DEF v0`,
    )
    expect(names.length).toBe(6)
  })

  function judge(dir: string, { verificationMaterial, dsseEnvelope, messageSignature }: Conformance, artifact: Buffer): boolean {
    const spki = spkiOf(dir, verificationMaterial.certificate?.rawBytes)
    const key = spki === null ? null : readSpki('ES256', spki)
    if (spki === null || key === null) return false
    if (dsseEnvelope !== undefined) return openEnvelope(dsseEnvelope, key) !== null
    const hint = Buffer.from(verificationMaterial.publicKey?.hint ?? '', 'base64').toString('hex')
    const signature = strictBase64(messageSignature?.signature ?? '')
    return hint === sha256Hex(spki) && signature !== null && verifySignature(key, artifact, signature)
  }

  function spkiOf(dir: string, certificate: string | undefined): Buffer | null {
    if (certificate !== undefined) {
      return new X509Certificate(Buffer.from(certificate, 'base64')).publicKey.export({ format: 'der', type: 'spki' })
    }
    if (!readdirSync(dir).includes('key.pub')) return null
    return Buffer.from(readFileSync(join(dir, 'key.pub'), 'utf8').replace(/-----[^-]+-----/g, ''), 'base64')
  }
})

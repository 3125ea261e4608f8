import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { algOf, createKeyFile, fileSigner, keyId, keySigner, verifiedSigner, verifySignature } from './keys.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clyra-keys-'))
})
afterAll(() => rm(folder, { recursive: true }))

const message = Buffer.from('message')

describe('key files', () => {
  test.each(['ES256', 'Ed25519'] as const)('%s: written once, owner only, read back as the same key', async (alg) => {
    const path = join(folder, `${alg}.pem`)
    const made = await createKeyFile(path, alg)
    const read = await fileSigner(path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect([read.keyId, read.alg]).toEqual([made.keyId, alg])
    expect(read.keyId).toBe(keyId(read.spki))
    expect(verifySignature(alg, made.spki, message, await read.sign(message))).toBe(true)
    const before = await readFile(path, 'utf8')
    await expect(createKeyFile(path, alg)).rejects.toMatchObject({ code: 'CLYRA_EVIDENCE_KEY_EXISTS' })
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  test('refuses what is no P-256 or Ed25519 private key', async () => {
    const text = join(folder, 'text.pem')
    await writeFile(text, 'not a key')
    await expect(fileSigner(text)).rejects.toMatchObject({ code: 'CLYRA_EVIDENCE_KEY_UNREADABLE' })
    await expect(fileSigner(join(folder, 'absent.pem'))).rejects.toMatchObject({ code: 'CLYRA_EVIDENCE_KEY_UNREADABLE' })
    const other = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
    expect(() => keySigner(other.privateKey)).toThrow(expect.objectContaining({ code: 'CLYRA_EVIDENCE_KEY_UNREADABLE' }))
    expect(algOf(other.publicKey.export({ type: 'spki', format: 'der' }))).toBeNull()
    expect(algOf(Buffer.from('no key'))).toBeNull()
  })
})

describe('signatures', () => {
  test('a signature of another key never leaves the signer', async () => {
    const own = keySigner(generateKeyPairSync('ed25519').privateKey)
    const other = keySigner(generateKeyPairSync('ed25519').privateKey)
    const signer = verifiedSigner('Ed25519', own.spki, other.sign)
    await expect(signer.sign(message)).rejects.toMatchObject({ code: 'CLYRA_EVIDENCE_SIGNER' })
  })

  test('a changed message, signature or algorithm does not verify', async () => {
    const signer = keySigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)
    const signature = await signer.sign(message)
    const flipped = Buffer.from(signature)
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
    expect(verifySignature('ES256', signer.spki, Buffer.from('massage'), signature)).toBe(false)
    expect(verifySignature('ES256', signer.spki, message, flipped)).toBe(false)
    expect(verifySignature('ES256', signer.spki, message, Buffer.concat([signature, Buffer.of(0)]))).toBe(false)
    expect(verifySignature('Ed25519', signer.spki, message, signature)).toBe(false)
  })
})

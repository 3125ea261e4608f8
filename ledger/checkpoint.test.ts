import { generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { keySigner } from '../runtime/keys.ts'
import { noteKeyHash, signCheckpoint } from './checkpoint.ts'

describe('checkpoints', () => {
  test('the key hash is that of the C2SP signed-note example', () => {
    const spkiHead = Buffer.from('302a300506032b6570032100', 'hex')
    const key = Buffer.from('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'base64').subarray(1)
    expect(Buffer.from(noteKeyHash('PeterNeumann', Buffer.concat([spkiHead, key]))).toString('hex')).toBe('c74f20a3')
  })

  test('a note has origin, size and root, and one signature over exactly its text', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const signer = keySigner(privateKey)
    const note = await signCheckpoint(signer, 'log.example', 'log.example/change/chg_x', 7, Buffer.alloc(32, 1))
    const [text = '', signature = ''] = note.split('\n\n')
    expect(text).toBe(`log.example/change/chg_x\n7\n${Buffer.alloc(32, 1).toString('base64')}`)
    expect(signature).toMatch(/^— log\.example [A-Za-z0-9+/]+=*\n$/)
    const bytes = Buffer.from(signature.trimEnd().split(' ')[2] ?? '', 'base64')
    expect(bytes.subarray(0, 4)).toEqual(noteKeyHash('log.example', signer.spki))
    expect(verify(null, Buffer.from(`${text}\n`), publicKey, bytes.subarray(4))).toBe(true)
    expect(verify(null, Buffer.from(text), publicKey, bytes.subarray(4))).toBe(false)
  })

  test('a signature that does not verify never leaves', async () => {
    const signer = { ...keySigner(generateKeyPairSync('ed25519').privateKey), sign: async () => Buffer.alloc(64) }
    await expect(signCheckpoint(signer, 'log.example', 'o', 1, Buffer.alloc(32))).rejects.toMatchObject({ code: 'CLYRA_EVIDENCE_SIGNER' })
  })
})

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { trustWith } from './testing/judge.ts'
import { keys, trustFiles } from './testing/keys.ts'

describe('trust', () => {
  const policy = trustFiles['log.policy'] as string
  const given = trustWith
  const idp = trustFiles['idp.json'] as string
  const rsa = (modulusLength: number, publicExponent = 65537) =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  const edwards = Buffer.from(`302a300506032b6570032100${'11'.repeat(27)}0203010001`, 'hex').toString('base64')
  const rsaOf = (spki: string) => idp.replace(keys.idpRsa.spki.toString('base64'), spki)

  test.each([
    ['no log', 'log.policy', 'quorum none\n'],
    ['no quorum', 'log.policy', policy.replace('quorum none\n', '')],
    ['two quorums', 'log.policy', `${policy}quorum none\n`],
    ['a witness', 'log.policy', `${policy}witness w x\n`],
    ['another key hash', 'log.policy', policy.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
    ['another key type', 'log.policy', policy.replace(/\+AZ?./, '+Bx')],
    ['white space', 'keys.json', `${trustFiles['keys.json']} `],
    ['two line breaks', 'keys.json', `${trustFiles['keys.json']}\n\n`],
    ['an unknown field', 'keys.json', (trustFiles['keys.json'] as string).replace('"spec"', '"space":1,"spec"')],
    ['another key id', 'keys.json', (trustFiles['keys.json'] as string).replace(keys.bundle.id, keys.stranger.id)],
    ['another algorithm', 'keys.json', (trustFiles['keys.json'] as string).replace('"ES256"', '"Ed25519"')],
    ['nothing', 'approvers.json', ''],
    ['no providers', 'idp.json', ''],
    [
      'a subject of another account',
      'approvers.json',
      (trustFiles['approvers.json'] as string).replace('"sub":"anna-1"', '"sub":"anna-2"'),
    ],
    ['a small RSA key', 'idp.json', rsaOf(rsa(1024))],
    ['another RSA exponent', 'idp.json', rsaOf(rsa(2048, 3))],
    ['an RSA key named ES256', 'idp.json', idp.replace('RS256', 'ES256')],
    ['a P-256 key named RS256', 'idp.json', idp.replace('ES256', 'RS256')],
    ['an Ed25519 key that ends like an RSA key', 'idp.json', rsaOf(edwards)],
    ['no key at all', 'idp.json', rsaOf('AAAA')],
  ])('%s is no trust', (_, name, text) => {
    expect(given(name, text)).toBeNull()
  })

  test('is read with comments, blank lines and a line break at the end', () => {
    expect(given('log.policy', `\n#x\n${policy}`)).not.toBeNull()
    expect(given('keys.json', `${trustFiles['keys.json']}\n`)?.keys).toHaveLength(6)
  })
})

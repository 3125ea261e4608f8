import { describe, expect, test } from '@jest/globals'
import { keys, trustFiles } from './testing/keys.ts'
import { parseTrust } from './trust.ts'

describe('trust', () => {
  const policy = trustFiles['log.policy'] as string
  const given = (name: string, text: string) => {
    const texts = { ...trustFiles, [name]: text }
    const [log, keyFile, approvers] = ['log.policy', 'keys.json', 'approvers.json'].map((file) => Buffer.from(texts[file] as string))
    return parseTrust(log as Buffer, keyFile as Buffer, approvers as Buffer)
  }

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
  ])('%s is no trust', (_, name, text) => {
    expect(given(name, text)).toBeNull()
  })

  test('is read with comments, blank lines and a line break at the end', () => {
    expect(given('log.policy', `\n#x\n${policy}`)).not.toBeNull()
    expect(given('keys.json', `${trustFiles['keys.json']}\n`)?.keys).toHaveLength(4)
  })
})

import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { keySigner } from '../runtime/keys.ts'
import { trustFiles, writeTrust } from './trust.ts'
import { vkeyOf } from './vkey.ts'

const log = keySigner(generateKeyPairSync('ed25519').privateKey)
const p256 = () => keySigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)
const [bundle, certificate] = [p256(), p256()]
const none = {
  logName: 'log.test',
  checkpointSpki: log.spki,
  bundleSpki: bundle.spki,
  certificateSpki: certificate.spki,
  approvers: [],
  subjects: [],
  provider: null,
  idpKeys: [],
}

describe('vkey', () => {
  test('the key of the golang.org/x/mod/sumdb/note documentation', () => {
    const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
    const raw = Buffer.from('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'base64').subarray(1)
    expect(vkeyOf('PeterNeumann', Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]))).toBe(vkey)
  })

  test('refuses other keys and names that would not parse', () => {
    const invalid = expect.objectContaining({ code: 'CLYRA_EVIDENCE_INVALID' })
    expect(() => vkeyOf('log', bundle.spki)).toThrow(invalid)
    expect(() => vkeyOf('my log', log.spki)).toThrow(invalid)
    expect(() => vkeyOf('a+b', log.spki)).toThrow(invalid)
  })
})

describe('trust directory', () => {
  test('the same installation gives the same bytes, and leaves no partial file', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'clyra-trust-'))
    const spki = Buffer.from(bundle.spki).toString('base64')
    const approver = {
      person: 'bob',
      key_id: bundle.keyId,
      alg: 'ES256' as const,
      spki,
      enrolled_at: '2026-01-01T00:00:00.000Z',
      revoked_at: null,
    }
    const installation = { ...none, approvers: [approver] }
    const read = () => readdirSync(dir).map((file) => [file, readFileSync(join(dir, file), 'utf8')])
    await writeTrust(dir, installation)
    const once = read()
    await writeTrust(dir, installation)
    expect(read()).toEqual(once)
    expect(once.map(([file]) => file).sort()).toEqual(
      [
        `${bundle.keyId.slice(0, 8)}.pem`,
        `${certificate.keyId.slice(0, 8)}.pem`,
        'approvers.json',
        'idp.json',
        'keys.json',
        'log.policy',
      ].sort(),
    )
    expect(Object.fromEntries(once)['log.policy']).toBe(`log ${vkeyOf('log.test', log.spki)}\nquorum none\n`)
    rmSync(dir, { recursive: true })
  })

  test('a passkey stands there with the door it was made for', () => {
    const webauthn = { rp_id: 'door.example', origin: 'https://door.example', credential_id: 'AAA' }
    const [enrolled_at, spki] = ['2026-01-01T00:00:00.000Z', Buffer.from(bundle.spki).toString('base64')]
    const approver = { person: 'bob', key_id: bundle.keyId, alg: 'ES256' as const, spki, enrolled_at, revoked_at: null, webauthn }
    const written = trustFiles({ logs: [], keys: [], approvers: [approver], subjects: [], providers: [] }).get('approvers.json') ?? ''
    expect(JSON.parse(written).approvers).toEqual([approver])
  })

  test('the certificate key signs approvals and nothing else; the provider stands with the keys that were seen of it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'clyra-trust-'))
    const provider = { iss: 'https://idp.example', client_id: 'clyra', tenant_claim: null, acr_values: ['mfa'], max_age_seconds: 300 }
    const seen = {
      kid: 'k1',
      alg: 'ES256' as const,
      spki: Buffer.from(bundle.spki).toString('base64'),
      seen_at: '2026-01-01T00:00:00.000Z',
    }
    const idpKeys = [
      { iss: provider.iss, ...seen },
      { iss: 'https://other.example', ...seen },
    ]
    await writeTrust(dir, { ...none, provider, idpKeys })
    const read = (file: string) => JSON.parse(readFileSync(join(dir, file), 'utf8'))
    expect(read('keys.json').keys.map((key: { purposes: string[] }) => key.purposes)).toEqual([['bundle', 'attest'], ['approval']])
    expect(read('idp.json').providers).toEqual([{ ...provider, keys: [seen] }])
    rmSync(dir, { recursive: true })
  })

  test('an approver that does not fit its schema is not written', async () => {
    const approver = { person: '', key_id: 'x', alg: 'ES256' as const, spki: '', enrolled_at: 'never', revoked_at: null }
    const installation = { ...none, approvers: [approver] }
    await expect(writeTrust(join(tmpdir(), 'clyra-never'), installation)).rejects.toMatchObject({ code: 'CLYRA_EVIDENCE_INVALID' })
  })
})

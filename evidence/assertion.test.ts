import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { canonical } from '../core/canonical.ts'
import { digest } from '../runtime/digest.ts'
import { keyId, keySigner } from '../runtime/keys.ts'
import { type Lies, softAuthenticator } from '../tests/support/authenticator.ts'
import { type Assertion, assertionChallenge, verifyAssertion } from './assertion.ts'
import { type DecisionInput, decisionStatementBytes, type EnrolledKey, signDecision } from './decision.ts'
import { envelopeOf, statementMessage } from './dsse.ts'
import { judged } from './testing/registry.ts'

const door = { origin: 'https://door.example:8443', rp_id: 'door.example' }
const ben = softAuthenticator(door)
const key = { spki: ben.spki, webauthn: ben.passkey }
const message = Buffer.from('DSSEv1 what is signed')
const holds = (lies: Lies = {}) => verifyAssertion(key, message, ben.assert(message, lies))

describe('an assertion', () => {
  test('signs a message as the SHA-256 that is its challenge', () => {
    // FIPS 180-2, B.1.
    expect(assertionChallenge(Buffer.from('abc'))).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
    expect(holds()).toBe(true)
  })

  test('may say more after crossOrigin, and carry more flags and extensions', () => {
    expect(holds({ tail: ',"other_keys_can_be_added_here":"do not compare clientDataJSON against a template"}' })).toBe(true)
    expect(holds({ flags: 0x9d, more: Buffer.from([0xa0]) })).toBe(true)
  })

  test.each<[string, Lies]>([
    ['of another site (wrong origin)', { origin: 'https://door.example' }],
    ['of a site whose name begins alike', { origin: 'https://door.example:84431' }],
    ['of another relying party (wrong rp)', { rp_id: 'evil.example' }],
    ['made inside a frame of another site', { cross_origin: true }],
    ['that created a passkey', { type: 'webauthn.create' }],
    ['of a payment', { type: 'payment.get' }],
    ['of another message', { challenge: assertionChallenge(Buffer.from('another')) }],
    ['without a verified user (no UV)', { flags: 0x01 }],
    ['without a present user (no UP)', { flags: 0x04 }],
    ['with no flags', { flags: 0x00 }],
    ['that goes on after its end', { tail: '} ' }],
    ['that goes on without a comma', { tail: ' }' }],
    ['that does not end', { tail: ',"x":1' }],
    ['that is cut off', { tail: '' }],
    ['with 2,049 bytes of client data', { tail: `,${' '.repeat(2049 - clientDataLength() - 2)}}` }],
    ['with 2,049 bytes of authenticator data', { more: Buffer.alloc(2049 - 37) }],
  ])('%s proves nothing', (_, lies) => expect(holds(lies)).toBe(false))

  test('as long as it may be is one', () => {
    expect(holds({ tail: `,${' '.repeat(2048 - clientDataLength() - 2)}}`, more: Buffer.alloc(2048 - 37) })).toBe(true)
  })

  test('of another passkey, or bent after it was signed, proves nothing', () => {
    const good = ben.assert(message)
    const { authenticator_data } = good.webauthn
    const short = Buffer.from(authenticator_data, 'base64').subarray(0, 36).toString('base64')
    expect(verifyAssertion({ ...key, spki: softAuthenticator(door).spki }, message, good)).toBe(false)
    expect(verifyAssertion(key, message, { ...good, sig: ben.assert(message, { flags: 0x15 }).sig })).toBe(false)
    expect(verifyAssertion(key, message, { ...good, webauthn: { ...good.webauthn, authenticator_data: short } })).toBe(false)
    const loose = [
      { ...good, sig: `${good.sig.replace(/=+$/, '')}====` },
      { ...good, sig: '' },
    ]
    for (const bent of loose) expect(verifyAssertion(key, message, bent)).toBe(false)
  })

  test('under a key that is not P-256 proves nothing', () => {
    const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' })
    expect(verifyAssertion({ ...key, spki: ed25519 }, message, ben.assert(message))).toBe(false)
  })
})

/** Bytes of the client data up to its closing brace. */
function clientDataLength(): number {
  return Buffer.from(ben.assert(message, { tail: '' }).webauthn.client_data, 'base64').length
}

const input: DecisionInput = {
  change_id: `chg_${'a'.repeat(26)}`,
  binding: { payload_digest: digest('payload'), policy_digest: digest('policy'), display_hash: digest('display'), nonce: 'ab'.repeat(32) },
  decision: 'approve',
  person: 'ben',
  reason: '',
  decision_id: '019aa7c2-0000-7000-8000-000000000000',
  signed_at: '2026-01-01T00:00:00.000Z',
}
const bytes = decisionStatementBytes(input)
const assertion = ben.assert(statementMessage(bytes))
const envelope = (signature: Assertion | { sig: string }, body = bytes) => canonical(envelopeOf(body, signature))

const enrolled = (spki: Uint8Array): EnrolledKey => ({
  person: 'ben',
  key_id: keyId(spki),
  alg: 'ES256',
  spki: Buffer.from(spki).toString('base64'),
  enrolled_at: '2025-01-01T00:00:00.000Z',
  revoked_at: null,
})
const passkey: EnrolledKey = { ...enrolled(ben.spki), webauthn: ben.passkey }
const wrong = { code: 'CLYRA_APPROVAL_BAD_SIGNATURE' }

describe('a decision signed by a passkey', () => {
  test('tells who decided what, beside decisions by a key', async () => {
    const signer = keySigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)
    const both = [enrolled(signer.spki), passkey]
    expect(await judged(envelope(assertion), both)).toMatchObject({
      person: 'ben',
      key_id: passkey.key_id,
      statement: { predicate: { reason: '' } },
    })
    expect(await judged(await signDecision(input, signer), both)).toMatchObject({ person: 'ben', key_id: signer.keyId })
  })

  test('replayed for another decision is refused', async () => {
    for (const other of [
      { decision: 'reject' as const },
      { change_id: `chg_${'b'.repeat(26)}` },
      { binding: { ...input.binding, nonce: 'cd'.repeat(32) } },
    ])
      expect(await judged(envelope(assertion, decisionStatementBytes({ ...input, ...other })), [passkey])).toEqual(wrong)
  })

  test('is refused under the same key enrolled as a plain one', async () => {
    expect(await judged(envelope(assertion), [enrolled(ben.spki)])).toEqual(wrong)
  })

  test('is refused without its assertion: a passkey signs nothing else', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const signer = keySigner(privateKey)
    const plain = await signDecision(input, signer)
    const asPasskey: EnrolledKey = { ...enrolled(signer.spki), webauthn: ben.passkey }
    expect(await judged(plain, [enrolled(signer.spki)])).toMatchObject({ person: 'ben' })
    expect(await judged(plain, [asPasskey])).toEqual(wrong)
    expect(await judged(envelope({ sig: assertion.sig }), [passkey])).toEqual(wrong)
  })

  test('is refused under a passkey of another origin or relying party', async () => {
    const elsewhere = [{ origin: 'https://evil.example' }, { rp_id: 'example' }]
    for (const lie of elsewhere)
      expect(await judged(envelope(assertion), [{ ...passkey, webauthn: { ...ben.passkey, ...lie } }])).toEqual(wrong)
  })

  test('is refused after the passkey was revoked', async () => {
    const revoked = { ...passkey, revoked_at: '2026-01-01T00:00:00.000Z' }
    expect(await judged(envelope(assertion), [revoked])).toEqual({ code: 'CLYRA_APPROVAL_UNKNOWN_KEY' })
  })
})

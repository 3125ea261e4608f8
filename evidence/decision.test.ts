import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { canonical } from '../core/canonical.ts'
import type { DecisionStatement, DsseEnvelope } from '../core/generated/types.ts'
import type { Signer } from '../core/ports.ts'
import { digest } from '../runtime/digest.ts'
import { keySigner } from '../runtime/keys.ts'
import { type DecisionInput, type EnrolledKey, isEnvelope, signDecision } from './decision.ts'
import { signStatement } from './dsse.ts'
import { judged } from './testing/registry.ts'

const p256 = () => keySigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)
const bob = p256()
const carol = p256()

const enrolled = (person: string, { keyId, spki }: Signer, revoked_at: string | null = null): EnrolledKey => ({
  person,
  key_id: keyId,
  alg: 'ES256',
  spki: Buffer.from(spki).toString('base64'),
  enrolled_at: '2025-01-01T00:00:00.000Z',
  revoked_at,
})
const approvers = [enrolled('bob', bob), enrolled('carol', carol)]

const input: DecisionInput = {
  change_id: `chg_${'a'.repeat(26)}`,
  binding: { payload_digest: digest('payload'), policy_digest: digest('policy'), display_hash: digest('display'), nonce: 'ab'.repeat(32) },
  decision: 'approve',
  person: 'bob',
  reason: 'Looked at it, “fine”',
  decision_id: '019aa7c2-0000-7000-8000-000000000000',
  signed_at: '2026-01-01T00:00:00.000Z',
}

/** Signs the decision of `input` after bending its statement. */
async function bent(bend: (statement: DecisionStatement) => unknown, signer = bob): Promise<string> {
  const { payload } = JSON.parse(await signDecision(input, bob)) as DsseEnvelope
  return canonical(await signStatement(bend(JSON.parse(Buffer.from(payload, 'base64').toString())), signer))
}

let envelope: string
beforeAll(async () => {
  envelope = await signDecision(input, bob)
})

describe('a signed decision', () => {
  test('tells who decided what, on which binding', async () => {
    const { binding, ...said } = input
    expect(await judged(envelope, approvers)).toMatchObject({
      person: 'bob',
      key_id: bob.keyId,
      statement: { predicate: { ...said, ...binding }, subject: [{ name: input.change_id }] },
    })
  })

  test('is found under any of a person’s keys', async () => {
    expect(await judged(envelope, [enrolled('bob', carol), enrolled('bob', bob)])).toMatchObject({ key_id: bob.keyId })
  })

  test('does not go out when it does not fit its schema', async () => {
    await expect(signDecision({ ...input, decision_id: 'short' }, bob)).rejects.toMatchObject({ code: 'CLYRA_EVIDENCE_INVALID' })
  })
})

describe('an envelope', () => {
  test('may be kept whatever it holds, as long as it is canonical and fits its schema', async () => {
    expect(isEnvelope(await bent(() => null))).toBe(true)
    for (const text of ['approve it', 'null', '', `${envelope} `, envelope.replace('{"sig"', '{"keyid":"x","sig"')])
      expect(isEnvelope(text)).toBe(false)
  })
})

describe('a decision proves nothing', () => {
  test('of a person who is not enrolled, or whose key was revoked', async () => {
    expect(await judged(envelope, [enrolled('carol', carol)])).toEqual({ code: 'CLYRA_APPROVAL_UNKNOWN_KEY' })
    expect(await judged(envelope, [enrolled('bob', bob, '2026-01-01T00:00:00.000Z')])).toEqual({ code: 'CLYRA_APPROVAL_UNKNOWN_KEY' })
    expect(await judged(envelope, [enrolled('Bob', bob)])).toEqual({ code: 'CLYRA_APPROVAL_UNKNOWN_KEY' })
  })

  test('signed by another enrolled person in his name', async () => {
    expect(await judged(await bent((statement) => statement, carol), approvers)).toEqual({ code: 'CLYRA_APPROVAL_BAD_SIGNATURE' })
  })

  test('changed after it was signed', async () => {
    const parsed = JSON.parse(envelope) as DsseEnvelope
    const payload = Buffer.from(Buffer.from(parsed.payload, 'base64').toString().replace('"approve"', '"reject"')).toString('base64')
    expect(await judged(canonical({ ...parsed, payload }), approvers)).toEqual({ code: 'CLYRA_APPROVAL_BAD_SIGNATURE' })
  })

  test.each<[string, () => string | Promise<string>]>([
    ['no JSON', () => 'approve it'],
    ['null', () => 'null'],
    ['a blank in the envelope', () => envelope.replace('{', '{ ')],
    ['a keyid', () => envelope.replace('{"sig"', '{"keyid":"x","sig"')],
    ['a second payload', () => envelope.replace('"payloadType"', '"payload":"e30=","payloadType"')],
    ['another payload type', () => envelope.replace('vnd.in-toto+json', 'json')],
    ['loose base64', () => envelope.replace('"payload":"', '"payload":"=')],
    ['another predicate type', () => bent((statement) => ({ ...statement, predicateType: 'https://clyra.dev/spec/def/v0' }))],
    ['a field no schema knows', () => bent((statement) => ({ ...statement, predicate: { ...statement.predicate, until: 'ever' } }))],
    [
      'a subject that is another payload',
      () => bent((statement) => ({ ...statement, subject: [{ name: input.change_id, digest: { sha256: '0'.repeat(64) } }] })),
    ],
    [
      'a subject that is another change',
      () => bent((statement) => ({ ...statement, subject: statement.subject.map((one) => ({ ...one, name: `chg_${'b'.repeat(26)}` })) })),
    ],
    ['nothing at all', () => bent(() => null)],
  ])('malformed: %s', async (_, make) => {
    expect(await judged(await make(), approvers)).toEqual({ code: 'CLYRA_APPROVAL_MALFORMED' })
  })
})
